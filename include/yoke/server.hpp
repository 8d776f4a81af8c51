/* Jobs, servers and groups of server.h and group.h for C++: see yoke.hpp. */
#ifndef YOKE_SERVER_HPP
#define YOKE_SERVER_HPP

/* A file that is not there ends the compilation at this line; see compiler.h. */
#if __cplusplus < 201703L
#include "yoke needs C++17 or later: -std=c++17"
#endif

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "yoke.h"

namespace yoke
{

/* What a call that fails throws: the status, and the story of yoke_last_error(). */
class error : public std::runtime_error
{
  public:
    error(yoke_status status, const std::string &text) : std::runtime_error(text), status_(status)
    {
    }
    yoke_status status() const noexcept { return status_; }

  private:
    yoke_status status_;
};

/* Throws unless the status is YOKE_OK: for calls of the C interface. */
inline void check(yoke_status status)
{
    if (status != YOKE_OK)
        throw error(status, yoke_last_error());
}

/* A span of time as C takes it, rounded up: a short one is not none. A longer one than that holds
 * is for ever, a negative one is 0. Throws where it is no number. */
template <class Rep, class Period> yoke_duration duration(std::chrono::duration<Rep, Period> time)
{
    double seconds = std::chrono::duration<double>(time).count();
    if (std::isnan(seconds))
        throw error(YOKE_INVALID, "a time that is no number");
    if (seconds >= std::chrono::duration<double>(std::chrono::nanoseconds::max()).count())
        return YOKE_FOREVER;
    return time > time.zero() ? std::chrono::ceil<std::chrono::nanoseconds>(time).count() : 0;
}

/* The same for the time_limit and the deadline of a task, where C takes 0 for none: throws unless
 * there is some time. */
template <class Rep, class Period> yoke_duration limit(std::chrono::duration<Rep, Period> time)
{
    yoke_duration nanoseconds = duration(time);
    if (nanoseconds == 0)
        throw error(YOKE_INVALID, "a limit of no time; leave it out for none, or pass more than 0");
    return nanoseconds == YOKE_FOREVER ? INT64_MAX : nanoseconds;
}

/* Whether it ended in time; every other failure is thrown. */
inline bool in_time(yoke_status status)
{
    if (status != YOKE_TIMED_OUT)
        check(status);
    return status == YOKE_OK;
}

namespace detail
{

/* A number where C has an unsigned one: any that is whole and fits; the others, which C++ would
 * wrap, throw. */
template <class Unsigned> class whole
{
  public:
    template <class Number, class = std::enable_if_t<std::is_convertible_v<Number, Unsigned>>>
    whole(const Number &number)
    {
        auto plain = +number; /* of an enumeration or std::atomic, too */
        if (!fits(plain))
            throw error(YOKE_INVALID, "not a whole number from 0 to " +
                                          std::to_string(std::numeric_limits<Unsigned>::max()));
        value_ = static_cast<Unsigned>(plain);
    }
    operator Unsigned() const noexcept { return value_; }

  private:
    template <class Number> static bool fits(Number number)
    {
        if constexpr (std::is_floating_point_v<Number>)
            return number >= 0 && number == std::floor(number) &&
                   number < std::ldexp(Number(1), std::numeric_limits<Unsigned>::digits);
        else if constexpr (std::is_signed_v<Number>)
            return number >= 0 && static_cast<std::make_unsigned_t<Number>>(number) <=
                                      std::numeric_limits<Unsigned>::max();
        else
            return number <= std::numeric_limits<Unsigned>::max();
    }
    Unsigned value_;
};

/* What the callables of a loop throw, on any of its threads: the first of it is carried through C,
 * which no exception may pass, to the thread that called the loop. */
class carried
{
  public:
    template <class Call> yoke_status call(Call &&call) noexcept
    {
        try {
            return call();
        } catch (...) {
            if (!any_.exchange(true))
                thrown_ = std::current_exception();
            return YOKE_JOB_FAILED;
        }
    }
    bool any() const noexcept { return any_; }
    void end(yoke_status status) const /* after the loop */
    {
        if (thrown_)
            std::rethrow_exception(thrown_);
        check(status);
    }

  private:
    std::atomic<bool> any_{false};
    std::exception_ptr thrown_;
};

} /* namespace detail */

/* ---- inside a job ------------------------------------------------------------------------ */

/* What a callable is given that asks for it: [](yoke::context &context) { ... }. */
class context
{
  public:
    explicit context(yoke_context *handle) : handle_(handle) {}
    yoke_context *c() const noexcept { return handle_; }
    bool cancelled() const noexcept { return yoke_context_cancelled(handle_); }
    unsigned worker() const noexcept { return yoke_context_worker(handle_); }
    const char *place() const noexcept { return yoke_context_place(handle_); }
    unsigned attempt() const noexcept /* from 1 to the task's tries */
    {
        return yoke_context_try(handle_);
    }
    void progress(detail::whole<std::uint64_t> done, detail::whole<std::uint64_t> total)
    {
        yoke_context_progress(handle_, done, total);
    }
    /* Memory to work in until the callable returns, aligned to 64 bytes; nothing is constructed
     * there. See yoke_context_scratch(). */
    void *scratch(detail::whole<std::size_t> size)
    {
        void *memory = yoke_context_scratch(handle_, size);
        if (!memory)
            throw error(YOKE_NO_MEMORY, yoke_last_error());
        return memory;
    }
    void print(const std::string &text) { check(yoke_context_print(handle_, "%s", text.c_str())); }

