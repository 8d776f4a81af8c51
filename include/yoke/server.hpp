/* Servers and groups of server.h and group.h for C++: see yoke.hpp, and job.hpp for jobs. */
#ifndef YOKE_SERVER_HPP
#define YOKE_SERVER_HPP

#include "job.hpp" /* first, for what it asks of the compiler */

#include <chrono>
#include <cstdio>
#include <tuple>
#include <utility>

namespace yoke
{

/* A job server. Destroyed, it ends after the jobs that run; queued ones are cancelled. */
class server : public detail::owner<yoke_server>
{
  public:
    explicit server(detail::whole<unsigned> workers = 0u) : server(with_workers(workers)) {}
    explicit server(const yoke_server_options &options)
    {
        yoke_server *handle;
        check(yoke_server_open(&options, &handle));
        handle_.reset(handle);
    }

    /* Submits kernel() or kernel(context &): a copy of it, or the callable itself where it is
     * moved, kept until the job has ended. `how` gives name, priority, place, limits and so on:
     *
     *     yoke_task how = YOKE_TASK_INIT;
     *     how.name = "sum", how.priority = 5;
     *     auto job = server.submit(kernel, how);
     *
     * Costs an allocation more than in C. */
    template <class Kernel> auto submit(Kernel &&kernel, const yoke_task &how = YOKE_TASK_INIT)
    {
        return detail::submit(yoke_submit, c(), std::forward<Kernel>(kernel), how);
    }
    template <class Kernel> auto try_submit(Kernel &&kernel, const yoke_task &how = YOKE_TASK_INIT)
    {
        return detail::submit(yoke_try_submit, c(), std::forward<Kernel>(kernel), how);
    }

    /* Submits a kernel that reads and writes what lies at these addresses, and so comes after
     * earlier jobs that write or read there, see task.h:
     *
     *     server.submit({a, b}, {c}, [=] { multiply(a, b, c); }); */
    template <class Kernel>
    auto submit(detail::addresses reads, detail::addresses writes, Kernel &&kernel,
                const yoke_task &how = YOKE_TASK_INIT)
    {
        return submit(std::forward<Kernel>(kernel), detail::touching(reads, writes, how));
    }

    /* Submits it, waits, and gives its result, or throws, as get() of a job would. */
    template <class Kernel>
    detail::result_of<Kernel> run(Kernel &&kernel, const yoke_task &how = YOKE_TASK_INIT)
    {
        return submit(std::forward<Kernel>(kernel), how).get();
    }

    /* Submits kernel(results...), which is to run when the jobs with these results are done. Their
     * handles may go before. `how` may come first, for what becomes of it when one is not done, and
     * all else; where it runs all the same, it ends with what that job threw.
     *
     *     auto sum = server.submit_after([](int a, int b) { return a + b; }, left, right); */
    template <class Kernel, class... Results>
    auto submit_after(Kernel kernel, const job<Results> &...before)
    {
        return detail::submit_after(*this, YOKE_TASK_INIT, std::move(kernel), before...);
    }
    template <class Kernel, class... Results>
    auto submit_after(const yoke_task &how, Kernel kernel, const job<Results> &...before)
    {
        return detail::submit_after(*this, how, std::move(kernel), before...);
    }
    void wait() { check(yoke_server_wait(c(), YOKE_FOREVER)); }
    template <class Rep, class Period> bool wait_for(std::chrono::duration<Rep, Period> time)
    {
        return in_time(yoke_server_wait(c(), duration(time)));
    }
    void resize(detail::whole<unsigned> workers) { check(yoke_server_resize(c(), workers)); }
    unsigned workers() const noexcept { return yoke_server_workers(c()); }
    void close() { check(yoke_server_close(c())); }
    yoke_server_statistics statistics() const
    {
        yoke_server_statistics statistics{};
        statistics.size = sizeof statistics;
        check(yoke_server_get_statistics(c(), &statistics));
        return statistics;
    }
    void print_statistics(FILE *stream = stdout) const
    {
        check(yoke_server_print_statistics(c(), stream));
    }

  private:
    static yoke_server_options with_workers(unsigned workers)
    {
        yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
        options.workers = workers;
        return options;
    }
};

/* Jobs of a server that are waited for and cancelled together; destroyed, its jobs run on. */
class group : public detail::owner<yoke_group>
{
  public:
    explicit group(server &server)
    {
        yoke_group *handle;
        check(yoke_group_open(server.c(), &handle));
        handle_.reset(handle);
    }
    template <class Kernel> auto submit(Kernel &&kernel, const yoke_task &how = YOKE_TASK_INIT)
    {
        return detail::submit(yoke_group_submit, c(), std::forward<Kernel>(kernel), how);
    }
    template <class Kernel> /* by addresses, which jobs of this group alone know */
    auto submit(detail::addresses reads, detail::addresses writes, Kernel &&kernel,
                const yoke_task &how = YOKE_TASK_INIT)
    {
        return submit(std::forward<Kernel>(kernel), detail::touching(reads, writes, how));
    }
    void wait() { check(yoke_group_wait(c(), YOKE_FOREVER)); }
    template <class Rep, class Period> bool wait_for(std::chrono::duration<Rep, Period> time)
    {
        return in_time(yoke_group_wait(c(), duration(time)));
    }
    void cancel() { check(yoke_group_cancel(c())); }
};

} /* namespace yoke */

#endif
