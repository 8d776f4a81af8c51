/* Reductions of loop.h for C++: see loop.hpp. */
#ifndef YOKE_PARALLEL_REDUCE_HPP
#define YOKE_PARALLEL_REDUCE_HPP

#include "piece.hpp" /* first, for what it asks of the compiler */

#include <cstdint>
#include <functional>
#include <iterator>
#include <type_traits>

namespace yoke
{

namespace detail
{

/* combine() as std::plus is, or one that changes its first argument and returns nothing. */
template <class Combine, class T, class Value>
void add(Combine &combine, T &into, const Value &from)
{
    using result = std::invoke_result_t<Combine &, T &, const Value &>;
    static_assert(!std::is_floating_point_v<result> || !std::is_integral_v<T>,
                  "the identity tells the type of the result: of floating-point numbers it is 0.0");
    if constexpr (std::is_void_v<result>)
        combine(into, from);
    else
        into = static_cast<T>(combine(into, from));
}

template <class T, class Combine, class Body> class reduce_loop : public loop
{
    static_assert(
        std::is_trivially_copyable_v<T>,
        "an accumulator's bytes are copied: it has to be trivially copyable, such as "
        "numbers, and structs and std::array of these (std::pair and std::tuple are not)");
    static_assert(alignof(T) <= 64, "accumulators are aligned to 64 bytes, and no further");

  public:
    reduce_loop(const yoke_loop &how, const range &range, const T &identity, Combine &combine,
                Body &body)
        : loop(how, range, add_up), identity_(identity), combine_(combine), body_(body)
    {
        reduction_.accumulator_size = sizeof(T);
        reduction_.identity = &identity_;
        reduction_.combine = merge;
    }
    const yoke_reduction *reduction() const noexcept { return &reduction_; }

  protected:
    static T &accumulator(const yoke_piece *c) noexcept
    {
        return *static_cast<T *>(c->accumulator);
    }
    Combine &combine_with() const noexcept { return combine_; }
    Body &body() const noexcept { return body_; }

    yoke_reduction reduction_ = YOKE_REDUCTION_INIT;

  private:
    static yoke_status add_up(const yoke_piece *c, void *argument)
    {
        auto &self = *static_cast<reduce_loop *>(static_cast<loop *>(argument));
        return self.run(c, [&self, c] {
            if constexpr (by_number<Body>) {
                T sum = accumulator(c); /* in a register */
                for (std::uint64_t i = c->lo, hi = c->hi; i < hi; i++)
                    add(self.combine_, sum, self.body_(i));
                accumulator(c) = sum;
            } else {
                self.body_(piece(c), accumulator(c));
            }
        });
    }
    static void merge(void *into, const void *from, void *argument)
    {
        auto &self = *static_cast<reduce_loop *>(static_cast<loop *>(argument));
        self.combine(
            [&] { add(self.combine_, *static_cast<T *>(into), *static_cast<const T *>(from)); });
    }

    const T &identity_;
    Combine &combine_;
    Body &body_;
};

} /* namespace detail */

/* Combines what body(i) gives for all numbers of [lo, hi): along the tree of loop.h, within its
 * leaves from left to right. The result has the type of `identity`, which must be trivially
 * copyable, and changes nothing that it is combined with. `combine` is a callable such as
 * std::plus<>(), or one that takes (T &into, const T &from), adds `from` to `into` and returns
 * nothing. The body may also be one for a whole leaf, body(piece, T &sum), which adds its numbers
 * to `sum`, at first the identity. As yoke_parallel_reduce(). */
template <class T, class Combine, class Body>
T parallel_reduce(detail::helpers helpers, detail::whole<std::uint64_t> lo,
                  detail::whole<std::uint64_t> hi, T identity, Combine &&combine, Body &&body,
                  const yoke_loop &how = YOKE_LOOP_INIT)
{
    detail::reduce_loop<T, std::remove_reference_t<Combine>, std::remove_reference_t<Body>> loop(
        how, {lo, hi}, identity, combine, body);
    T result = identity;
    loop.end(yoke_parallel_reduce(helpers.c(), loop.c(), loop.reduction(), &result));
    return result;
}

/* Combines what body(row, column) gives for all elements of a grid: its tiles along that tree, and
 * the elements of each row by row. The body may also be one for a whole tile, body(piece, T &sum).
 */
template <class T, class Combine, class Body>
T parallel_reduce(detail::helpers helpers, grid grid, T identity, Combine &&combine, Body &&body,
                  const yoke_loop &how = YOKE_LOOP_INIT)
{
    auto tile = [&](const piece &piece, T &into) {
        if constexpr (detail::by_element<Body>) {
            T sum = into; /* in a register */
            detail::each_element(piece, [&](std::uint64_t row, std::uint64_t column) {
                detail::add(combine, sum, body(row, column));
            });
            into = sum;
        } else {
            body(piece, into);
        }
    };
    detail::reduce_loop<T, std::remove_reference_t<Combine>, decltype(tile)> loop(
        how, grid, identity, combine, tile);
    T result = identity;
    loop.end(yoke_parallel_reduce(helpers.c(), loop.c(), loop.reduction(), &result));
    return result;
}

/* Combines what body(element) gives for all elements of a range. */
template <class Range, class T, class Combine, class Body>
T parallel_reduce(detail::helpers helpers, Range &&range, T identity, Combine &&combine,
                  Body &&body, const yoke_loop &how = YOKE_LOOP_INIT)
{
    auto first = std::begin(range);
    return parallel_reduce(
        helpers, 0u, detail::size_of(range), identity, combine,
        [&](std::uint64_t i) -> decltype(auto) { return body(detail::element(first, i)); }, how);
}

/* Combines the elements of a range. */
template <class Range, class T, class Combine = std::plus<>>
T parallel_reduce(detail::helpers helpers, Range &&range, T identity, Combine &&combine = Combine())
{
    auto first = std::begin(range);
    return parallel_reduce(
        helpers, 0u, detail::size_of(range), identity, combine,
        [&](std::uint64_t i) -> decltype(auto) { return detail::element(first, i); });
}

} /* namespace yoke */

#endif
