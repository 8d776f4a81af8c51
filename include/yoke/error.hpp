/* What calls that fail throw in C++: see yoke.hpp. */
#ifndef YOKE_ERROR_HPP
#define YOKE_ERROR_HPP

/* A file that is not there ends the compilation at this line; see compiler.h. */
#if __cplusplus < 201703L
#include "yoke needs C++17 or later: -std=c++17"
#endif

#include <atomic>
#include <exception>
#include <stdexcept>
#include <string>

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

/* Whether it ended in time; every other failure is thrown. */
inline bool in_time(yoke_status status)
{
    if (status != YOKE_TIMED_OUT)
        check(status);
    return status == YOKE_OK;
}

namespace detail
{

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

} /* namespace yoke */

#endif
