/* Loops, reductions and scans of loop.h for C++: see yoke.hpp.
 *
 *     yoke::parallel_for(server, 0, count, [&](std::uint64_t i) { y[i] += a * x[i]; });
 *     yoke::parallel_for(server, pixels, [](pixel &each) { each.brighten(); });
 *     yoke::parallel_for(server, yoke::grid(height, width),
 *                        [&](std::uint64_t i, std::uint64_t j) { b[j][i] = a[i][j]; });
 *     double sum = yoke::parallel_reduce(server, values, 0.0);
 *     double squares = yoke::parallel_reduce(server, values, 0.0, std::plus<>(),
 *                                            [](double x) { return x * x; });
 *
 * The first argument is who helps the calling thread: a server, inside a job its yoke::context, or
 * nullptr for nobody. Then comes what is gone through: the numbers of [lo, hi), the rows and
 * columns of a yoke::grid in tiles, or anything with random access (vectors, arrays, std::span,
 * views), whose elements must stay where they are meanwhile. The last one, if given, is a
 * yoke_loop:
 *
 *     yoke_loop how = YOKE_LOOP_INIT;
 *     how.grain = 100, how.time_limit = yoke::limit(2s);
 *     yoke::parallel_for(server, 0, count, body, how);
 *
 * of which all but the range, the body and its argument counts: grain, limits, priority, workers;
 * and open(), close() and cancelled(), which are given how.argument.
 *
 * By subject: parallel_for.hpp, parallel_reduce.hpp, parallel_scan.hpp, and piece.hpp with what
 * they have in common. map_reduce.hpp has reductions of which the nodes of a cluster do parts.
 *
 * Callables are not copied, and called by several threads at a time. What one throws ends the loop
 * and is thrown here; when several do, what the first one threw; and nothing that they throw after
 * they were told to leave. A call that fails otherwise throws yoke::error. All else, what a call
 * costs and which results have the same bits everywhere, is as in loop.h: nothing is allocated
 * here, and a callable that the compiler can see costs nothing more than a body in C. */
#ifndef YOKE_LOOP_HPP
#define YOKE_LOOP_HPP

#include "parallel_for.hpp"
#include "parallel_reduce.hpp"
#include "parallel_scan.hpp"
#include "piece.hpp"

#endif
