/* include/yoke/loop.hpp: a program that ends with 0 when all is as it should be. */
#include "expect.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>
#include <random>

using namespace std::chrono_literals;

static std::mt19937_64 any(20261130);

static std::vector<double> some(std::size_t count)
{
    std::uniform_real_distribution<double> between(-1e3, 1e3);
    std::vector<double> values(count);
    for (double &value : values)
        value = std::exp2(between(any) / 10) * (any() % 2 ? 1 : -1);
    return values;
}

static bool same_bits(double a, double b)
{
    return std::memcmp(&a, &b, sizeof a) == 0;
}

/* ---- loops ------------------------------------------------------------------------------- */

static void test_every_number_once(yoke::server &server)
{
    for (unsigned grain : {0u, 1u, 7u, 100000u}) {
        std::vector<std::atomic<int>> numbers(10000), pieces(10000);
        yoke_loop how = YOKE_LOOP_INIT;
        how.grain = grain;
        yoke::parallel_for(
            server, 10, 10000, [&](std::uint64_t i) { numbers[i]++; }, how);
        yoke::parallel_for(
            server, 0, 10000,
            [&](const yoke::piece &piece) {
                EXPECT(piece.worker() < piece.workers() && !piece.cancelled() && !piece.state());
                for (auto i = piece.lo(); i < piece.hi(); i++)
                    pieces[i]++;
            },
            how);
        for (std::size_t i = 0; i < 10000; i++)
            EXPECT(numbers[i] == (i >= 10) && pieces[i] == 1);
    }
}

static void test_elements(yoke::server &server)
{
    std::vector<int> values(5000, 3);
    yoke::parallel_for(server, values, [](int &value) { value *= 2; });
    EXPECT(std::count(values.begin(), values.end(), 6) == 5000);
    yoke_loop how = YOKE_LOOP_INIT;
    how.grain = 10;
    yoke::parallel_for(
        server, values, [](int &value) { value++; }, how);
    EXPECT(std::count(values.begin(), values.end(), 7) == 5000);
    double plain[] = {1, 2, 3};
    yoke::parallel_for(nullptr, plain, [](double &value) { value += 1; });
    EXPECT(plain[0] == 2 && plain[2] == 4);
    const std::array<int, 2> fixed{4, 5};
    std::atomic<int> sum = 0;
    yoke::parallel_for(server, fixed, [&](auto value) { sum += value; });
    EXPECT(sum == 9);
    std::vector<int> none;
    yoke::parallel_for(server, none, [](int) { EXPECT(false); });
}

/* Three rows and two columns are left out on the upper left. */
static void test_grids(yoke::server &server)
{
    enum { ROWS = 123, COLUMNS = 457 };
    for (std::uint64_t grain : {0u, 1u, 7u, 1000u}) {
        std::vector<std::atomic<int>> elements(ROWS * COLUMNS), tiles(ROWS * COLUMNS);
        yoke_loop how = YOKE_LOOP_INIT;
        how.grain = grain, how.column_grain = grain * 5;
        yoke::grid grid(3, ROWS, 2, COLUMNS);
        yoke::parallel_for(
            server, grid,
            [&](std::uint64_t row, std::uint64_t i) { elements[row * COLUMNS + i]++; }, how);
        yoke::parallel_for(
            server, yoke::grid(ROWS, COLUMNS),
            [&](const yoke::piece &piece) {
                EXPECT(!grain || piece.hi() - piece.lo() <= grain);
                for (auto row = piece.lo(); row < piece.hi(); row++)
                    for (auto i = piece.column_lo(); i < piece.column_hi(); i++)
                        tiles[row * COLUMNS + i]++;
            },
            how);
        for (std::uint64_t row = 0; row < ROWS; row++)
            for (std::uint64_t i = 0; i < COLUMNS; i++)
                EXPECT(elements[row * COLUMNS + i] == (row >= 3 && i >= 2) &&
                       tiles[row * COLUMNS + i] == 1);
    }
    EXPECT(status_of([&] { yoke::grid(-1, 1); }) == YOKE_INVALID);
    yoke::parallel_for(server, yoke::grid(0, 5),
                       [](std::uint64_t, std::uint64_t) { EXPECT(false); });
}

