/* Times and numbers as the calls of C take them: see yoke.hpp. */
#ifndef YOKE_ARGUMENTS_HPP
#define YOKE_ARGUMENTS_HPP

#include "error.hpp" /* first, for what it asks of the compiler */

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

namespace yoke
{

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

} /* namespace detail */

} /* namespace yoke */

#endif
