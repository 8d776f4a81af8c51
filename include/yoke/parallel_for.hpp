/* Loops of loop.h for C++: see loop.hpp. */
#ifndef YOKE_PARALLEL_FOR_HPP
#define YOKE_PARALLEL_FOR_HPP

#include "piece.hpp" /* first, for what it asks of the compiler */

#include <cstdint>
#include <iterator>
#include <type_traits>

namespace yoke
{

namespace detail
{

template <class Body> class for_loop : public loop
{
  public:
    for_loop(const yoke_loop &how, const range &range, Body &body)
        : loop(how, range, run_piece), body_(body)
    {
    }

  private:
    static yoke_status run_piece(const yoke_piece *c, void *argument)
    {
        auto &self = *static_cast<for_loop *>(static_cast<loop *>(argument));
        return self.run(c, [&self, c] {
            if constexpr (by_number<Body>)
                for (std::uint64_t i = c->lo, hi = c->hi; i < hi; i++)
                    self.body_(i);
            else
                self.body_(piece(c));
        });
    }

    Body &body_;
};

} /* namespace detail */

/* Calls body(i) for all numbers of [lo, hi), each once, or body(piece) for pieces that are [lo, hi)
 * together. As yoke_parallel_for(). */
template <class Body>
void parallel_for(detail::helpers helpers, detail::whole<std::uint64_t> lo,
                  detail::whole<std::uint64_t> hi, Body &&body,
                  const yoke_loop &how = YOKE_LOOP_INIT)
{
    detail::for_loop<std::remove_reference_t<Body>> loop(how, {lo, hi}, body);
    loop.end(yoke_parallel_for(helpers.c(), loop.c()));
}

/* Calls body(row, column) for all elements of a grid, each once, or body(piece) for its tiles. */
template <class Body>
void parallel_for(detail::helpers helpers, grid grid, Body &&body,
                  const yoke_loop &how = YOKE_LOOP_INIT)
{
    auto tile = [&](const piece &piece) {
        if constexpr (detail::by_element<Body>)
            detail::each_element(piece, body);
        else
            body(piece);
    };
    detail::for_loop<decltype(tile)> loop(how, grid, tile);
    loop.end(yoke_parallel_for(helpers.c(), loop.c()));
}

/* Calls body(element) for all elements of a range. */
template <class Range, class Body>
void parallel_for(detail::helpers helpers, Range &&range, Body &&body,
                  const yoke_loop &how = YOKE_LOOP_INIT)
{
    auto first = std::begin(range);
    parallel_for(
        helpers, 0u, detail::size_of(range),
        [&](std::uint64_t i) { body(detail::element(first, i)); }, how);
}

} /* namespace yoke */

#endif
