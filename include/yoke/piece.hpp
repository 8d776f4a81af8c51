/* What the loops of loop.hpp have in common: pieces, grids, and who helps. */
#ifndef YOKE_PIECE_HPP
#define YOKE_PIECE_HPP

#include "server.hpp" /* first, for what it asks of the compiler */

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>

namespace yoke
{

/* A piece of a loop's range, for bodies that take it whole: [](const yoke::piece &piece) { ... }.
 * It is lent for the call. */
class piece
{
  public:
    explicit piece(const yoke_piece *c) noexcept : c_(c) {}
    const yoke_piece *c() const noexcept { return c_; }
    std::uint64_t lo() const noexcept { return c_->lo; } /* all i with lo() <= i < hi()          */
    std::uint64_t hi() const noexcept { return c_->hi; }
    std::uint64_t column_lo() const noexcept { return c_->column_lo; } /* of a grid: then the    */
    std::uint64_t column_hi() const noexcept { return c_->column_hi; } /* rows are those above   */
    unsigned worker() const noexcept { return c_->worker; } /* below workers()                   */
    unsigned workers() const noexcept { return c_->workers; }
    void *state() const noexcept { return c_->state; } /* what how.open() has made               */
    bool cancelled() const noexcept { return yoke_piece_cancelled(c_); }

  private:
    const yoke_piece *c_;
};

/* So many rows and columns, or those of [row_lo, row_hi) and [column_lo, column_hi): what loops go
 * through in tiles, as with YOKE_LOOP_2D() of loop.h. how.grain is the number of rows of a tile,
 * and how.column_grain that of its columns. */
class grid
{
  public:
    grid(detail::whole<std::uint64_t> rows, detail::whole<std::uint64_t> columns)
        : grid(0u, rows, 0u, columns)
    {
    }
    grid(detail::whole<std::uint64_t> row_lo, detail::whole<std::uint64_t> row_hi,
         detail::whole<std::uint64_t> column_lo, detail::whole<std::uint64_t> column_hi)
        : row_lo_(row_lo), row_hi_(row_hi), column_lo_(column_lo), column_hi_(column_hi)
    {
    }
    std::uint64_t row_lo() const noexcept { return row_lo_; }
    std::uint64_t row_hi() const noexcept { return row_hi_; }
    std::uint64_t column_lo() const noexcept { return column_lo_; }
    std::uint64_t column_hi() const noexcept { return column_hi_; }

  private:
    std::uint64_t row_lo_, row_hi_, column_lo_, column_hi_;
};

namespace detail
{

/* Who helps. */
class helpers
{
  public:
    helpers(const server &server) noexcept : handle_(server.c()) {}
    helpers(const context &context) noexcept : handle_(yoke_context_server(context.c())) {}
    helpers(yoke_server *handle) noexcept : handle_(handle) {}
    helpers(std::nullptr_t) noexcept : handle_(nullptr) {}
    yoke_server *c() const noexcept { return handle_; }

  private:
    yoke_server *handle_;
};

/* What a loop goes through. */
class range
{
  public:
    range(std::uint64_t lo, std::uint64_t hi) noexcept : lo_(lo), hi_(hi) {}
    range(const grid &grid) noexcept
        : lo_(grid.row_lo()), hi_(grid.row_hi()), column_lo_(grid.column_lo()),
          column_hi_(grid.column_hi()), dimensions_(2)
    {
    }
    void set(yoke_loop &loop) const noexcept
    {
        loop.lo = lo_, loop.hi = hi_, loop.dimensions = dimensions_;
        loop.column_lo = column_lo_, loop.column_hi = column_hi_;
        loop.column_grain = dimensions_ == 2 ? loop.column_grain : 0;
    }

  private:
    std::uint64_t lo_, hi_, column_lo_ = 0, column_hi_ = 0;
    unsigned dimensions_ = 1;
};

/* A loop under way, which C hands on as the argument of all functions. */
class loop
{
  public:
    loop(const yoke_loop &how, const range &range, yoke_loop_body body) : how_(how), c_(how)
    {
        range.set(c_);
        c_.body = body, c_.argument = this;
        c_.open = how.open ? open : nullptr;
        c_.close = how.close ? close : nullptr;
        c_.cancelled = cancelled;
    }
    loop(const loop &) = delete;
    loop &operator=(const loop &) = delete;
    const yoke_loop *c() const noexcept { return &c_; }

    /* What is thrown where a piece was told to leave is how it leaves. */
    template <class Call> yoke_status run(const yoke_piece *piece, Call &&call) noexcept
    {
        return carried_.call([&] {
            try {
                call();
            } catch (...) {
                if (!yoke_piece_cancelled(piece))
                    throw;
                return YOKE_CANCELLED;
            }
            return YOKE_OK;
        });
    }
    template <class Call> void combine(Call &&call) noexcept
    {
        carried_.call([&] { return call(), YOKE_OK; });
    }
    void end(yoke_status status) const { carried_.end(status); }

  private:
    static yoke_status open(unsigned worker, void *argument, void **state)
    {
        loop &self = *static_cast<loop *>(argument);
        return self.carried_.call(
            [&] { return self.how_.open(worker, self.how_.argument, state); });
    }
    static void close(void *state, void *argument)
    {
        loop &self = *static_cast<loop *>(argument);
        self.combine([&] { self.how_.close(state, self.how_.argument); });
    }
    static bool cancelled(void *argument) /* also after a combine() that cannot fail in C */
    {
        loop &self = *static_cast<loop *>(argument);
        return self.carried_.any() ||
               (self.how_.cancelled && self.how_.cancelled(self.how_.argument));
    }

    const yoke_loop &how_;
    yoke_loop c_;
    carried carried_;
};

template <class Body> inline constexpr bool by_number = std::is_invocable_v<Body &, std::uint64_t>;
template <class Body>
inline constexpr bool by_element = std::is_invocable_v<Body &, std::uint64_t, std::uint64_t>;

/* Calls body(row, column) for all elements of a tile, row by row. */
template <class Body> void each_element(const piece &piece, Body &&body)
{
    for (std::uint64_t row = piece.lo(), end = piece.hi(); row < end; row++)
        for (std::uint64_t i = piece.column_lo(), hi = piece.column_hi(); i < hi; i++)
            body(row, i);
}

/* How many elements something with random access has. */
template <class Range> std::uint64_t size_of(Range &range)
{
    return static_cast<std::uint64_t>(std::end(range) - std::begin(range));
}

/* Element i of it, by its begin(). */
template <class Iterator> decltype(auto) element(const Iterator &first, std::uint64_t i)
{
    return first[static_cast<typename std::iterator_traits<Iterator>::difference_type>(i)];
}

} /* namespace detail */

} /* namespace yoke */

#endif
