/* include/yoke/yoke.hpp: a program that ends with 0 when all is as it should be. */
#include "expect.hpp"

#include <atomic>
#include <sstream>
#include <thread>

using namespace std::chrono_literals;

static void test_results(yoke::server &server)
{
    EXPECT(server.submit([] { return 5; }).get() == 5);
    auto text = server.submit([part = std::string(100, 'x')] { return part + "y"; });
    EXPECT(text.get().size() == 101 && &text.get() == &text.get());
    std::atomic<int> runs = 0;
    auto nothing = server.submit([&runs] { runs++; });
    nothing.get();
    EXPECT(runs == 1 && nothing.state() == YOKE_STATE_DONE && nothing.message().empty());
    auto number = std::make_unique<int>(7);
    auto moved = server.submit([number = std::move(number)] { return *number; });
    EXPECT(moved.get() == 7);
    int (*function)() = [] { return 8; };
    EXPECT(server.submit(function).get() == 8);
    yoke::job<int> empty;
    empty = server.submit(function);
    EXPECT(empty.get() == 8);
}

static void test_exceptions(yoke::server &server)
{
    auto job = server.submit([]() -> int { throw std::out_of_range("too far"); });
    for (int i = 0; i < 2; i++) {
        try {
            job.get();
            EXPECT(false); /* it throws */
        } catch (const std::out_of_range &exception) {
            EXPECT(exception.what() == std::string("too far"));
        }
    }
    EXPECT(job.state() == YOKE_STATE_FAILED && job.message() == "too far");
    std::atomic<int> tries = 0;
    yoke_task how = YOKE_TASK_INIT;
    how.tries = 3;
    auto retried = server.submit(
        [&tries](yoke::context &context) {
            if (++tries < 3)
                throw 1;
            return context.attempt();
        },
        how);
    EXPECT(retried.get() == 3);
    EXPECT(status_of([&] {
               how.priority = 1000;
               server.submit([] {}, how);
           }) == YOKE_INVALID);
}

struct mute : std::exception {
    const char *what() const noexcept override { return nullptr; }
};

static yoke_status throwing_callback(yoke_job *, void *)
{
    throw mute();
}

static void test_exceptions_without_words(yoke::server &server)
{
    auto no_words = server.submit([] { throw mute(); });
    auto no_exception = server.submit([] { throw 5; });
    auto no_text = server.submit([] { throw std::runtime_error(""); });
    no_words.wait(), no_exception.wait(), no_text.wait();
    for (auto *job : {&no_words, &no_exception, &no_text}) {
        EXPECT(job->state() == YOKE_STATE_FAILED && !job->message().empty());
        bool thrown = false;
        try {
            job->get();
        } catch (...) {
            thrown = true;
        }
        EXPECT(thrown);
    }
    auto failed = server.statistics().callbacks_failed;
    yoke_task how = YOKE_TASK_INIT;
    how.callback = throwing_callback;
    EXPECT(server.submit([] { return 1; }, how).get() == 1);
    EXPECT(server.statistics().callbacks_failed == failed + 1);
}

enum few { FEW = 2 };

static void test_numbers_that_do_not_fit(yoke::server &server)
{
    std::atomic<int> many = -1;
    EXPECT(status_of([] { yoke::server(-1); }) == YOKE_INVALID);
    EXPECT(status_of([&] { server.resize(many); }) == YOKE_INVALID);
    EXPECT(status_of([&] { server.resize(0x100000002); }) == YOKE_INVALID);
    EXPECT(status_of([] { yoke::sum_primes(-5, 30); }) == YOKE_INVALID);
    EXPECT(status_of([] { yoke::sum_primes(0, 1e20); }) == YOKE_INVALID);
    EXPECT(status_of([] { yoke::count_primes(0, 0.5); }) == YOKE_INVALID);
    EXPECT(status_of([] { yoke::count_primes(0, std::nan("")); }) == YOKE_INVALID);
    EXPECT(status_of([] { yoke::primes(0, -1); }) == YOKE_INVALID);
    EXPECT(status_of([] { yoke::sum_first_primes(-1); }) == YOKE_INVALID);
    EXPECT(status_of([] { yoke::plan_primes(-1, 0, 10); }) == YOKE_INVALID);
    EXPECT(yoke::sum_primes(0, 1e3) == (yoke_uint128{76127, 0}) && server.workers() == 2);
    server.resize(FEW);
    EXPECT(yoke::count_primes(server, std::uint8_t(10), 20L) == 4);
    auto loop = server.submit([](yoke::context &context) {
        context.for_each(-1, 10, 1, [](std::uint64_t, std::uint64_t) {});
    });
    EXPECT(status_of([&] { loop.get(); }) == YOKE_INVALID);
}