static void test_sums_of_grids(yoke::server &server)
{
    enum { ROWS = 300, COLUMNS = 211 };
    auto values = some(ROWS * COLUMNS);
    auto value = [&](std::uint64_t row, std::uint64_t i) { return values[row * COLUMNS + i]; };
    auto add = [&](const yoke::piece &piece, double &sum) {
        for (auto row = piece.lo(); row < piece.hi(); row++)
            for (auto i = piece.column_lo(); i < piece.column_hi(); i++)
                sum += value(row, i);
    };
    yoke::grid grid(ROWS, COLUMNS);
    double alone = yoke::parallel_reduce(nullptr, grid, 0.0, std::plus<>(), value);
    EXPECT(same_bits(alone, yoke::parallel_reduce(server, grid, 0.0, std::plus<>(), value)));
    EXPECT(same_bits(alone, yoke::parallel_reduce(server, grid, 0.0, std::plus<>(), add)));
    yoke_loop how = YOKE_LOOP_INIT;
    how.grain = how.column_grain = 1000; /* one tile */
    double plain = std::accumulate(values.begin(), values.end(), 0.0);
    EXPECT(same_bits(plain, yoke::parallel_reduce(server, grid, 0.0, std::plus<>(), value, how)));
}

/* From everywhere: inside a job, and inside a piece with a handle of C. */
static void test_nesting(yoke::server &server)
{
    std::atomic<int> calls = 0;
    auto job = server.submit([&](yoke::context &context) {
        yoke_server *here = yoke_context_server(context.c());
        yoke::parallel_for(context, 0, 10, [&](std::uint64_t) {
            yoke::parallel_for(here, 0, 10, [&](std::uint64_t) { calls++; });
        });
    });
    job.get();
    EXPECT(calls == 100);
}

static yoke_status open_counter(unsigned, void *argument, void **state)
{
    auto &open = *static_cast<std::atomic<int> *>(argument);
    if (open < 0)
        throw std::runtime_error("closed for ever");
    open++;
    *state = argument;
    return YOKE_OK;
}

static void close_counter(void *state, void *)
{
    (*static_cast<std::atomic<int> *>(state))--;
}

static void test_options(yoke::server &server)
{
    std::atomic<int> open = 0;
    yoke_loop how = YOKE_LOOP_INIT;
    how.open = open_counter, how.close = close_counter, how.argument = &open;
    how.grain = 10;
    yoke::parallel_for(
        server, 0, 1000,
        [&](const yoke::piece &piece) { EXPECT(piece.state() == &open && open > 0); }, how);
    EXPECT(open == 0);
    open = -1;
    bool thrown = false;
    try {
        yoke::parallel_for(
            server, 0, 1000, [](std::uint64_t) {}, how);
    } catch (const std::runtime_error &error) {
        thrown = error.what() == std::string("closed for ever");
    }
    EXPECT(thrown);

    how = YOKE_LOOP_INIT;
    how.cancelled = [](void *argument) { return *static_cast<std::atomic<int> *>(argument) < 0; };
    how.argument = &open;
    EXPECT(status_of([&] {
               yoke::parallel_for(
                   server, 0, 10, [](std::uint64_t) {}, how);
           }) == YOKE_CANCELLED);
    how = YOKE_LOOP_INIT;
    how.time_limit = yoke::limit(1ms);
    EXPECT(status_of([&] {
               yoke::parallel_for(
                   server, 0, 1,
                   [](const yoke::piece &piece) {
                       while (!piece.cancelled())
                           ;
                       throw 1; /* as it was told to leave, this does not count */
                   },
                   how);
           }) == YOKE_TIMED_OUT);
    how.priority = 100000;
    EXPECT(status_of([&] {
               yoke::parallel_for(
                   server, 0, 1, [](std::uint64_t) {}, how);
           }) == YOKE_INVALID);
    EXPECT(status_of([&] { yoke::parallel_for(server, -1, 1, [](std::uint64_t) {}); }) ==
           YOKE_INVALID);
}

