/* include/yoke/map.hpp, and jobs that feed jobs: a program that ends with 0 when all is as it
 * should be. */
#include "expect.hpp"

#include <atomic>
#include <numeric>
#include <random>
#include <string>
#include <thread>

using namespace std::chrono_literals;

static std::mt19937_64 any(20261130);

static std::vector<int> some_numbers()
{
    std::vector<int> numbers(any() % 3000);
    for (int &number : numbers)
        number = static_cast<int>(any() % 1000);
    return numbers;
}

template <class Call> static std::string thrown_by(Call call)
{
    try {
        call();
    } catch (const std::out_of_range &error) {
        return error.what();
    }
    return "nothing";
}

/* ---- maps -------------------------------------------------------------------------------- */

static void test_results_in_order(yoke::server &server)
{
    for (int round = 0; round < 20; round++) {
        auto numbers = some_numbers();
        std::vector<std::string> right;
        for (int number : numbers)
            right.push_back(std::to_string(number));
        auto text = [](int number) { return std::to_string(number); };
        EXPECT(yoke::map(server, numbers, text) == right);
        EXPECT(yoke::map(nullptr, numbers, text) == right);
        std::vector<std::string> again(numbers.size() + 1, "at the end");
        yoke::map_into(server, numbers, again, [&](const int &number, yoke::context &context) {
            EXPECT(!context.cancelled() && context.attempt() == 1);
            return right[static_cast<std::size_t>(&number - numbers.data())];
        });
        EXPECT(std::equal(right.begin(), right.end(), again.begin()) &&
               again.back() == "at the end");
    }
    double plain[] = {1, 2, 3};
    EXPECT(yoke::map(server, plain, [](double &x) { return x++; })[2] == 3 && plain[2] == 4);
    std::vector<int> few(1), many(2);
    EXPECT(status_of([&] { yoke::map_into(server, many, few, [](int x) { return x; }); }) ==
           YOKE_INVALID);
}

static void test_failures_by_item(yoke::server &server)
{
    std::vector<int> numbers(1000), outputs(1000);
    std::iota(numbers.begin(), numbers.end(), 0);
    for (int round = 0; round < 20; round++) {
        int first = static_cast<int>(any() % 900), last = first + static_cast<int>(any() % 100);
        std::vector<yoke_status> statuses(1000);
        std::fill(outputs.begin(), outputs.end(), -1);
        yoke_map_options how = YOKE_MAP_OPTIONS_INIT;
        how.statuses = statuses.data();
        auto fails = [=](int i) {
            if (i == first || i == last)
                throw std::out_of_range(std::to_string(i));
            return i;
        };
        EXPECT(thrown_by([&] { yoke::map_into(server, numbers, outputs, fails, how); }) ==
               std::to_string(first));
        for (int i = 0; i < 1000; i++) {
            auto at = static_cast<std::size_t>(i);
            bool failed = i == first || i == last;
            EXPECT(outputs[at] == (failed ? -1 : i));
            EXPECT(statuses[at] == (failed ? YOKE_JOB_FAILED : YOKE_OK));
        }
    }
}

static void test_tries_and_limits(yoke::server &server)
{
    std::vector<std::atomic<int>> tries(100);
    std::vector<int> numbers(100);
    std::iota(numbers.begin(), numbers.end(), 0);
    yoke_map_options how = YOKE_MAP_OPTIONS_INIT;
    how.tries = 3;
    auto third_time_lucky = [&](int i, yoke::context &context) {
        EXPECT(context.attempt() == static_cast<unsigned>(++tries[static_cast<std::size_t>(i)]));
        if (context.attempt() < 3)
            throw std::out_of_range("not yet");
        return -i;
    };
    EXPECT(yoke::map(server, numbers, third_time_lucky, how)[99] == -99);
    how = YOKE_MAP_OPTIONS_INIT;
    how.time_limit = yoke::limit(1ms);
    auto until_told = [](int i, yoke::context &context) {
        while (i == 5 && !context.cancelled())
            std::this_thread::sleep_for(1ms);
        return i == 5 ? throw std::out_of_range("told to leave") : i;
    };
    EXPECT(status_of([&] { yoke::map(server, numbers, until_told, how); }) == YOKE_TIMED_OUT);
    how.visit = [](const yoke_item *item, void *) { return item->index != 50; };
    how.time_limit = 0;
    numbers[5] = 0;
    EXPECT(status_of([&] { yoke::map(server, numbers, until_told, how); }) == YOKE_CANCELLED);
}

