/* Scans of include/yoke/parallel_scan.hpp: a program that ends with 0 when all is as it should be.
 */
#include "expect.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <numeric>
#include <random>

static std::mt19937_64 any(20261130);

static void test_scans(yoke::server &server)
{
    for (int round = 0; round < 100; round++) {
        std::vector<std::int64_t> values(any() % 20000), right(values.size()), sums(values.size());
        for (auto &value : values)
            value = static_cast<std::int64_t>(any() % 1000) - 500;
        std::partial_sum(values.begin(), values.end(), right.begin());
        auto total = values.empty() ? 0 : right.back();
        server.resize(static_cast<unsigned>(any() % 4 + 1));
        EXPECT(yoke::parallel_scan(server, values, sums, std::int64_t(0)) == total);
        EXPECT(sums == right);
        std::vector<std::int64_t> before(values.size());
        auto value = [&](std::uint64_t i) { return values[i]; };
        auto write = [&](std::uint64_t i, std::int64_t sum, std::int64_t with) {
            before[i] = sum, sums[i] = with - sum;
        };
        EXPECT(yoke::parallel_scan(server, 0, values.size(), std::int64_t(0), std::plus<>(), value,
                                   write) == total);
        EXPECT(sums == values && (values.empty() || before[0] == 0));
        for (std::size_t i = 1; i < values.size(); i++)
            EXPECT(before[i] == right[i - 1]);
        EXPECT(yoke::parallel_scan(nullptr, values, values, std::int64_t(0)) == total);
        EXPECT(values == right);
    }
    server.resize(2);
    std::vector<int> many(3), few(2);
    EXPECT(status_of([&] { yoke::parallel_scan(server, many, few, 0); }) == YOKE_INVALID);
}

/* By whole leaves, exclusive. */
static void test_scans_by_leaves(yoke::server &server)
{
    std::vector<std::uint64_t> sums(12345);
    auto total = yoke::parallel_scan(
        server, 0, sums.size(), std::uint64_t(0), std::plus<>(),
        [](const yoke::piece &piece, std::uint64_t &sum) {
            for (auto i = piece.lo(); i < piece.hi(); i++)
                sum += i;
        },
        [&](const yoke::piece &piece, std::uint64_t &sum) {
            for (auto i = piece.lo(); i < piece.hi(); i++)
                sums[i] = sum, sum += i;
        });
    EXPECT(total == 12345 * 12344 / 2);
    for (std::uint64_t i = 0; i < sums.size(); i++)
        EXPECT(sums[i] == (i ? i * (i - 1) / 2 : 0));
}

/* ---- in one pass ------------------------------------------------------------------------- */

/* Alone, each leaf but the first is done by the one callable, and the others are not called. */
static void test_scans_by_leaves_in_one_pass(yoke::server &server)
{
    for (unsigned grain : {0u, 1u, 100u}) {
        std::vector<std::uint64_t> sums(12345);
        std::atomic<std::uint64_t> twice = 0, once = 0;
        auto add = [&](const yoke::piece &piece, std::uint64_t &sum) {
            twice += piece.hi() - piece.lo();
            for (auto i = piece.lo(); i < piece.hi(); i++)
                sum += i;
        };
        auto write = [&](const yoke::piece &piece, std::uint64_t &before) {
            for (auto i = piece.lo(); i < piece.hi(); i++)
                sums[i] = before, before += i;
        };
        auto add_and_write = [&](const yoke::piece &piece, std::uint64_t &before,
                                 std::uint64_t &sum) {
            once += piece.hi() - piece.lo();
            for (auto i = piece.lo(); i < piece.hi(); i++)
                sums[i] = before, before += i, sum += i;
        };
        auto scan = [&](yoke_server *helpers) {
            yoke_loop how = YOKE_LOOP_INIT;
            how.grain = grain;
            std::fill(sums.begin(), sums.end(), 1);
            once = twice = 0;
            EXPECT(yoke::parallel_scan(helpers, 0, sums.size(), std::uint64_t(0), std::plus<>(),
                                       add, write, add_and_write, how) == 12345 * 12344 / 2);
            for (std::uint64_t i = 0; i < sums.size(); i++)
                EXPECT(sums[i] == (i ? i * (i - 1) / 2 : 0));
            EXPECT(once + twice == sums.size());
        };
        scan(server.c());
        scan(nullptr);
        EXPECT(once == sums.size() && twice == 0);
    }
}

