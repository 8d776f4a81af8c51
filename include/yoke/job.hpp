/* Jobs of server.h for C++: see yoke.hpp; servers and groups, which they are submitted to, are in
 * server.hpp. */
#ifndef YOKE_JOB_HPP
#define YOKE_JOB_HPP

#include "context.hpp" /* first, for what it asks of the compiler */

#include <chrono>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace yoke
{

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

} /* namespace yoke */

#endif