/* ---- pipelines --------------------------------------------------------------------------- */

static void test_a_stream_in_order(yoke::server &server)
{
    for (int round = 0; round < 20; round++) {
        auto numbers = some_numbers();
        std::size_t next = 0;
        std::vector<std::string> shown, right;
        for (int number : numbers)
            right.push_back(std::to_string(number));
        auto source = [&]() -> std::optional<int> {
            return next < numbers.size() ? std::optional(numbers[next++]) : std::nullopt;
        };
        auto text = [](int number) { return std::to_string(number); };
        auto sink = [&](std::string &&shown_now) { shown.push_back(std::move(shown_now)); };
        if (round % 2)
            yoke::pipeline(server, source, text, sink);
        else
            yoke::pipeline(nullptr, source, text, sink);
        EXPECT(shown == right);
    }
}

static void test_streams_of_what_only_moves(yoke::server &server)
{
    int next = 0, sum = 0;
    yoke::pipeline(
        server,
        [&] { return next < 1000 ? std::optional(std::make_unique<int>(next++)) : std::nullopt; },
        [](std::unique_ptr<int> &number) { return std::move(number); },
        [&](std::unique_ptr<int> number) { sum += *number; });
    EXPECT(sum == 499500);
}

/* What fails where, and what came before. */
static void test_streams_that_fail(yoke::server &server)
{
    for (int round = 0; round < 100; round++) {
        int next = 0, shown = 0, at = static_cast<int>(any() % 200), where = round % 3;
        auto fail_in = [&](int here, int number) {
            if (here == where && number == at)
                throw std::out_of_range(std::to_string(number));
        };
        auto run = [&] {
            yoke::pipeline(
                server,
                [&]() -> std::optional<int> {
                    fail_in(0, next);
                    return next < 300 ? std::optional(next++) : std::nullopt;
                },
                [&](int number) { return fail_in(1, number), number; },
                [&](int number) {
                    fail_in(2, number);
                    EXPECT(number == shown++);
                });
        };
        EXPECT(thrown_by(run) == std::to_string(at));
        EXPECT(shown == at);
    }
}

/* ---- jobs that feed jobs ----------------------------------------------------------------- */

/* Each job adds two of some numbers to a third one: the order of the program is that of the jobs.
 */
template <class Owner> static void add_by_addresses(Owner &owner)
{
    std::vector<std::uint64_t> numbers(10, 1), right(10, 1);
    for (int i = 0; i < 500; i++) {
        std::uint64_t *a = &numbers[any() % 10], *b = &numbers[any() % 10];
        std::uint64_t *to = &numbers[any() % 10];
        right[static_cast<std::size_t>(to - numbers.data())] +=
            right[static_cast<std::size_t>(a - numbers.data())] +
            right[static_cast<std::size_t>(b - numbers.data())];
        owner.submit({a, b}, {to}, [=] { *to += *a + *b; });
    }
    owner.wait();
    EXPECT(numbers == right);
}

static void test_run_and_scratch(yoke::server &server)
{
    EXPECT(server.run([] { return std::string("done"); }) == "done");
    std::atomic<int> calls = 0;
    server.run([&] { calls++; });
    EXPECT(calls == 1);
    EXPECT(thrown_by([&] { server.run([]() -> int { throw std::out_of_range("far"); }); }) ==
           "far");
    auto sum = server.run([](yoke::context &context) {
        auto *numbers = static_cast<int *>(context.scratch(1000 * sizeof(int)));
        std::iota(numbers, numbers + 1000, 0);
        return std::accumulate(numbers, numbers + 1000, 0);
    });
    EXPECT(sum == 499500);
    EXPECT(status_of([&] {
               server.run([](yoke::context &context) { context.scratch(SIZE_MAX); });
           }) == YOKE_NO_MEMORY);
}

int main()
{
    yoke::server server(2);
    test_results_in_order(server);
    test_failures_by_item(server);
    test_tries_and_limits(server);
    test_a_stream_in_order(server);
    test_streams_of_what_only_moves(server);
    test_streams_that_fail(server);
    add_by_addresses(server);
    yoke::group group(server);
    add_by_addresses(group);
    test_run_and_scratch(server);
    return failures != 0;
}