static void test_times(yoke::server &server)
{
    using nanoseconds = std::chrono::duration<double, std::nano>;
    EXPECT(yoke::duration(std::chrono::hours::max()) == YOKE_FOREVER);
    EXPECT(yoke::duration(1500us) == 1500000 && yoke::duration(-1s) == 0);
    EXPECT(yoke::duration(nanoseconds(0.1)) == 1 && yoke::duration(nanoseconds(0)) == 0);
    EXPECT(yoke::duration(nanoseconds(9223372036854775808.0)) == YOKE_FOREVER);
    EXPECT(status_of([] { yoke::duration(nanoseconds(std::nan(""))); }) == YOKE_INVALID);
    EXPECT(status_of([] { yoke::limit(-1s); }) == YOKE_INVALID);
    EXPECT(status_of([] { yoke::limit(0s); }) == YOKE_INVALID);
    yoke_task how = YOKE_TASK_INIT;
    how.time_limit = yoke::limit(std::chrono::hours::max());
    EXPECT(server.submit([] { return 1; }, how).get() == 1);
}

static void test_context(yoke::server &server)
{
    auto job = server.submit([](yoke::context &context) {
        context.print("100 % sure\n");
        context.progress(1, 2);
        return std::string(context.place());
    });
    EXPECT(!job.get().empty() && job.output() == "100 % sure\n");
    EXPECT(job.progress() == std::make_pair(std::uint64_t(1), std::uint64_t(2)));
    EXPECT(job.busy() > std::chrono::nanoseconds(0));

    auto loop = server.submit([](yoke::context &context) {
        std::atomic<std::uint64_t> sum = 0;
        context.for_each(0, 1000, 10, [&](std::uint64_t lo, std::uint64_t hi) {
            for (; lo < hi; lo++)
                sum += lo;
        });
        return sum.load();
    });
    EXPECT(loop.get() == 499500);
    auto broken = server.submit([](yoke::context &context) {
        context.for_each(0, 1000, 1, [](std::uint64_t lo, std::uint64_t) {
            if (lo == 500)
                throw std::domain_error("500");
        });
    });
    try {
        broken.get();
        EXPECT(false); /* it throws */
    } catch (const std::domain_error &exception) {
        EXPECT(exception.what() == std::string("500"));
    }
}

static void test_cancelling(yoke::server &server)
{
    std::atomic<bool> started = false;
    auto job = server.submit([&](yoke::context &context) {
        for (started = true; !context.cancelled();)
            std::this_thread::sleep_for(1ms);
        throw std::runtime_error("told to leave");
    });
    EXPECT(!job.wait_for(1ms));
    while (!started)
        std::this_thread::sleep_for(1ms);
    job.cancel();
    EXPECT(job.wait_for(1h) && status_of([&] { job.get(); }) == YOKE_CANCELLED);
}

/* Counts its copies, of which none may stay behind. */
struct counted {
    static std::atomic<int> alive;
    counted() { alive++; }
    counted(const counted &) { alive++; }
    ~counted() { alive--; }
};
std::atomic<int> counted::alive = 0;

static void test_lifetimes()
{
    {
        yoke::server server(2);
        for (int i = 0; i < 1000; i++)
            server.submit([one = counted()] { return one; });
        server.wait();
        EXPECT(counted::alive == 0);
        auto kept = server.submit([one = counted()] { return one; });
        kept.wait();
        EXPECT(counted::alive == 1);
        std::atomic<bool> open = false;
        auto last = server.submit([one = counted(), &open] {
            while (!open)
                std::this_thread::sleep_for(1ms);
        });
        server.submit([one = counted()] {});
        server.submit([one = counted()] {});
        open = true;
    } /* what is still queued is cancelled */
    EXPECT(counted::alive == 0);
    yoke::server closed(1);
    closed.close();
    EXPECT(status_of([&] { closed.submit([one = counted()] {}); }) == YOKE_CLOSED);
    EXPECT(counted::alive == 0);
}

static yoke_status count_ended(yoke_job *job, void *counter)
{
    *static_cast<std::atomic<int> *>(counter) += yoke_job_state(job) == YOKE_STATE_DONE;
    return YOKE_OK;
}

static void test_many(yoke::server &server)
{
    std::atomic<int> ended = 0;
    yoke_task how = YOKE_TASK_INIT;
    how.callback = count_ended, how.callback_context = &ended;
    yoke::group group(server);
    std::vector<yoke::job<int>> jobs;
    for (int i = 0; i < 100; i++)
        jobs.push_back(group.submit([i] { return i; }, how));
    group.wait();
    EXPECT(group.wait_for(0s) && ended == 100);
    yoke::wait_all(jobs);
    EXPECT(yoke::wait_any(jobs) == 0 && jobs[99].get() == 99);
    auto outer = server.submit([&server] {
        auto inner = server.submit([] { return 3; });
        return inner.get();
    });
    EXPECT(outer.get() == 3);
    EXPECT(server.wait_for(1h) && server.statistics().failed > 0);
    server.resize(3);
    EXPECT(server.workers() == 3);
}

