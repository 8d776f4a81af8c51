/* oneTBB's side of a benchmark of runtimes: an arena with as many workers, and jobs for it. For one
 * file of each program. */
#ifndef RUNTIMES_ARENA_HPP
#define RUNTIMES_ARENA_HPP

#include <optional>

#include <oneapi/tbb.h>

#include "bell.h"

namespace
{

std::optional<tbb::global_control> control;
std::optional<tbb::task_arena> arena;

void open_arena(unsigned workers)
{
    /* One more than the workers: the thread outside counts, though it never joins the arena. */
    control.emplace(tbb::global_control::max_allowed_parallelism, workers + 1);
    arena.emplace(static_cast<int>(workers), 0);
}

void close_arena()
{
    arena.reset();
    control.reset();
}

/* Runs the function as a job and waits for it. */
template <typename Function> void run(const Function &function)
{
    bell bell = {};
    arena->enqueue([&] {
        function();
        bell_ring(&bell);
    });
    bell_await(&bell);
}

} // namespace

#endif
