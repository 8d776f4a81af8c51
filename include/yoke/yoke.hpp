/* Yoke for C++17: handles that give themselves back, any callable as a kernel or a loop's body.
 *
 *     #include <yoke/yoke.hpp>
 *
 *     yoke::server server;                                      // a worker on every usable core
 *     auto job = server.submit([] { return yoke::sum_primes(0, 1000000000); });
 *     std::cout << job.get() << '\n';                           // waits: 24739512092254535
 *
 *     double total = yoke::sum(server, values, YOKE_SUM_EXACT); // of a vector; see numeric.hpp
 *     yoke::parallel_for(server, values, [](double &value) { value /= 2; }); // and loop.hpp
 *
 *     g++ -std=c++17 -fopenmp program.cpp $(pkg-config --cflags --libs yoke)
 *
 * The C headers are the manual: each function here does what its namesake there does, and throws
 * yoke::error where that returns a status. A handle is moved, not copied; an empty one, or one that
 * was moved from, may only be destroyed or assigned to. What a callable throws ends its job as
 * failed, and get() throws it again; or ends its loop, which throws it. All else is called as in C,
 * with the handles' c():
 *
 *     yoke::check(yoke_server_write_trace(server.c(), file, YOKE_TRACE_SVG)); */
#ifndef YOKE_YOKE_HPP
#define YOKE_YOKE_HPP

#include "fork.hpp"
#include "loop.hpp"
#include "map.hpp"
#include "numeric.hpp"
#include "primes.hpp"
#include "server.hpp"

#endif