/* ---- what callables throw ------------------------------------------------------------------ */

template <class Call> static std::string thrown_by(Call call)
{
    try {
        call();
    } catch (const std::out_of_range &error) {
        return error.what();
    }
    return "nothing";
}

static void throw_at(std::uint64_t i, std::uint64_t where)
{
    if (i == where)
        throw std::out_of_range(std::to_string(i));
}

static void test_exceptions(yoke::server &server)
{
    yoke_loop how = YOKE_LOOP_INIT;
    how.grain = 1;
    for (int round = 0; round < 100; round++) {
        std::uint64_t at = any() % 100;
        std::string said = std::to_string(at);
        auto throwing = [at](std::uint64_t i) { return throw_at(i, at), 1; };
        auto nothing = [](std::uint64_t, int, int) {};
        auto write = [at](std::uint64_t i, int, int) { throw_at(i, at); };
        auto one = [](std::uint64_t) { return 1; };
        auto never = [&](int &, int) { throw std::out_of_range("one"); };
        EXPECT(thrown_by([&] { yoke::parallel_for(server, 0, 100, throwing, how); }) == said);
        EXPECT(thrown_by([&] {
                   yoke::parallel_reduce(server, 0, 100, 0, std::plus<>(), throwing, how);
               }) == said);
        EXPECT(thrown_by([&] {
                   yoke::parallel_scan(server, 0, 100, 0, std::plus<>(), throwing, nothing, how);
               }) == said);
        EXPECT(thrown_by([&] {
                   yoke::parallel_scan(server, 0, 100, 0, std::plus<>(), one, write, how);
               }) == said);
        how.grain = any() % 200 + 1; /* while a leaf is added up, or by what combines leaves */
        EXPECT(thrown_by([&] { yoke::parallel_reduce(server, 0, 100, 0, never, one, how); }) ==
               "one");
        how.grain = 1;
    }
    std::atomic<int> calls = 0;
    auto all_throw = [&](std::uint64_t) { calls++, throw std::out_of_range("each"); };
    EXPECT(thrown_by([&] { yoke::parallel_for(server, 0, 1000000, all_throw, how); }) == "each");
    EXPECT(calls > 0 && calls < 100);
    auto job = server.submit([&] { yoke::parallel_for(server, 0, 10, all_throw); });
    EXPECT(thrown_by([&] { job.get(); }) == "each" && job.message() == "each");
}

/* ---- reductions ---------------------------------------------------------------------------- */

/* What they are in C. */
static yoke_status add_in_c(const yoke_piece *piece, void *values)
{
    for (std::uint64_t i = piece->lo; i < piece->hi; i++)
        *static_cast<double *>(piece->accumulator) += static_cast<const double *>(values)[i];
    return YOKE_OK;
}

static void combine_in_c(void *into, const void *from, void *)
{
    *static_cast<double *>(into) += *static_cast<const double *>(from);
}

static double sum_in_c(std::vector<double> &values, std::uint64_t grain)
{
    yoke_loop loop = YOKE_LOOP_INIT;
    loop.hi = values.size(), loop.body = add_in_c, loop.argument = values.data();
    loop.grain = grain;
    yoke_reduction reduction = YOKE_REDUCTION_INIT;
    reduction.accumulator_size = sizeof(double), reduction.combine = combine_in_c;
    double sum;
    yoke::check(yoke_parallel_reduce(nullptr, &loop, &reduction, &sum));
    return sum;
}

