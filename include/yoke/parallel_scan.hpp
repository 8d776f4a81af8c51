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

namespace detail
{

template <class T, class Combine, class Body, class Write>
class scan_loop : public reduce_loop<T, Combine, Body>
{
    static_assert(!by_number<Body> ||
                      std::is_invocable_v<Write &, std::uint64_t, const T &, const T &>,
                  "write(i, before, with) is given the sum before number i and the one with it");

  public:
    scan_loop(const yoke_loop &how, const range &range, const T &identity, Combine &combine,
              Body &body, Write &write)
        : reduce_loop<T, Combine, Body>(how, range, identity, combine, body), write_(write)
    {
        if constexpr (by_number<Body>) {
            using combination = std::remove_cv_t<Combine>;
            this->reduction_.add_and_write = add_and_write;
            this->reduction_.associative =
                std::is_integral_v<T> && (std::is_same_v<combination, std::plus<>> ||
                                          std::is_same_v<combination, std::plus<T>>);
        }
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
    template <class Value> void write_with(std::uint64_t i, T &before, const Value &value)
    {
        T with = before;
        add(combine_with(), with, value);
        write_(i, std::as_const(before), std::as_const(with));
        before = with;
    }

    using reduce_loop<T, Combine, Body>::combine_with;
    Write &write_;
};

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
    detail::scan_loop<T, std::remove_reference_t<Combine>, std::remove_reference_t<Body>,
                      std::remove_reference_t<Write>>
        loop(how, {lo, hi}, identity, combine, body, write);
    T total = identity;
    loop.end(yoke_parallel_scan(helpers.c(), loop.c(), loop.reduction(), loop.write_piece, &total));
    return total;
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
