/* Sums, counts and the iterator of primes.h for C++: see yoke.hpp. */
#ifndef YOKE_PRIMES_HPP
#define YOKE_PRIMES_HPP

#include "server.hpp" /* first, for what it asks of the compiler */

#include <cstdint>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>

namespace yoke
{

/* In decimal. */
inline std::string to_string(yoke_uint128 value)
{
    char text[YOKE_UINT128_TEXT_SIZE];
    return yoke_uint128_text(value, text);
}

inline std::string to_string(yoke_uint256 value)
{
    char text[YOKE_UINT256_TEXT_SIZE];
    return yoke_uint256_text(value, text);
}

/* Bounds beyond 64 bits, in decimal: yoke::sum_primes(0_wide, 100000000000000000000_wide). */
namespace literals
{
constexpr yoke_uint128 operator""_wide(const char *digits)
{
    yoke_uint128 value{0, 0};
    for (; *digits; digits++) {
        if (*digits == '\'')
            continue;
        if (*digits < '0' || *digits > '9' || value.hi > UINT64_MAX / 10 - 1)
            throw std::invalid_argument("a whole number in decimal, of less than 38 digits");
        std::uint64_t low = (value.lo & UINT32_MAX) * 10 + std::uint64_t(*digits - '0');
        std::uint64_t high = (value.lo >> 32) * 10 + (low >> 32);
        value = {high << 32 | (low & UINT32_MAX), value.hi * 10 + (high >> 32)};
    }
    return value;
}
} /* namespace literals */

namespace detail
{

template <class Bound, class Result>
Result ask(yoke_status (*call)(yoke_server *, Bound, Bound, const yoke_primes_options *, Result *),
           yoke_server *server, std::common_type_t<Bound> lo, std::common_type_t<Bound> hi,
           const yoke_primes_options &options)
{
    Result result;
    check(call(server, lo, hi, &options, &result));
    return result;
}

} /* namespace detail */

/* In the calling thread alone, or on the workers of a server. */
inline yoke_uint128 sum_primes(detail::whole<std::uint64_t> lo, detail::whole<std::uint64_t> hi,
                               const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    return detail::ask(yoke_sum_primes, nullptr, lo, hi, options);
}

inline yoke_uint128 sum_primes(const server &server, detail::whole<std::uint64_t> lo,
                               detail::whole<std::uint64_t> hi,
                               const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    return detail::ask(yoke_sum_primes, server.c(), lo, hi, options);
}

inline yoke_uint256 sum_primes(yoke_uint128 lo, yoke_uint128 hi,
                               const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    return detail::ask(yoke_sum_primes_wide, nullptr, lo, hi, options);
}

inline yoke_uint256 sum_primes(const server &server, yoke_uint128 lo, yoke_uint128 hi,
                               const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    return detail::ask(yoke_sum_primes_wide, server.c(), lo, hi, options);
}

inline std::uint64_t count_primes(detail::whole<std::uint64_t> lo, detail::whole<std::uint64_t> hi,
                                  const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    return detail::ask(yoke_count_primes, nullptr, lo, hi, options);
}

inline std::uint64_t count_primes(const server &server, detail::whole<std::uint64_t> lo,
                                  detail::whole<std::uint64_t> hi,
                                  const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    return detail::ask(yoke_count_primes, server.c(), lo, hi, options);
}

inline yoke_uint128 count_primes(yoke_uint128 lo, yoke_uint128 hi,
                                 const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    return detail::ask(yoke_count_primes_wide, nullptr, lo, hi, options);
}

inline yoke_uint128 count_primes(const server &server, yoke_uint128 lo, yoke_uint128 hi,
                                 const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    return detail::ask(yoke_count_primes_wide, server.c(), lo, hi, options);
}

inline yoke_primes_plan plan_primes(detail::whole<unsigned> workers,
                                    detail::whole<std::uint64_t> lo,
                                    detail::whole<std::uint64_t> hi,
                                    const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    yoke_primes_plan plan;
    check(yoke_plan_primes(workers, lo, hi, &options, &plan));
    return plan;
}

inline yoke_primes_plan plan_primes(detail::whole<unsigned> workers, yoke_uint128 lo,
                                    yoke_uint128 hi,
                                    const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    yoke_primes_plan plan;
    check(yoke_plan_primes_wide(workers, lo, hi, &options, &plan));
    return plan;
}

/* The sum of the first n primes, and the last one of them. */
inline std::pair<yoke_uint128, std::uint64_t> sum_first_primes(
    detail::whole<std::uint64_t> n, const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    std::pair<yoke_uint128, std::uint64_t> found;
    check(yoke_sum_first_primes(nullptr, n, &options, &found.first, &found.second));
    return found;
}

inline std::pair<yoke_uint128, std::uint64_t> sum_first_primes(
    const server &server, detail::whole<std::uint64_t> n,
    const yoke_primes_options &options = YOKE_PRIMES_OPTIONS_INIT)
{
    std::pair<yoke_uint128, std::uint64_t> found;
    check(yoke_sum_first_primes(server.c(), n, &options, &found.first, &found.second));
    return found;
}

/* The primes of [lo, hi) in ascending order: for (std::uint64_t p : yoke::primes(0, 100)) ...
 * They are gone through once; one iterator at a time. */
class primes : public detail::owner<yoke_prime_iterator>
{
  public:
    primes(detail::whole<std::uint64_t> lo, detail::whole<std::uint64_t> hi)
    {
        yoke_prime_iterator *handle;
        check(yoke_prime_iterator_open(lo, hi, &handle));
        handle_.reset(handle);
    }

    class iterator
    {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = std::uint64_t;
        using difference_type = std::ptrdiff_t;
        using pointer = const std::uint64_t *;
        using reference = std::uint64_t;

        iterator() = default;
        explicit iterator(yoke_prime_iterator *handle) : handle_(handle) { refill(); }
        std::uint64_t operator*() const noexcept { return *next_; }
        iterator &operator++()
        {
            if (++next_ == end_)
                refill();
            return *this;
        }
        iterator operator++(int)
        {
            iterator old = *this;
            ++*this;
            return old;
        }
        bool operator==(const iterator &other) const noexcept { return next_ == other.next_; }
        bool operator!=(const iterator &other) const noexcept { return next_ != other.next_; }

      private:
        void refill()
        {
            std::size_t count;
            check(yoke_prime_iterator_next(handle_, &next_, &count));
            end_ = next_ + count;
            if (count == 0)
                next_ = nullptr;
        }
        yoke_prime_iterator *handle_ = nullptr;
        const std::uint64_t *next_ = nullptr, *end_ = nullptr;
    };
    iterator begin() { return iterator(c()); }
    iterator end() const noexcept { return {}; }
};

} /* namespace yoke */

inline std::ostream &operator<<(std::ostream &stream, yoke_uint128 value)
{
    return stream << yoke::to_string(value);
}

inline std::ostream &operator<<(std::ostream &stream, yoke_uint256 value)
{
    return stream << yoke::to_string(value);
}

inline bool operator==(yoke_uint128 a, yoke_uint128 b) noexcept
{
    return a.lo == b.lo && a.hi == b.hi;
}

inline bool operator!=(yoke_uint128 a, yoke_uint128 b) noexcept
{
    return !(a == b);
}

#endif
