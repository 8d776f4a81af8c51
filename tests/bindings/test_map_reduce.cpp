/* include/yoke/map_reduce.hpp: a program that ends with 0 when all is as it should be. */
#include "expect.hpp"

#include <cstring>
#include <random>
#include <string>

static std::mt19937_64 any(20261130);

static bool same_bits(double a, double b)
{
    return std::memcmp(&a, &b, sizeof a) == 0;
}

/* ---- kernels ----------------------------------------------------------------------------- */

static double reciprocal(std::uint64_t i)
{
    return 1 / static_cast<double>(i + 1);
}

static double sum_part(const yoke::part &part, yoke::context &context)
{
    return yoke::parallel_reduce(context, part, 0.0, std::plus<>(), reciprocal);
}

/* The numbers of an array of this process; `at` is that of the number which fails, if there is one.
 */
struct numbers {
    const double *first;
    std::uint64_t at;
};

static double sum_numbers(const yoke::part &part, const numbers &from,
                          yoke::context &context) noexcept(false)
{
    auto number = [&](std::uint64_t i) {
        if (i == from.at)
            throw std::out_of_range("number " + std::to_string(i));
        return from.first[i];
    };
    return yoke::parallel_reduce(context, part, 0.0, std::plus<>(), number);
}

static yoke_status sum_in_c(yoke_context *context, const void *argument, void *result)
{
    yoke_part part;
    yoke_part_read(argument, &part);
    double sum = yoke::parallel_reduce(yoke_context_server(context), yoke::part(part), 0.0,
                                       std::plus<>(), reciprocal);
    std::memcpy(result, &sum, sizeof sum);
    return YOKE_OK;
}

/* ---- the same bits ----------------------------------------------------------------------- */

static yoke::part some_range()
{
    std::uint64_t lo = any() % 1000;
    return yoke::part(lo, lo + any() % 300000, any() % 3 ? 0 : any() % 300 + 1);
}

static double sum_here(const yoke::part &range)
{
    return yoke::parallel_reduce(nullptr, range, 0.0, std::plus<>(), reciprocal);
}

static void test_the_same_bits(yoke::server &server)
{
    for (int round = 0; round < 60; round++) {
        yoke::part range = some_range();
        server.resize(static_cast<unsigned>(any() % 4 + 1));
        auto sum_by = [&](auto helpers, yoke_kernel kernel) {
            return yoke::map_reduce(helpers, range, 0.0, std::plus<>(), kernel);
        };
        double sum = sum_here(range);
        EXPECT(same_bits(sum, sum_by(server.c(), yoke::part_kernel<sum_part>)));
        EXPECT(same_bits(sum, sum_by(nullptr, yoke::part_kernel<sum_part>)));
        EXPECT(same_bits(sum, sum_by(server.c(), sum_in_c)));
        auto add = [](double &into, const double &from) { into += from; };
        yoke_map_options how = YOKE_MAP_OPTIONS_INIT;
        how.time_limit = YOKE_SECONDS(100); /* by jobs */
        EXPECT(same_bits(
            sum, yoke::map_reduce(server, range, 0.0, add, yoke::part_kernel<sum_part>, how)));
    }
    server.resize(2);
    EXPECT(yoke::map_reduce(server, yoke::part(5, 5), 7.0, std::plus<>(), sum_in_c) == 7);
    EXPECT(status_of([] { yoke::part(0, -1); }) == YOKE_INVALID);
}

static void test_inputs(yoke::server &server)
{
    std::vector<double> values(100000);
    for (double &value : values)
        value = std::exp2(static_cast<double>(any() % 60)) * (any() % 2 ? 1 : -1);
    numbers from = {values.data(), UINT64_MAX};
    yoke::part range(0, values.size(), 10);
    yoke_loop how = YOKE_LOOP_INIT;
    how.grain = 10;
    double sum = yoke::parallel_reduce(
        nullptr, values, 0.0, std::plus<>(), [](double x) { return x; }, how);
    EXPECT(same_bits(sum, yoke::map_reduce(server, range, 0.0, std::plus<>(),
                                           yoke::part_kernel<sum_numbers>, from)));
}

/* ---- parts that reduce in their turn ------------------------------------------------------- */

/* Of one type here and there: each must find its own. */
struct counting_plus {
    unsigned *calls;
    std::uint64_t operator()(std::uint64_t a, std::uint64_t b) const { return ++*calls, a + b; }
};

static yoke_status length_of(yoke_context *, const void *argument, void *result)
{
    yoke_part part;
    yoke_part_read(argument, &part);
    *static_cast<std::uint64_t *>(result) = part.hi - part.lo;
    return YOKE_OK;
}

