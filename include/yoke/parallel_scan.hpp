/* Scans of loop.h for C++: see loop.hpp. */
#ifndef YOKE_PARALLEL_SCAN_HPP
#define YOKE_PARALLEL_SCAN_HPP

#include "parallel_reduce.hpp" /* first, for what it asks of the compiler */

#include <cstdint>
#include <functional>
#include <iterator>
#include <type_traits>
#include <utility>

namespace yoke
{

/* What combines such that the same bits come out however numbers are put in brackets, as extremes
 * do and sums of floating-point numbers do not: yoke::associative(callable) in the place of the
 * callable. Scans then go through longer pieces, see yoke_reduction of loop.h. Of std::plus for
 * integers, in scans by numbers, that is known without it. */
template <class Combine> class associative
{
  public:
    explicit associative(Combine combine) : combine_(std::move(combine)) {}
    template <class Into, class From>
    std::invoke_result_t<const Combine &, Into &, const From &> operator()(Into &into,
                                                                           const From &from) const
    {
        return combine_(into, from);
    }

  private:
    Combine combine_;
};

namespace detail
{

template <class Combine> inline constexpr bool says_associative = false;
template <class Combine> inline constexpr bool says_associative<yoke::associative<Combine>> = true;
template <class Combine, class T>
inline constexpr bool adds_integers = std::is_integral_v<T> &&
                                      (std::is_same_v<Combine, std::plus<>> ||
                                       std::is_same_v<Combine, std::plus<T>>);

/* `Both` is what adds up and writes in one pass; `nothing` where there is no such callable. */
template <class T, class Combine, class Body, class Write, class Both>
class scan_loop : public reduce_loop<T, Combine, Body>
{
    static_assert(!by_number<Body> ||
                      std::is_invocable_v<Write &, std::uint64_t, const T &, const T &>,
                  "write(i, before, with) is given the sum before number i and the one with it");

  public:
    scan_loop(const yoke_loop &how, const range &range, const T &identity, Combine &combine,
              Body &body, Write &write, Both &both)
        : reduce_loop<T, Combine, Body>(how, range, identity, combine, body), write_(write),
          both_(both)
    {
        using combination = std::remove_cv_t<Combine>;
        if constexpr (by_number<Body>)
            this->reduction_.add_and_write = add_and_write;
        else if constexpr (!std::is_same_v<Both, nothing>)
            this->reduction_.add_and_write = add_and_write_piece;
        this->reduction_.associative =
            says_associative<combination> || (by_number<Body> && adds_integers<combination, T>);
    }

    static yoke_status write_piece(const yoke_piece *c, void *argument)
    {
        auto &self = *static_cast<scan_loop *>(static_cast<loop *>(argument));
        return self.run(c, [&self, c] {
            if constexpr (by_number<Body>) {
                T before = self.accumulator(c);
                for (std::uint64_t i = c->lo, hi = c->hi; i < hi; i++)
                    self.write_with(i, before, self.body()(i));
            } else {
                self.write_(piece(c), self.accumulator(c));
            }
        });
    }

  private:
    static yoke_status add_and_write(const yoke_piece *c, void *argument)
    {
        auto &self = *static_cast<scan_loop *>(static_cast<loop *>(argument));
        return self.run(c, [&self, c] {
            T before = *static_cast<T *>(c->before), sum = self.accumulator(c);
            for (std::uint64_t i = c->lo, hi = c->hi; i < hi; i++) {
                auto &&value = self.body()(i);
                add(self.combine_with(), sum, value);
                self.write_with(i, before, value);
            }
            self.accumulator(c) = sum;
        });
    }
    static yoke_status add_and_write_piece(const yoke_piece *c, void *argument)
    {
        auto &self = *static_cast<scan_loop *>(static_cast<loop *>(argument));
        return self.run(c, [&self, c] {
            self.both_(piece(c), *static_cast<T *>(c->before), self.accumulator(c));
        });
    }
    template <class Value> void write_with(std::uint64_t i, T &before, const Value &value)
    {
        T with = before;
        add(combine_with(), with, value);
        write_(i, std::as_const(before), std::as_const(with));
        before = with;
    }

