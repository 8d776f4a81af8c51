/* include/yoke/numeric.hpp: a program that ends with 0 when all is as it should be. */
#include "expect.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

static std::mt19937_64 any(20261130);

/* Whole numbers, whose sums are exact in any order. */
template <class Number> static std::vector<Number> some(std::size_t least = 0)
{
    std::vector<Number> numbers(least + any() % 3000);
    for (Number &number : numbers)
        number = static_cast<Number>(static_cast<int>(any() % 2001) - 1000);
    return numbers;
}

template <class Number> static void test_sums(yoke::server &server)
{
    for (int round = 0; round < 50; round++) {
        auto x = some<Number>(), y = x;
        std::reverse(y.begin(), y.end());
        auto sum = std::accumulate(x.begin(), x.end(), 0.0);
        auto dot = std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
        auto square = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
        server.resize(static_cast<unsigned>(any() % 3 + 1));
        for (auto mode : {YOKE_SUM_TREE, YOKE_SUM_EXACT}) {
            EXPECT(static_cast<double>(yoke::sum(server, x, mode)) == sum);
            EXPECT(static_cast<double>(yoke::sum(nullptr, x, mode)) == sum);
            EXPECT(static_cast<double>(yoke::dot(server, x, y, mode)) == dot);
            EXPECT(std::abs(yoke::norm2(server, x, mode) - std::sqrt(square)) <=
                   1e-12 * std::sqrt(square));
        }
        yoke::strided<Number> backwards(x.data() + x.size() - !x.empty(), x.size(), -1);
        EXPECT(static_cast<double>(yoke::dot(server, backwards, y)) == square);
    }
    server.resize(2);
}

template <class Number> static void test_extremes(yoke::server &server)
{
    for (int round = 0; round < 20; round++) {
        auto x = some<Number>(1);
        auto [least, most] = std::minmax_element(x.begin(), x.end());
        auto min = yoke::min(server, x);
        EXPECT(min.value == *least && min.index == std::size_t(least - x.begin()));
        auto max = yoke::max(nullptr, x);
        EXPECT(max.value == *most && x[max.index] == *most);
        auto counts = yoke::histogram(server, x, -1000, 1000, 20);
        EXPECT(counts.size() == 20);
        for (std::size_t i = 0; i < counts.size(); i++) {
            auto in_bin = [&](Number each) {
                return std::floor((static_cast<double>(each) + 1000) / 100) ==
                       static_cast<double>(i);
            };
            EXPECT(counts[i] == std::size_t(std::count_if(x.begin(), x.end(), in_bin)));
        }
        std::vector<Number> sums(x.size()), right(x.size());
        std::partial_sum(x.begin(), x.end(), right.begin());
        yoke::scan(server, x, sums);
        EXPECT(sums == right);
        yoke::scan(server, x, x, YOKE_SUM_EXACT, YOKE_SCAN_EXCLUSIVE);
        EXPECT(x[0] == 0 && std::equal(x.begin() + 1, x.end(), right.begin()));
    }
    EXPECT(status_of([&] { yoke::min(server, std::vector<Number>()); }) == YOKE_INVALID);
}

static void test_results_have_types(yoke::server &server)
{
    static_assert(std::is_same_v<decltype(yoke::sum(server, std::vector<float>())), double>);
    static_assert(
        std::is_same_v<decltype(yoke::sum(server, std::vector<std::int64_t>())), std::int64_t>);
    const double plain[] = {1e100, 1, -1e100};
    std::array<long long, 2> integers{INT64_MAX, 1};
    EXPECT(yoke::sum(server, plain, YOKE_SUM_EXACT) == 1);
    EXPECT(status_of([&] { yoke::sum(server, integers); }) == YOKE_OVERFLOW);
    std::vector<double> two(2), three(3);
    EXPECT(status_of([&] { yoke::dot(server, two, three); }) == YOKE_INVALID);
    EXPECT(status_of([&] { yoke::scan(server, three, two); }) == YOKE_INVALID);
    EXPECT(status_of([&] { yoke::histogram(server, two, 0, 1, -1); }) == YOKE_INVALID);
}

static double anything()
{
    return std::ldexp(static_cast<double>(any()) - 0x1p63, static_cast<int>(any() % 1000) - 600);
}

/* Whatever the order and the parts. */
static void test_exact_accumulators(yoke::server &server)
{
    for (int round = 0; round < 20; round++) {
        std::vector<double> x(any() % 2000);
        std::generate(x.begin(), x.end(), anything);
        yoke::exact all, one_by_one;
        all.add_array(x);
        std::shuffle(x.begin(), x.end(), any);
        for (double each : x)
            one_by_one += each;
        EXPECT(all.round() == yoke::sum(server, x, YOKE_SUM_EXACT));
        EXPECT(all.bytes() == one_by_one.bytes());
        auto reduced = yoke::parallel_reduce(
            server, x, yoke::exact(), [](yoke::exact &into, const auto &from) { into += from; });
        EXPECT(reduced.bytes() == all.bytes());
        auto product = yoke::exact();
        product.add_products(x, x);
        EXPECT(product.round() == yoke::dot(nullptr, x, x, YOKE_SUM_EXACT));
        yoke::exact twice(all.bytes());
        twice += all;
        EXPECT(twice.round() == 2 * all.round());
    }
    std::array<unsigned char, YOKE_EXACT_BYTES> wrong;
    wrong.fill(255);
    EXPECT(status_of([&] { yoke::exact none(wrong); }) == YOKE_INVALID);
}

int main()
{
    yoke::server server(2);
    test_sums<double>(server);
    test_sums<float>(server);
    test_sums<std::int64_t>(server);
    test_extremes<double>(server);
    test_extremes<float>(server);
    test_extremes<std::int64_t>(server);
    test_results_have_types(server);
    test_exact_accumulators(server);
    return failures != 0;
}
