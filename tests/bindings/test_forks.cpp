/* include/yoke/fork.hpp: a program that ends with 0 when all is as it should be. */
#include "expect.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static std::mt19937_64 any(20270203);

/* ---- results ------------------------------------------------------------------------------- */

static int fib(yoke::forks forks, int n)
{
    if (n < 2)
        return n;
    int one, two;
    yoke::fork_join(
        forks, [&one, n](yoke::forks there) { one = fib(there, n - 1); },
        [&two, n, forks] { two = fib(forks, n - 2); });
    return one + two;
}

static int fib_without(int n)
{
    int one = n, two = 0;
    if (n > 1)
        yoke::fork_join([&] { one = fib_without(n - 1); }, [&] { two = fib_without(n - 2); });
    return one + two;
}

static void test_results(yoke::server &server)
{
    EXPECT(server.run([] { return fib(yoke::forks(), 25); }) == 75025);
    EXPECT(server.run([] { return fib_without(20); }) == 6765);
    EXPECT(fib(yoke::forks(), 15) == 610); /* no worker: alone */
    std::vector<int> found(20);
    yoke::parallel_for(server, 0, found.size(), [&](std::uint64_t i) {
        found[i] = fib(yoke::forks(), static_cast<int>(i));
    });
    for (std::size_t i = 0; i < found.size(); i++)
        EXPECT(found[i] == fib_without(static_cast<int>(i)));
}

struct doubling {
    int value;
    void operator()(yoke::forks &) { value *= 2; }
    doubling(int start) : value(start) {}
    doubling(const doubling &) = delete;
};

/* By reference, by value, none; named, constant, and not to be copied; one alone, and many. */
static void test_callables(yoke::server &server)
{
    server.run([] {
        yoke::forks forks;
        int a = 0, b = 0;
        doubling twice(3), again(5);
        const auto constant = [&a] { a++; };
        yoke::fork_join(
            forks, twice, constant, [&b](auto there) { b += there.c() != nullptr; }, again);
        yoke::fork_join(forks, constant);
        yoke::fork_join(constant, twice);
        EXPECT(a == 3 && b == 1 && twice.value == 12 && again.value == 10);
    });
}

static void sort(yoke::forks forks, int *first, int *last)
{
    if (last - first < 2)
        return;
    int pivot = first[(last - first) / 2];
    int *lower = std::partition(first, last, [pivot](int x) { return x < pivot; });
    int *upper = std::partition(lower, last, [pivot](int x) { return x == pivot; });
    yoke::fork_join(
        forks, [=](yoke::forks there) { sort(there, first, lower); },
        [=] { sort(forks, upper, last); });
}

static void test_sort(yoke::server &server)
{
    for (int round = 0; round < 100; round++) {
        std::vector<int> numbers(any() % 3000);
        for (int &number : numbers)
            number = static_cast<int>(any() % 1000);
        auto expected = numbers;
        std::sort(expected.begin(), expected.end());
        server.resize(static_cast<unsigned>(any() % 4 + 1));
        server.run([&] { sort(yoke::forks(), numbers.data(), numbers.data() + numbers.size()); });
        EXPECT(numbers == expected);
    }
    server.resize(2);
}

/* ---- failures ------------------------------------------------------------------------------ */

/* Comes to all leaves of [lo, hi), of which some throw their number. */
static void visit(yoke::forks forks, int lo, int hi, const std::set<int> &throwing,
                  std::atomic<int> &visited)
{
    if (hi - lo == 1) {
        visited++;
        if (throwing.count(lo))
            throw lo;
        return;
    }
    int third = (hi - lo + 2) / 3, middle = lo + third;
    auto lower = [&, lo, middle](yoke::forks there) {
        visit(there, lo, middle, throwing, visited);
    };
    auto upper = [&, middle, hi](yoke::forks there) {
        visit(there, middle, hi, throwing, visited);
    };
    yoke::fork_join(forks, lower, upper);
}

/* The first of those that throw is heard, whoever was quick, and all others have been called. */
static void test_exceptions(yoke::server &server)
{
    for (int round = 0; round < 300; round++) {
        enum { LEAVES = 300 };
        std::set<int> throwing;
        for (auto i = any() % 5; i > 0; i--)
            throwing.insert(static_cast<int>(any() % LEAVES));
        std::atomic<int> visited = 0;
        int thrown = -1;
        try {
            server.run([&] { visit(yoke::forks(), 0, LEAVES, throwing, visited); });
        } catch (int leaf) {
            thrown = leaf;
        }
        EXPECT(visited == LEAVES);
        EXPECT(thrown == (throwing.empty() ? -1 : *throwing.begin()));
    }
}

/* Somebody else takes what is forked, and what that throws comes back. */
static void test_taken(yoke::server &server)
{
    for (bool here_too : {false, true}) {
        std::thread::id owner, taker;
        std::string said;
        auto job = server.submit([&] {
            owner = std::this_thread::get_id();
            std::atomic<bool> taken = false;
            auto there = [&] {
                taker = std::this_thread::get_id();
                taken = true;
                throw std::runtime_error("there");
            };
            auto here = [&] {
                auto end = std::chrono::steady_clock::now() + 60s;
                while (!taken && std::chrono::steady_clock::now() < end)
                    std::this_thread::yield();
                if (here_too)
                    throw std::runtime_error("here");
            };
            yoke::fork_join(there, here);
        });
        try {
            job.get();
        } catch (const std::runtime_error &error) {
            said = error.what();
        }
        EXPECT(said == "there" && job.message() == "there");
        EXPECT(taker != owner);
    }
}

/* What was taken after the cancel is not called, and then this is an error; what was not, is. */
static void test_cancel(yoke::server &server)
{
    for (int round = 0; round < 100; round++) {
        std::atomic<bool> began = false;
        std::atomic<int> calls = 0;
        bool told = false;
        yoke_status status = YOKE_OK;
        auto job = server.submit([&](yoke::context &context) {
            began = true;
            while (!context.cancelled())
                std::this_thread::yield();
            yoke::forks forks;
            told = forks.cancelled();
            status = status_of([&] {
                yoke::fork_join(
                    forks, [&] { calls++; }, [] { std::this_thread::sleep_for(50us); });
            });
        });
        while (!began)
            std::this_thread::yield();
        job.cancel();
        EXPECT(status_of([&] { job.get(); }) != YOKE_INVALID);
        EXPECT(told);
        EXPECT(calls == (status == YOKE_OK) && (calls == 1 || status == YOKE_CANCELLED));
    }
}

/* ---- allocations --------------------------------------------------------------------------- */

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
    server.run([] {
        int before = allocations;
        fib(yoke::forks(), 15);
        EXPECT(allocations == before);
        ::operator delete(::operator new(1)); /* no compiler leaves that out */
        EXPECT(allocations > before);         /* they are counted */
    });
}

int main()
{
    yoke::server server(2);
    test_results(server);
    test_callables(server);
    test_sort(server);
    test_exceptions(server);
    test_taken(server);
    test_cancel(server);
    test_nothing_is_allocated(server);
    return failures != 0;
}