    /* Calls kernel(lo, hi) for pieces that together are [lo, hi), on this thread and idle workers.
     * What a piece throws ends the loop and is thrown here. */
    template <class Kernel>
    void for_each(detail::whole<std::uint64_t> lo, detail::whole<std::uint64_t> hi,
                  detail::whole<std::uint64_t> grain, Kernel &&kernel);

  private:
    yoke_context *handle_;
};

/* ---- jobs -------------------------------------------------------------------------------- */

namespace detail
{

struct nothing {
};

template <class Kernel> auto call(Kernel &kernel, context &context)
{
    if constexpr (std::is_invocable_v<Kernel &, yoke::context &>)
        return kernel(context);
    else
        return kernel();
}

template <class Kernel>
using result_of =
    decltype(call(std::declval<std::decay_t<Kernel> &>(), std::declval<yoke::context &>()));

inline yoke_status fail_kernel(yoke_context *handle, const char *text,
                               yoke_status status = YOKE_JOB_FAILED)
{
    if (yoke_context_cancelled(handle))
        return YOKE_CANCELLED;
    return yoke_context_fail(handle, status, "%s",
                             text && *text ? text : "an exception without words");
}

/* Calls body(context) and keeps what it throws, which C must not see; of the latest try. */
template <class Body>
yoke_status run_kernel(yoke_context *handle, std::exception_ptr &thrown, Body &&body)
{
    context context(handle);
    thrown = nullptr;
    try {
        body(context);
        return YOKE_OK;
    } catch (const std::exception &exception) {
        thrown = std::current_exception();
        return fail_kernel(handle, exception.what());
    } catch (...) {
        thrown = std::current_exception();
        return fail_kernel(handle, "an exception that is no std::exception");
    }
}

/* The result, or what was thrown: shared by the handle and the job as long as that has not ended.
 */
template <class Result> struct outcome {
    using stored = std::conditional_t<std::is_void_v<Result>, nothing, Result>;
    std::optional<stored> value;
    std::exception_ptr thrown;

    const stored &get() const /* after the end */
    {
        if (thrown)
            std::rethrow_exception(thrown);
        if (!value)
            throw error(YOKE_NOT_DONE, "a job that this one comes after has no result");
        return *value;
    }
};

template <class Kernel> struct work : outcome<result_of<Kernel>> {
    std::optional<std::decay_t<Kernel>> kernel;
    yoke_callback callback;
    void *callback_context;
    std::shared_ptr<work> self; /* until the job has ended */

    work(Kernel &&callable, const yoke_task &how)
        : kernel(std::forward<Kernel>(callable)), callback(how.callback),
          callback_context(how.callback_context)
    {
    }

    static yoke_status run(yoke_context *handle, const void *argument, void *)
    {
        work &self = **static_cast<work *const *>(argument);
        return run_kernel(handle, self.thrown, [&self](yoke::context &context) {
            if constexpr (std::is_void_v<result_of<Kernel>>)
                call(*self.kernel, context), self.value.emplace();
            else
                self.value.emplace(call(*self.kernel, context));
        });
    }

    static yoke_status end(yoke_job *job, void *pointer)
    {
        std::shared_ptr<work> keep = std::move(static_cast<work *>(pointer)->self);
        keep->kernel.reset();
        try {
            return keep->callback ? keep->callback(job, keep->callback_context) : YOKE_OK;
        } catch (...) {
            return YOKE_JOB_FAILED;
        }
    }
};

struct release {
    void operator()(yoke_server *server) const noexcept { yoke_server_release(server); }
    void operator()(yoke_job *job) const noexcept { yoke_job_release(job); }
    void operator()(yoke_group *group) const noexcept { yoke_group_release(group); }
    void operator()(yoke_prime_iterator *iterator) const noexcept
    {
        yoke_prime_iterator_release(iterator);
    }
};

template <class Handle> class owner
{
  public:
    Handle *c() const noexcept { return handle_.get(); }

  protected:
    owner() = default;
    explicit owner(Handle *handle) : handle_(handle) {}
    std::unique_ptr<Handle, release> handle_;
};

} /* namespace detail */

/* A job's handle; destroyed, the job runs on by itself. */
template <class Result> class job : public detail::owner<yoke_job>
{
  public:
    job() = default;
    job(yoke_job *handle, std::shared_ptr<detail::outcome<Result>> outcome)
        : owner(handle), outcome_(std::move(outcome))
    {
    }

    /* Waits for the job and gives its result, as often as asked, which lives as long as the handle.
     * Throws what the callable threw, else yoke::error where the job did not end as done. */
    std::add_lvalue_reference_t<const Result> get() const
    {
        wait();
        if (state() == YOKE_STATE_FAILED && outcome_->thrown)
            std::rethrow_exception(outcome_->thrown);
        check(yoke_job_result(c(), nullptr, 0));
        if constexpr (!std::is_void_v<Result>)
            return *outcome_->value;
    }
    void wait() const { check(yoke_job_wait(c(), YOKE_FOREVER)); }
    template <class Rep, class Period> bool wait_for(std::chrono::duration<Rep, Period> time) const
    {
        return in_time(yoke_job_wait(c(), duration(time)));
    }
    void cancel() { check(yoke_job_cancel(c())); }
    yoke_state state() const noexcept { return yoke_job_state(c()); }
    std::string message() const { return yoke_job_message(c()); }
    std::chrono::nanoseconds busy() const noexcept
    {
        return std::chrono::nanoseconds(yoke_job_busy(c()));
    }
    std::string output() const { return yoke_job_output(c()); }
    std::pair<std::uint64_t, std::uint64_t> progress() const noexcept /* done, total */
    {
        std::uint64_t done, total;
        yoke_job_progress(c(), &done, &total);
        return {done, total};
    }
    std::shared_ptr<const detail::outcome<Result>> outcome() const noexcept { return outcome_; }

  private:
    std::shared_ptr<detail::outcome<Result>> outcome_;
};

namespace detail
{

/* `how` has all but the kernel, its argument and its result. */
template <class Owner, class Kernel>
auto submit(yoke_status (*to)(Owner *, const yoke_task *, yoke_job **), Owner *owner,
            Kernel &&kernel, yoke_task how)
{
    using result = result_of<Kernel>;
    auto shared = std::make_shared<work<Kernel>>(std::forward<Kernel>(kernel), how);
    auto *argument = shared.get();
    how.kernel = work<Kernel>::run;
    how.argument = &argument, how.argument_size = sizeof argument;
    how.result_size = 0;
    how.callback = work<Kernel>::end, how.callback_context = argument;
    shared->self = shared;
    yoke_job *handle;
    yoke_status status = to(owner, &how, &handle);
    if (status != YOKE_OK)
        shared->self.reset();
    check(status);
    return job<result>(handle, std::move(shared));
}

/* `kernel` is moved; what it is given stays as long as it. */
template <class Owner, class Kernel, class... Results>
auto submit_after(Owner &owner, yoke_task how, Kernel kernel, const job<Results> &...before)
{
    static_assert(sizeof...(Results) > 0 && (!std::is_void_v<Results> && ...),
                  "submit_after() hands on results; jobs without one go into the task's `after`");
    yoke_job *const after[] = {before.c()...};
    how.after = after, how.after_count = sizeof...(before);
    return owner.submit(
        [kernel = std::move(kernel), before = std::make_tuple(before.outcome()...)]() mutable {
            return std::apply([&](const auto &...outcome) { return kernel(outcome->get()...); },
                              before);
        },
        how);
}

/* A task that reads and writes there. */
using addresses = std::initializer_list<const void *>;
inline yoke_task touching(addresses reads, addresses writes, yoke_task how)
{
    how.reads = reads.begin(), how.read_count = reads.size();
    how.writes = writes.begin(), how.write_count = writes.size();
    return how;
}

template <class Jobs> std::vector<yoke_job *> handles(const Jobs &jobs)
{
    std::vector<yoke_job *> handles;
    for (const auto &job : jobs)
        handles.push_back(job.c());
    return handles;
}

} /* namespace detail */

/* Waits for all jobs of a container. */
template <class Jobs> void wait_all(const Jobs &jobs)
{
    auto handles = detail::handles(jobs);
    check(yoke_wait_all(handles.data(), handles.size(), YOKE_FOREVER));
}

/* Waits for one of the jobs of a container; returns the index of the first that has ended. */
template <class Jobs> std::size_t wait_any(const Jobs &jobs)
{
    auto handles = detail::handles(jobs);
    std::size_t index;
    check(yoke_wait_any(handles.data(), handles.size(), YOKE_FOREVER, &index));
    return index;
}

/* ---- servers and groups ------------------------------------------------------------------ */

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

template <class Kernel>
void context::for_each(detail::whole<std::uint64_t> lo, detail::whole<std::uint64_t> hi,
                       detail::whole<std::uint64_t> grain, Kernel &&kernel)
{
    struct loop {
        std::remove_reference_t<Kernel> &kernel;
        detail::carried carried;
    } all{kernel, {}};
    auto piece = [](std::uint64_t from, std::uint64_t to, void *argument) -> yoke_status {
        auto &shared = *static_cast<loop *>(argument);
        return shared.carried.call([&] { return shared.kernel(from, to), YOKE_OK; });
    };
    all.carried.end(yoke_for_each(handle_, lo, hi, grain, piece, &all));
}

} /* namespace yoke */

#endif