/* Extremes, in pieces longer than a leaf, which one combination for each tells. */
static void test_associative_scans(yoke::server &server)
{
    std::vector<int> values(200000), highest(values.size()), right(values.size());
    for (int &value : values)
        value = static_cast<int>(any() % 1000000);
    auto larger = [](int a, int b) { return std::max(a, b); };
    std::partial_sum(values.begin(), values.end(), right.begin(), larger);
    EXPECT(yoke::parallel_scan(server, values, highest, 0, yoke::associative(larger)) ==
           right.back());
    EXPECT(highest == right);
    auto raise = [](int &into, int from) { into = std::max(into, from); };
    std::fill(highest.begin(), highest.end(), 0);
    yoke::parallel_scan(nullptr, values, highest, 0, yoke::associative(raise));
    EXPECT(highest == right);

    std::atomic<int> pieces = 0, leaves = 0;
    auto count_in = [&](std::atomic<int> &count) {
        return [&](const yoke::piece &piece, int &sum) {
            count++;
            for (auto i = piece.lo(); i < piece.hi(); i++)
                sum = std::max(sum, values[i]);
        };
    };
    auto write = [&](const yoke::piece &piece, int &sum) {
        for (auto i = piece.lo(); i < piece.hi(); i++)
            highest[i] = sum = std::max(sum, values[i]);
    };
    std::fill(highest.begin(), highest.end(), 0);
    yoke::parallel_scan(server, 0, values.size(), 0, larger, count_in(leaves), write);
    EXPECT(highest == right && leaves == 200000 / 128 + 1);
    std::fill(highest.begin(), highest.end(), 0);
    yoke::parallel_scan(server, 0, values.size(), 0, yoke::associative(larger), count_in(pieces),
                        write);
    EXPECT(highest == right && pieces < leaves);
}

/* Through tiles of whole rows, which is as through an array. */
static void test_scans_of_grids(yoke::server &server)
{
    enum { ROWS = 100, COLUMNS = 77 };
    std::vector<std::uint64_t> sums(ROWS * COLUMNS);
    auto numbers_of = [](const yoke::piece &piece, auto visit) {
        for (auto row = piece.lo(); row < piece.hi(); row++)
            for (auto i = piece.column_lo(); i < piece.column_hi(); i++)
                visit(row * COLUMNS + i);
    };
    yoke_loop how = YOKE_LOOP_INIT;
    how.grain = 3, how.column_grain = COLUMNS;
    auto total = yoke::parallel_scan(
        server, yoke::grid(ROWS, COLUMNS), std::uint64_t(0), std::plus<>(),
        [&](const yoke::piece &piece, std::uint64_t &sum) {
            numbers_of(piece, [&](std::uint64_t i) { sum += i; });
        },
        [&](const yoke::piece &piece, std::uint64_t &sum) {
            numbers_of(piece, [&](std::uint64_t i) { sums[i] = sum += i; });
        },
        how);
    EXPECT(total == ROWS * COLUMNS * (ROWS * COLUMNS - 1) / 2);
    for (std::uint64_t i = 0; i < sums.size(); i++)
        EXPECT(sums[i] == i * (i + 1) / 2);
}

int main()
{
    yoke::server server(2);
    test_scans(server);
    test_scans_by_leaves(server);
    test_scans_by_leaves_in_one_pass(server);
    test_associative_scans(server);
    test_scans_of_grids(server);
    return failures != 0;
}
