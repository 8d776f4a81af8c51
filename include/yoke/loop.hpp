/* Loops, reductions and scans of loop.h for C++: see yoke.hpp.
 *
 *     yoke::parallel_for(server, 0, count, [&](std::uint64_t i) { y[i] += a * x[i]; });
 *     yoke::parallel_for(server, pixels, [](pixel &each) { each.brighten(); });
 *     yoke::parallel_for(server, yoke::grid(height, width),
 *                        [&](std::uint64_t i, std::uint64_t j) { b[j][i] = a[i][j]; });
 *     double sum = yoke::parallel_reduce(server, values, 0.0);
 *     double squares = yoke::parallel_reduce(server, values, 0.0, std::plus<>(),
 *                                            [](double x) { return x * x; });
 *
 * The first argument is who helps the calling thread: a server, inside a job its yoke::context, or
 * nullptr for nobody. Then comes what is gone through: the numbers of [lo, hi), the rows and
 * columns of a yoke::grid in tiles, or anything with random access (vectors, arrays, std::span,
 * views), whose elements must stay where they are meanwhile. The last one, if given, is a
 * yoke_loop:
 *
 *     yoke_loop how = YOKE_LOOP_INIT;
 *     how.grain = 100, how.time_limit = yoke::limit(2s);
 *     yoke::parallel_for(server, 0, count, body, how);
 *
 * of which all but the range, the body and its argument counts: grain, limits, priority, workers;
 * and open(), close() and cancelled(), which are given how.argument.
 *
 * Callables are not copied, and called by several threads at a time. What one throws ends the loop
 * and is thrown here; when several do, what the first one threw; and nothing that they throw after
 * they were told to leave. A call that fails otherwise throws yoke::error. All else, what a call
 * costs and which results have the same bits everywhere, is as in loop.h: nothing is allocated
 * here, and a callable that the compiler can see costs nothing more than a body in C. */
#ifndef YOKE_LOOP_HPP
#define YOKE_LOOP_HPP

#include "server.hpp" /* first, for what it asks of the compiler */

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <type_traits>
#include <utility>

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