static void test_the_same_bits(yoke::server &server)
{
    for (int round = 0; round < 200; round++) {
        auto values = some(any() % 20000);
        yoke_loop how = YOKE_LOOP_INIT;
        how.grain = any() % 3 ? 0 : any() % 300 + 1;
        double sum = sum_in_c(values, how.grain);
        server.resize(static_cast<unsigned>(any() % 4 + 1));
        auto value = [&](std::uint64_t i) { return values[i]; };
        auto leaf = [&](const yoke::piece &piece, double &total) {
            for (auto i = piece.lo(); i < piece.hi(); i++)
                total += values[i];
        };
        auto plus = std::plus<>();
        EXPECT(
            same_bits(sum, yoke::parallel_reduce(server, 0, values.size(), 0.0, plus, value, how)));
        EXPECT(
            same_bits(sum, yoke::parallel_reduce(nullptr, 0, values.size(), 0.0, plus, leaf, how)));
        EXPECT(same_bits(sum, yoke::parallel_reduce(
                                  server, values, 0.0, plus, [](double x) { return x; }, how)));
        if (how.grain == 0)
            EXPECT(same_bits(sum, yoke::parallel_reduce(server, values, 0.0)));
    }
    server.resize(2);
}

/* The smallest number, where it first is, and how many there are. */
struct least {
    double value;
    std::uint64_t index, count;
};

static void test_accumulators(yoke::server &server)
{
    auto values = some(30000);
    auto found = yoke::parallel_reduce(
        server, 0, values.size(), least{HUGE_VAL, 0, 0},
        [](least &into, const least &from) {
            if (from.value < into.value)
                into.value = from.value, into.index = from.index;
            into.count += from.count;
        },
        [&](std::uint64_t i) {
            return least{values[i], i, 1};
        });
    auto smallest = std::min_element(values.begin(), values.end());
    EXPECT(found.value == *smallest && values[found.index] == *smallest && found.count == 30000);
    std::vector<bool> is_prime{false, false, true, true, false, true};
    EXPECT(yoke::parallel_reduce(nullptr, is_prime, 0) == 3);
    std::vector<short> small{30000, 30000, 30000};
    EXPECT(yoke::parallel_reduce(server, small, 0) == 90000);
    EXPECT(yoke::parallel_reduce(server, small, 1, std::multiplies<>(), [](int) { return 2; }) ==
           8);
    EXPECT(yoke::parallel_reduce(server, std::vector<int>(), 7) == 7);
}

/* ---- memory -------------------------------------------------------------------------------- */

static std::atomic<int> allocations;

/* Not inlined: gcc warns where it sees one of a pair, and so malloc() or free(), without the other.
 */
[[gnu::noinline]] void *operator new(std::size_t size)
{
    allocations++;
    if (void *memory = std::malloc(size ? size : 1))
        return memory;
    throw std::bad_alloc();
}

[[gnu::noinline]] void operator delete(void *memory) noexcept
{
    std::free(memory);
}

[[gnu::noinline]] void operator delete(void *memory, std::size_t) noexcept
{
    std::free(memory);
}

static void test_nothing_is_allocated(yoke::server &server)
{
    auto values = some(10000);
    int before = allocations;
    yoke::parallel_for(server, values, [](double &value) { value *= 0.5; });
    yoke::parallel_reduce(server, values, 0.0);
    yoke::parallel_scan(server, values, values, 0.0);
    EXPECT(allocations == before);
    ::operator delete(::operator new(1)); /* no compiler leaves that out, as it may a vector's */
    EXPECT(allocations > before);         /* they are counted */
}

int main()
{
    yoke::server server(2);
    test_every_number_once(server);
    test_elements(server);
    test_grids(server);
    test_sums_of_grids(server);
    test_nesting(server);
    test_options(server);
    test_exceptions(server);
    test_the_same_bits(server);
    test_accumulators(server);
    test_nothing_is_allocated(server);
    return failures != 0;
}