static void test_results_of_those_before(yoke::server &server)
{
    auto add = [](int a, const std::string &b) { return std::to_string(a) + b; };
    auto all = [&] {
        auto number = server.submit([] { return 5; });
        auto text = server.submit([] { return std::string(100, 'x'); });
        return server.submit_after(add, number, text);
    }(); /* their handles are gone */
    EXPECT(all.get() == "5" + std::string(100, 'x'));
    auto value = std::make_unique<int>(7);
    auto last = server.submit([] { return 0; });
    for (int i = 0; i < 1000; i++)
        last = server.submit_after([](int before) { return before + 1; }, last);
    EXPECT(last.get() == 1000);
    auto moved = server.submit_after(
        [value = std::move(value)](int before) { return before + *value; }, last);
    EXPECT(moved.get() == 1007);

    auto failing = server.submit([]() -> int { throw std::out_of_range("too far"); });
    auto same = [](int before) { return before; };
    EXPECT(status_of([&] { server.submit_after(same, failing).get(); }) == YOKE_CANCELLED);
    yoke_task how = YOKE_TASK_INIT;
    how.after_failed = YOKE_AFTER_RUN;
    auto ran = server.submit_after(how, same, failing);
    try {
        ran.get();
        EXPECT(false); /* it throws */
    } catch (const std::out_of_range &exception) {
        EXPECT(exception.what() == std::string("too far"));
    }
    auto cancelled = server.submit_after(same, failing);
    cancelled.wait();
    EXPECT(status_of([&] { server.submit_after(how, same, cancelled).get(); }) == YOKE_NOT_DONE);
}

static void test_primes(yoke::server &server)
{
    std::ostringstream text;
    text << yoke::sum_primes(server, 0, 100000000000);
    EXPECT(text.str() == "201467077743744681014");
    EXPECT(yoke::sum_primes(0, 1000000) == yoke::sum_primes(server, 0, 1000000));
    EXPECT(yoke::count_primes(0, 1000) == 168 && yoke::count_primes(server, 10, 20) == 4);
    std::uint64_t sum = 0;
    for (std::uint64_t prime : yoke::primes(0, 1000000))
        sum += prime;
    EXPECT(sum == 37550402023);
    for (std::uint64_t prime : yoke::primes(24, 29))
        EXPECT(prime == 0);
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.isa = "abacus";
    EXPECT(status_of([&] { yoke::sum_primes(0, 10, options); }) == YOKE_INVALID);
    auto first = yoke::sum_first_primes(server, 100);
    EXPECT(first == yoke::sum_first_primes(100) && first.second == 541);
    EXPECT(first.first == yoke::sum_primes(0, 542));
}

static void test_wide_primes(yoke::server &server)
{
    using namespace yoke::literals;
    EXPECT(0_wide == (yoke_uint128{0, 0}) &&
           18'446'744'073'709'551'616_wide == (yoke_uint128{0, 1}));
    EXPECT(yoke::to_string(99999999999999999999999999_wide) == "99999999999999999999999999");
    std::ostringstream text;
    text << yoke::sum_primes(server, 0_wide, 100000000000_wide);
    EXPECT(text.str() == "201467077743744681014");
    EXPECT(yoke::to_string(yoke::sum_primes(0_wide, 1000000_wide)) == "37550402023");
    EXPECT(yoke::count_primes(0_wide, 1000_wide) == 168_wide);
    EXPECT(yoke::count_primes(server, 10_wide, 20_wide) == 4_wide);
    EXPECT(yoke::plan_primes(2, 0, 1000000000000).algorithm == YOKE_ALGORITHM_COMBINATORIAL);
    yoke_primes_plan plan = yoke::plan_primes(2, 0_wide, 100000000000000000000_wide);
    EXPECT(plan.algorithm == YOKE_ALGORITHM_COMBINATORIAL && plan.seconds > 60 && *plan.reason);
    EXPECT(status_of([&] {
               yoke::sum_primes(server, 0_wide, 1000000000000000000000000000_wide);
           }) == YOKE_INVALID);
}

int main()
{
    yoke::server server(2);
    test_results(server);
    test_exceptions(server);
    test_exceptions_without_words(server);
    test_numbers_that_do_not_fit(server);
    test_times(server);
    test_context(server);
    test_cancelling(server);
    test_lifetimes();
    test_many(server);
    test_results_of_those_before(server);
    test_primes(server);
    test_wide_primes(server);
    return failures != 0;
}