    using reduce_loop<T, Combine, Body>::combine_with;
    Write &write_;
    Both &both_;
};

template <class T, class Combine, class Body, class Write, class Both>
T scan(helpers helpers, const range &range, const T &identity, Combine &combine, Body &body,
       Write &write, Both &both, const yoke_loop &how)
{
    scan_loop<T, Combine, Body, Write, Both> loop(how, range, identity, combine, body, write, both);
    T total = identity;
    loop.end(yoke_parallel_scan(helpers.c(), loop.c(), loop.reduction(), loop.write_piece, &total));
    return total;
}

} /* namespace detail */

/* A scan, or prefix sum, of what body(i) gives for the numbers of [lo, hi): write(i, before, with)
 * is called for each of them, with what those before it combine to and with that and number i;
 * body(i) is called once or twice for each number, before write(i), by the same thread. With
 * body(piece, sum) for whole leaves it is write(piece, sum), where `sum` is that of all numbers
 * before the piece. Returns what they combine to in all. As yoke_parallel_scan(). */
template <class T, class Combine, class Body, class Write>
T parallel_scan(detail::helpers helpers, detail::whole<std::uint64_t> lo,
                detail::whole<std::uint64_t> hi, T identity, Combine &&combine, Body &&body,
                Write &&write, const yoke_loop &how = YOKE_LOOP_INIT)
{
    detail::nothing none;
    return detail::scan(helpers, {lo, hi}, identity, combine, body, write, none, how);
}

/* The same by whole leaves, with add_and_write(piece, before, sum) for those whose numbers before
 * are added up already: it does what both others do, in one pass, from `before` and to `sum`, which
 * is the identity at first. By numbers scans do so by themselves. */
template <
    class T, class Combine, class Body, class Write, class AddAndWrite,
    class = std::enable_if_t<std::is_invocable_v<AddAndWrite &, const yoke::piece &, T &, T &>>>
T parallel_scan(detail::helpers helpers, detail::whole<std::uint64_t> lo,
                detail::whole<std::uint64_t> hi, T identity, Combine &&combine, Body &&body,
                Write &&write, AddAndWrite &&add_and_write, const yoke_loop &how = YOKE_LOOP_INIT)
{
    return detail::scan(helpers, {lo, hi}, identity, combine, body, write, add_and_write, how);
}

/* A scan through the tiles of a grid, in their order: body(piece, sum) and write(piece, sum). */
template <class T, class Combine, class Body, class Write>
T parallel_scan(detail::helpers helpers, grid grid, T identity, Combine &&combine, Body &&body,
                Write &&write, const yoke_loop &how = YOKE_LOOP_INIT)
{
    detail::nothing none;
    return detail::scan(helpers, grid, identity, combine, body, write, none, how);
}

/* Writes into the elements of `sums`, a range that has room for them and may be the same one, what
 * the elements of a range up to each one combine to, with that one. */
template <class Range, class Sums, class T, class Combine = std::plus<>>
T parallel_scan(detail::helpers helpers, Range &&range, Sums &&sums, T identity,
                Combine &&combine = Combine())
{
    if (detail::size_of(sums) < detail::size_of(range))
        throw error(YOKE_INVALID, "less room for sums than there are numbers; make it larger");
    auto first = std::begin(range);
    auto out = std::begin(sums);
    return parallel_scan(
        helpers, 0u, detail::size_of(range), identity, combine,
        [&](std::uint64_t i) -> decltype(auto) { return detail::element(first, i); },
        [&](std::uint64_t i, const T &, const T &with) { detail::element(out, i) = with; });
}

} /* namespace yoke */

#endif
