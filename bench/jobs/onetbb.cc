/* oneTBB: jobs from outside by task_arena::enqueue, jobs inside jobs by task_group, which is the
 * only way there to wait for one. */
#include "jobs.h"

#include <atomic>

#include "runtimes/arena.hpp"

namespace
{

std::atomic<unsigned> left;
bell all_done;

void submit_empty(unsigned count)
{
    while (count--)
        arena->enqueue([] {
            if (left.fetch_sub(1, std::memory_order_acq_rel) == 1)
                bell_ring(&all_done);
        });
}

void flood(unsigned producers, unsigned jobs)
{
    all_done = {};
    left = jobs / producers * producers;
    produce(producers, jobs / producers, submit_empty);
    bell_await(&all_done);
}

void round_trip(int64_t *started)
{
    run([=] { *started = now(); });
}

void inside(unsigned jobs)
{
    run([=] {
        for (unsigned i = 0; i < jobs; i++) {
            tbb::task_group group;
            group.run([] {});
            group.wait();
        }
    });
}

uint64_t add_fibonacci(int n)
{
    if (n < 2)
        return n > 0;
    uint64_t one, other;
    tbb::task_group group;
    group.run([&] { one = add_fibonacci(n - 1); });
    group.run([&] { other = add_fibonacci(n - 2); });
    group.wait();
    return one + other;
}

uint64_t fibonacci(int n)
{
    uint64_t sum = 0;
    run([&] { sum = add_fibonacci(n); });
    return sum;
}

void nested(unsigned tasks, int64_t nanoseconds)
{
    run([=] {
        tbb::parallel_for(
            tbb::blocked_range<unsigned>(0, tasks, 1), [=](const auto &) { work_for(nanoseconds); },
            tbb::simple_partitioner());
    });
}

bell crowd_done;

void crowd_begin(unsigned tasks, int64_t nanoseconds)
{
    crowd_done = {};
    arena->enqueue([=] {
        tbb::task_group group;
        for (unsigned i = 0; i < tasks; i++)
            group.run([=] { work_for(nanoseconds); });
        group.wait();
        bell_ring(&crowd_done);
    });
}

void crowd_end()
{
    bell_await(&crowd_done);
}

} // namespace

const job_runtime *job_runtime_onetbb(void)
{
    static job_runtime onetbb;
    onetbb.runtime = {"oneTBB", COLOUR_ONETBB, TBB_runtime_version, open_arena, close_arena};
    onetbb.flood = flood;
    onetbb.round_trip = round_trip;
    onetbb.inside = inside;
    onetbb.fibonacci = fibonacci;
    onetbb.nested = nested;
    onetbb.crowd_begin = crowd_begin;
    onetbb.crowd_end = crowd_end;
    return &onetbb;
}
