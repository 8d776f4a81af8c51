/* Sums and the like over arrays of numbers, of numeric.h, for C++: see yoke.hpp.
 *
 *     std::vector<double> x{1e100, 1.0, -1e100};
 *     double sum = yoke::sum(server, x, YOKE_SUM_EXACT); // 1
 *
 * The first argument is who helps the calling thread, as in loop.hpp: a server, a context or
 * nullptr. An array is anything with std::data() and std::size() (vectors, std::array, std::span,
 * arrays) or yoke::strided, of double, float or std::int64_t; it is read where it lies. Results are
 * double, or std::int64_t of an array of that. A call that fails throws yoke::error. */
#ifndef YOKE_NUMERIC_HPP
#define YOKE_NUMERIC_HPP

#include "loop.hpp" /* first, for what it asks of the compiler */

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <vector>

#include "numeric.h"

namespace yoke
{

/* `count` numbers, each `stride` numbers behind the one before, which may be negative. */
template <class T> class strided
{
  public:
    strided(const T *data, detail::whole<std::size_t> count, std::ptrdiff_t stride)
        : data_(data), count_(count), stride_(stride)
    {
    }
    const T *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return count_; }
    std::ptrdiff_t stride() const noexcept { return stride_; }

  private:
    const T *data_;
    std::size_t count_;
    std::ptrdiff_t stride_;
};

namespace detail
{

template <class Array>
using number_of =
    std::remove_cv_t<std::remove_pointer_t<decltype(std::data(std::declval<Array &>()))>>;

template <class Number> constexpr yoke_number_type type_of()
{
    constexpr bool is_i64 =
        std::is_integral_v<Number> && std::is_signed_v<Number> && sizeof(Number) == 8;
    static_assert(std::is_same_v<Number, double> || std::is_same_v<Number, float> || is_i64,
                  "an array of double, float or std::int64_t");
    if constexpr (std::is_same_v<Number, double>)
        return YOKE_F64;
    else if constexpr (std::is_same_v<Number, float>)
        return YOKE_F32;
    else
        return YOKE_I64;
}

template <class T> std::ptrdiff_t stride_of(const strided<T> &array)
{
    return array.stride();
}
template <class Array> std::ptrdiff_t stride_of(const Array &)
{
    return 1;
}

template <class Array> yoke_array array_of(const Array &array)
{
    return {std::data(array), std::size(array), stride_of(array),
            type_of<number_of<const Array>>()};
}

template <class Array>
using sum_of = std::conditional_t<std::is_integral_v<number_of<const Array>>, std::int64_t, double>;

template <class Array> sum_of<Array> value_of(const yoke_number &number) noexcept
{
    if constexpr (std::is_same_v<sum_of<Array>, double>)
        return number.f64;
    else
        return number.i64;
}

} /* namespace detail */

template <class Array>
auto sum(detail::helpers helpers, const Array &x, yoke_sum_mode mode = YOKE_SUM_TREE)
{
    yoke_number sum;
    check(yoke_sum(helpers.c(), detail::array_of(x), mode, &sum));
    return detail::value_of<Array>(sum);
}

template <class X, class Y>
auto dot(detail::helpers helpers, const X &x, const Y &y, yoke_sum_mode mode = YOKE_SUM_TREE)
{
    yoke_number dot;
    check(yoke_dot(helpers.c(), detail::array_of(x), detail::array_of(y), mode, &dot));
    return detail::value_of<X>(dot);
}

template <class Array>
double norm2(detail::helpers helpers, const Array &x, yoke_sum_mode mode = YOKE_SUM_TREE)
{
    yoke_number norm;
    check(yoke_norm2(helpers.c(), detail::array_of(x), mode, &norm));
    return norm.f64;
}

/* The least or the greatest number, and where it first stands. */
template <class Number> struct extreme {
    Number value;
    std::size_t index;
};

template <class Array> auto min(detail::helpers helpers, const Array &x)
{
    yoke_number value;
    std::size_t index;
    check(yoke_min(helpers.c(), detail::array_of(x), &value, &index));
    return extreme<detail::sum_of<Array>>{detail::value_of<Array>(value), index};
}

template <class Array> auto max(detail::helpers helpers, const Array &x)
{
    yoke_number value;
    std::size_t index;
    check(yoke_max(helpers.c(), detail::array_of(x), &value, &index));
    return extreme<detail::sum_of<Array>>{detail::value_of<Array>(value), index};
}

template <class Array>
std::vector<std::uint64_t> histogram(detail::helpers helpers, const Array &x, double lo, double hi,
                                     detail::whole<std::size_t> bins)
{
    std::vector<std::uint64_t> counts(bins);
    check(yoke_histogram(helpers.c(), detail::array_of(x), lo, hi, bins, counts.data()));
    return counts;
}

/* Writes the prefix sums of x to `out`, which has the same type and at least as many numbers. */
template <class Array, class Out>
void scan(detail::helpers helpers, const Array &x, Out &&out, yoke_sum_mode mode = YOKE_SUM_TREE,
          yoke_scan_kind kind = YOKE_SCAN_INCLUSIVE)
{
    static_assert(std::is_same_v<detail::number_of<const Array>, detail::number_of<Out>>,
                  "the sums are numbers of the same type");
    if (std::size(out) < std::size(x))
        throw error(YOKE_INVALID, "less room for sums than there are numbers; make it larger");
    check(yoke_scan(helpers.c(), detail::array_of(x), mode, kind, std::data(out)));
}

/* A sum in the making that is rounded once, see yoke_exact. It is a plain value, to be copied and
 * to be an accumulator of a reduction:
 *
 *     auto sum = yoke::parallel_reduce(
 *         server, values, yoke::exact(), [](yoke::exact &into, const auto &from) { into += from;
 * }); double rounded = sum.round(); */
class exact
{
  public:
    exact() = default;
    /* One that bytes() has written. */
    explicit exact(const std::array<unsigned char, YOKE_EXACT_BYTES> &bytes)
    {
        check(yoke_exact_read(&sum_, bytes.data()));
    }
    exact &operator+=(double x) noexcept
    {
        yoke_exact_add(&sum_, x);
        return *this;
    }
    exact &operator+=(const exact &other) noexcept
    {
        yoke_exact_merge(&sum_, &other.sum_);
        return *this;
    }
    template <class Array> void add_array(const Array &x)
    {
        check(yoke_exact_add_array(&sum_, detail::array_of(x)));
    }
    template <class X, class Y> void add_products(const X &x, const Y &y)
    {
        check(yoke_exact_add_products(&sum_, detail::array_of(x), detail::array_of(y)));
    }
    double round() const noexcept { return yoke_exact_round(&sum_); }
    std::array<unsigned char, YOKE_EXACT_BYTES> bytes() const noexcept
    {
        std::array<unsigned char, YOKE_EXACT_BYTES> bytes;
        yoke_exact_write(&sum_, bytes.data());
        return bytes;
    }
    yoke_exact *c() noexcept { return &sum_; }
    const yoke_exact *c() const noexcept { return &sum_; }

  private:
    yoke_exact sum_ = YOKE_EXACT_INIT;
};

} /* namespace yoke */

#endif
