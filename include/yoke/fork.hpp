/* Fork and join of fork.h for C++: see yoke.hpp.
 *
 *     long fib(yoke::forks forks, int n)
 *     {
 *         if (n < 2)
 *             return n;
 *         long one, two;
 *         yoke::fork_join(
 *             forks, [&one, n](yoke::forks there) { one = fib(there, n - 1); },
 *             [&two, n, forks] { two = fib(forks, n - 2); });
 *         return one + two;
 *     }
 *
 *     long result = server.run([] { return fib(yoke::forks(), 38); });
 *
 * Nothing is allocated and no callable is copied. Those that the compiler can see cost about what
 * they do in C, if they capture by value what they only read: what is captured by reference has to
 * lie in memory, where other threads can see it. */
#ifndef YOKE_FORK_HPP
#define YOKE_FORK_HPP

#include "error.hpp" /* first, for what it asks of the compiler */

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace yoke
{

/* Where a thread forks: of use to that thread alone, and best handed on by value. */
class forks
{
  public:
    forks() noexcept : handle_(yoke_forks_here()) {}
    explicit forks(yoke_forks *handle) noexcept : handle_(handle) {}
    yoke_forks *c() const noexcept { return handle_; }
    bool cancelled() const noexcept { return yoke_forks_cancelled(handle_); }

  private:
    yoke_forks *handle_;
};

namespace detail
{

template <class Call>
inline constexpr bool forkable =
    std::is_invocable_v<Call &> || std::is_invocable_v<Call &, forks &>;

template <class Call> void call(Call &call, forks here)
{
    if constexpr (std::is_invocable_v<Call &, forks &>)
        call(here);
    else
        call();
}

/* A callable that is forked, to be joined once. What follows a failure is kept out of line: else
 * it takes registers, and twice the time, from those that succeed. */
template <class Call> class forked
{
  public:
    forked(forks here, Call &call) noexcept : here_(here), call_(call)
    {
        yoke_fork(here_.c(), &frame_, run, this);
    }
    ~forked() {}
    forked(const forked &) = delete;
    forked &operator=(const forked &) = delete;

    void join()
    {
        yoke_status status = yoke_join_call(here_.c(), &frame_, run, this);
        if (__builtin_expect(status != YOKE_OK, 0))
            fail(status);
    }
    /* Where something else was thrown meanwhile, and is being caught. */
    [[noreturn, gnu::cold, gnu::noinline]] void join_and_throw()
    {
        if (yoke_join(here_.c(), &frame_) == has_thrown)
            fail(has_thrown);
        throw;
    }

  private:
    static constexpr yoke_status has_thrown = YOKE_JOB_FAILED; /* none that the library answers */

    static yoke_status run(yoke_forks *handle, void *argument) noexcept
    {
        auto &self = *static_cast<forked *>(argument);
        try {
            detail::call(self.call_, forks(handle));
            return YOKE_OK;
        } catch (...) {
            return self.keep();
        }
    }
    [[gnu::cold, gnu::noinline]] yoke_status keep() noexcept
    {
        new (&thrown_) std::exception_ptr(std::current_exception());
        return has_thrown;
    }
    [[noreturn, gnu::cold, gnu::noinline]] void fail(yoke_status status)
    {
        if (status != has_thrown)
            throw error(status, yoke_last_error());
        std::exception_ptr thrown = std::move(thrown_);
        thrown_.~exception_ptr();
        std::rethrow_exception(std::move(thrown));
    }

    forks here_;
    Call &call_;
    yoke_frame frame_;
    union { /* there is one only once something was thrown */
        std::exception_ptr thrown_;
    };
};

template <class Last> void fork_join(forks here, Last &last)
{
    call(last, here);
}

/* Always inline: else compilers put the callables into this, and call it. */
template <class First, class... Others>
[[gnu::always_inline]] inline void fork_join(forks here, First &first, Others &...others)
{
    forked<First> forked(here, first);
    try {
        fork_join(here, others...);
    } catch (...) {
        forked.join_and_throw();
    }
    forked.join();
}

} /* namespace detail */

/* Forks all callables but the last, which is called here, and joins them. Each is called once, as
 * call(forks) with the deque of the thread that runs it, or as call(); what it returns is lost:
 * results go by references that it captures. When this returns, or throws, none of them runs.
 *
 * What one of them throws is thrown here, on whatever thread it was; when several do, what the
 * first in the order of the arguments threw. Throws yoke::error where yoke_join() fails of itself:
 * YOKE_CANCELLED when one was not called since the job was to leave early. */
template <class... Calls, class = std::enable_if_t<(detail::forkable<Calls> && ...)>>
[[gnu::always_inline]] inline void fork_join(forks here, Calls &&...calls)
{
    detail::fork_join(here, calls...);
}

/* The same where the thread's deque is not at hand, at the price of asking for it. */
template <class... Calls, class = std::enable_if_t<(detail::forkable<Calls> && ...)>>
void fork_join(Calls &&...calls)
{
    detail::fork_join(forks(), calls...);
}

} /* namespace yoke */

#endif