/* Parts lie side by side, and the left one comes first. */
static void test_the_order_of_parts(yoke::server &server)
{
    auto cover = [](const yoke_part &left, const yoke_part &right) {
        return left.hi == right.lo ? yoke_part{left.lo, right.hi, 0}
                                   : throw std::out_of_range(std::to_string(right.lo));
    };
    auto whole = [](yoke_context *, const void *argument, void *result) {
        yoke_part_read(argument, static_cast<yoke_part *>(result));
        return YOKE_OK;
    };
    for (unsigned count : {1u, 2u, 3u, 1000u, 1023u}) {
        yoke_part all =
            yoke::map_reduce(server, yoke::part(7, 7 + 10 * count, 10), yoke_part{}, cover, whole);
        EXPECT(all.lo == 7 && all.hi == 7 + 10 * count);
    }
}

static std::uint64_t count_twice(const yoke::part &part, yoke::context &context)
{
    unsigned calls = 0;
    auto count = yoke::map_reduce(context, yoke::part(0, 2 * (part.hi() - part.lo()), 1),
                                  std::uint64_t(0), counting_plus{&calls}, length_of);
    EXPECT(calls == count - 1);
    return count;
}

static void test_nesting(yoke::server &server)
{
    unsigned calls = 0;
    auto all = [&] {
        return yoke::map_reduce(server, yoke::part(0, 1000, 1), std::uint64_t(0),
                                counting_plus{&calls}, yoke::part_kernel<count_twice>);
    };
    EXPECT(all() == 2000 && calls == 999);
    EXPECT(server.run(all) == 2000 && calls == 2 * 999);
}

/* ---- failures ---------------------------------------------------------------------------- */

template <class Call> static std::string said_by(Call call, yoke_status expected)
{
    try {
        call();
    } catch (const yoke::error &error) {
        EXPECT(error.status() == expected);
        return error.what();
    }
    return "nothing";
}

static double refuse(const yoke::part &part, yoke::context &)
{
    if (part.lo() == 500)
        throw yoke::error(YOKE_OVERFLOW, "too much from 500 on");
    return 0;
}

static void test_parts_that_fail(yoke::server &server)
{
    for (int round = 0; round < 20; round++) {
        std::vector<double> values(1000, 1);
        numbers from = {values.data(), any() % 1000};
        yoke::part range(0, 1000, 1);
        EXPECT(said_by(
                   [&] {
                       yoke::map_reduce(server, range, 0.0, std::plus<>(),
                                        yoke::part_kernel<sum_numbers>, from);
                   },
                   YOKE_JOB_FAILED) == "number " + std::to_string(from.at));
        EXPECT(said_by(
                   [&] {
                       yoke::map_reduce(round % 2 ? server.c() : nullptr, range, 0.0, std::plus<>(),
                                        yoke::part_kernel<refuse>);
                   },
                   YOKE_OVERFLOW) == "too much from 500 on");
    }
}

static void test_sizes_and_kernels(yoke::server &server)
{
    yoke::part range(0, 1000);
    auto plus = std::plus<>();
    auto sum = yoke::part_kernel<sum_part>;
    std::string said =
        said_by([&] { yoke::map_reduce(server, range, 0, plus, sum); }, YOKE_INVALID);
    EXPECT(said.find("accumulator of a part has 4 bytes") != said.npos);
    said = said_by([&] { yoke::map_reduce(server, range, 0.0, plus, sum, 'x'); }, YOKE_INVALID);
    EXPECT(said.find("input of a part has 1 bytes") != said.npos);
    EXPECT(status_of([&] { yoke::map_reduce(server, range, 0.0, plus, nullptr); }) == YOKE_INVALID);
    yoke_task how = YOKE_TASK_INIT;
    double result;
    how.kernel = sum, how.result_size = sizeof result;
    said = said_by([&] { yoke::check(yoke_run(server.c(), &how, &result)); }, YOKE_JOB_FAILED);
    EXPECT(said.find("map_reduce") != said.npos);
}

/* What combine() throws, and nothing that it would do afterwards. */
static void test_combinations_that_throw(yoke::server &server)
{
    int calls = 0;
    auto third = [&](double &, const double &) {
        if (++calls == 3)
            throw std::out_of_range("third");
    };
    bool thrown = false;
    try {
        yoke::map_reduce(server, yoke::part(0, 1000, 1), 0.0, third, sum_in_c);
    } catch (const std::out_of_range &error) {
        thrown = error.what() == std::string("third");
    }
    EXPECT(thrown && calls == 3);
}

int main()
{
    yoke::server server(2);
    test_the_same_bits(server);
    test_inputs(server);
    test_the_order_of_parts(server);
    test_nesting(server);
    test_parts_that_fail(server);
    test_sizes_and_kernels(server);
    test_combinations_that_throw(server);
    return failures != 0;
}
