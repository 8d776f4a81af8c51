/* The sieve itself, forced into each of its ways: all find what trial division finds, or what the
 * others do. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/square_root.h"
#include "primes/cofactor_primes.h"
#include "primes/sieving.h"
#include "primes/sieving_primes.h"
#include "primes/totals.h"
#include "primes/trial.h"
#include "primes/windows.h"
#include "random.h"
#include "with_server.h"

/* What differs between plans of the same interval; 0 keeps the plan's own choice. */
struct forced {
    uint32_t modulus, segment, medium_limit;
    uint64_t window;
    enum plan_test test;
    const char *isa;
    yoke_server *server;
};

static struct totals sieve_forced(uint64_t lo, uint64_t hi, struct forced forced)
{
    struct plan plan;
    struct plan_request request = {
        .lo = lo,
        .hi = hi,
        .workers = forced.server ? yoke_server_workers(forced.server) : 3,
        .caches = {32 << 10, forced.segment ? 2 * forced.segment : 1 << 20, 0},
        .modulus = forced.modulus,
        .medium_limit = forced.medium_limit,
        .window = forced.window,
        .test = forced.test,
    };
    plan_make(&plan, &request);
    const char *problem;
    const struct isa *isa = forced.isa ? isa_find(forced.isa) : isa_choose(&problem);

    struct sieving_primes primes;
    struct totals totals;
    cr_assert_eq(sieving_primes_open(forced.server, plan.root, isa, &primes), YOKE_OK);
    cr_assert_eq(cofactor_primes_find(forced.server, &primes, &plan, isa), YOKE_OK);
    struct sieving sieving = {.server = forced.server,
                              .plan = &plan,
                              .primes = &primes,
                              .isa = isa,
                              .each = totals_add_segment};
    cr_assert_eq(sieving_run(&sieving, &totals), YOKE_OK, "%s", yoke_last_error());
    sieving_primes_close(&primes);
    totals_add_wheel_primes(&totals, &plan);
    return totals;
}

static void expect_equal(struct totals a, struct totals b, uint64_t lo, uint64_t hi)
{
    cr_assert(a.count == b.count && a.sum == b.sum, "[%lu, %lu): %lu and %lu primes", lo, hi,
              a.count, b.count);
}

Test(sieve, square_root_is_exact)
{
    cr_assert_eq(square_root(0), 0);
    cr_assert_eq(square_root(UINT64_MAX), UINT32_MAX);
    for (uint64_t root = 1; root <= UINT32_MAX; root = root * 3 / 2 + 1) {
        cr_assert_eq(square_root(root * root), root);
        cr_assert_eq(square_root(root * root - 1), root - 1);
    }
}

/* Both ways of making the list: plainly up to 2^17, by the sieve beyond. */
Test(sieve, sieving_primes_are_all_the_odd_primes, .timeout = 20)
{
    const char *problem;
    const struct isa *isa = isa_choose(&problem);
    static const uint32_t limits[] = {0, 1, 2, 3, 4, 5, 100, 131072, 131073, 1000003};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct sieving_primes primes;
        cr_assert_eq(sieving_primes_open(NULL, limits[i], isa, &primes), YOKE_OK);
        struct totals expected = {0};
        struct totals actual = {0};
        trial_range(3, (uint64_t)limits[i] + 1, &expected);
        struct prime_cursor walk = prime_cursor_start(&primes);
        for (; walk.prime; prime_cursor_next(&walk)) {
            actual.count++;
            actual.sum += walk.prime;
        }
        expect_equal(actual, expected, 3, limits[i]);
        sieving_primes_close(&primes);
    }
}

/* Every end and every start among the first numbers: the pre-sieved primes, those below the
 * modulus, those that divide it, and the bytes at both ends. */
#define STEP_OF_LO (YOKE_DEBUG ? 1999 : 331)
#define STEP_OF_HI (YOKE_DEBUG ? 499 : 97)

Test(sieve, every_small_interval_equals_trial_division, .timeout = 60)
{
    static const uint32_t moduli[] = {30, 210, 2310};
    for (size_t m = 0; m < sizeof moduli / sizeof *moduli; m++) {
        for (uint64_t lo = 0; lo < 5000; lo += lo < 32 ? 1 : STEP_OF_LO) {
            for (uint64_t hi = lo + 1; hi < 5000; hi += hi < 32 ? 1 : STEP_OF_HI) {
                struct totals expected = {0};
                trial_range(lo, hi, &expected);
                expect_equal(sieve_forced(lo, hi, (struct forced){.modulus = moduli[m]}), expected,
                             lo, hi);
            }
        }
    }
}

/* Small segments and a low limit bring every kind of sieving prime, large ones included, into
 * intervals that trial division can still do. */
Test(sieve, random_intervals_equal_trial_division, .timeout = 120)
{
    uint64_t random = 3;
    static const uint32_t moduli[] = {30, 210, 2310};
    for (int round = 0; round < 60; round++) {
        uint64_t lo = random_next(&random) >> (30 + random_below(&random, 34));
        uint64_t hi = lo + 1 + random_below(&random, 3000);
        struct totals expected = {0};
        trial_range(lo, hi, &expected);
        expect_equal(sieve_forced(lo, hi, (struct forced){0}), expected, lo, hi);
        expect_equal(sieve_forced(lo, hi, (struct forced){.segment = 8192}), expected, lo, hi);
        for (size_t m = 0; m < sizeof moduli / sizeof *moduli; m++)
            expect_equal(sieve_forced(lo, hi, (struct forced){.modulus = moduli[m]}), expected, lo,
                         hi);
    }
}

Test(sieve, all_kernels_wheels_and_kinds_agree_on_long_intervals, .timeout = 120)
{
    static const uint64_t starts[] = {0, 999999937, 4280000000, 1000000000000, 100000000000000};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        uint64_t lo = starts[i];
        uint64_t hi = lo + 30000000;
        struct totals expected = sieve_forced(lo, hi, (struct forced){.isa = "portable"});
        for (const struct isa *const *k = isa_compiled; *k; k++)
            if (isa_find((*k)->name))
                expect_equal(sieve_forced(lo, hi, (struct forced){.isa = (*k)->name}), expected, lo,
                             hi);
        static const struct forced variants[] = {
            {.modulus = 210},
            {.modulus = 2310},
            {.segment = 8192},
            {.segment = 65536, .modulus = 210},
            {.segment = 16384, .medium_limit = 65536, .window = 1},
            {.medium_limit = 200000, .window = 20000000},
        };
        for (size_t v = 0; v < sizeof variants / sizeof *variants; v++)
            expect_equal(sieve_forced(lo, hi, variants[v]), expected, lo, hi);
    }
}

/* A sieve that stops early and tests the survivors, where it pays and where it does not. */
Test(sieve, testing_survivors_equals_sieving_on, .timeout = 120)
{
    uint64_t random = 5;
    for (int round = 0; round < 40; round++) {
        uint64_t lo = random_next(&random) >> (10 + random_below(&random, 40));
        uint64_t hi = lo + 1 + random_below(&random, 100000);
        struct totals tested = sieve_forced(lo, hi, (struct forced){.test = PLAN_TESTS});
        expect_equal(tested, sieve_forced(lo, hi, (struct forced){.test = PLAN_SIEVES}), lo, hi);
        expect_equal(tested, sieve_forced(lo, hi, (struct forced){.modulus = 210}), lo, hi);
    }
}

/* Windows that end within the interval, in the middle of it and behind it; and the squares of large
 * primes, which must stay in while their multiples go. */
Test(sieve, windows_of_any_length_find_all_multiples, .timeout = 120)
{
    uint64_t random = 10;
    for (int round = 0; round < (YOKE_DEBUG ? 6 : 30); round++) {
        uint64_t lo =
            UINT64_C(4200000000) + (random_next(&random) >> (16 + random_below(&random, 16)));
        uint64_t hi = lo + 1 + random_below(&random, 4000000);
        struct totals tested = sieve_forced(lo, hi, (struct forced){.test = PLAN_TESTS});
        for (uint64_t window = 100000; window < 10000000; window *= 7)
            expect_equal(sieve_forced(lo, hi,
                                      (struct forced){.segment = 8192,
                                                      .medium_limit = 65536,
                                                      .window = window,
                                                      .test = PLAN_SIEVES}),
                         tested, lo, hi);
    }
}

/* Many short rounds, in which each worker has a segment or two, so that all of them wait for each
 * other all the time, on a machine with fewer processors. */
Test(sieve, workers_share_windows, .timeout = 120)
{
    uint64_t random = 11;
    for (unsigned workers = 1; workers <= 13; workers += 3) {
        yoke_server *server = open_server(workers);
        for (int round = 0; round < (YOKE_DEBUG ? 1 : 4); round++) {
            uint64_t lo = UINT64_C(1) << (34 + random_below(&random, 10));
            uint64_t hi = lo + 1 + random_below(&random, 100000000);
            struct totals expected = sieve_forced(lo, hi, (struct forced){.modulus = 210});
            for (uint64_t window = 1; window < 300000000; window *= 1000)
                expect_equal(sieve_forced(lo, hi,
                                          (struct forced){.segment = UINT32_C(8192) << round,
                                                          .medium_limit = 65536,
                                                          .window = window,
                                                          .modulus = 30,
                                                          .server = server}),
                             expected, lo, hi);
        }
        yoke_server_release(server);
    }
}

struct shared_sieve {
    yoke_server *server;
    uint64_t lo, hi;
    struct totals totals;
};

static yoke_status sieve_in_job(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct shared_sieve *sieve = *(struct shared_sieve *const *)argument;
    sieve->totals = sieve_forced(sieve->lo, sieve->hi,
                                 (struct forced){.segment = 8192,
                                                 .medium_limit = 65536,
                                                 .window = 1,
                                                 .modulus = 30,
                                                 .server = sieve->server});
    return YOKE_OK;
}

static void submit_urgent(yoke_server *server)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    task.priority = YOKE_PRIORITY_MAX;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    yoke_job_release(job);
}

/* All workers are at the sieve, so that one leaves it for each urgent job, and comes back: with
 * hits left behind that others cross off. */
Test(sieve, workers_leave_for_urgent_jobs_and_come_back, .timeout = 120)
{
    uint64_t random = 12;
    yoke_server *server = open_server(3);
    for (int round = 0; round < (YOKE_DEBUG ? 1 : 4); round++) {
        struct shared_sieve sieve = {.server = server, .lo = random_next(&random) >> 24},
                            *it = &sieve;
        sieve.hi = sieve.lo + 200000000;
        yoke_job *job = submit(server, sieve_in_job, &it, sizeof it, 0);
        while (yoke_job_wait(job, 200000) == YOKE_TIMED_OUT)
            submit_urgent(server);
        cr_assert_eq(yoke_job_status(job), YOKE_OK, "%s", yoke_job_message(job));
        yoke_job_release(job);
        expect_equal(sieve.totals,
                     sieve_forced(sieve.lo, sieve.hi, (struct forced){.modulus = 210}), sieve.lo,
                     sieve.hi);
    }
    yoke_server_release(server);
}

/* Most of its sieving primes are large; a window of 0 is chosen. */
static struct plan plan_of_windows(unsigned workers, uint64_t window)
{
    struct plan plan;
    struct plan_request request = {.lo = UINT64_C(1) << 40,
                                   .hi = (UINT64_C(1) << 40) + 40000000,
                                   .workers = workers,
                                   .caches = {32 << 10, 16 << 10, 0},
                                   .modulus = 30,
                                   .medium_limit = 65536,
                                   .window = window};
    plan_make(&plan, &request);
    return plan;
}

/* However often workers come and go, there are not more lists than workers at a time. */
Test(sieve, who_comes_takes_over_from_who_has_left)
{
    struct plan plan = plan_of_windows(2, 0);
    struct sieving_primes primes;
    cr_assert_eq(sieving_primes_open(NULL, plan.root, &isa_portable, &primes), YOKE_OK);
    struct windows *windows;
    struct hits *first, *second, *third;
    cr_assert_eq(windows_open(&plan, &primes, &windows), YOKE_OK);
    cr_assert_eq(windows_join(windows, &isa_portable, &first), YOKE_OK);
    cr_assert_eq(windows_join(windows, &isa_portable, &second), YOKE_OK);
    cr_assert_neq(first, second);
    windows_leave(windows, first);
    cr_assert_eq(windows_join(windows, &isa_portable, &third), YOKE_OK);
    cr_assert_eq(first, third);
    windows_close(windows);
    sieving_primes_close(&primes);
}

static atomic_int segments_left;

static yoke_status fail_in_time(void *context, const struct segment *segment, const struct isa *isa,
                                struct totals *totals)
{
    (void)context, (void)segment, (void)isa, (void)totals;
    return atomic_fetch_sub(&segments_left, 1) > 0 ? YOKE_OK : YOKE_NO_MEMORY;
}

/* Nobody goes on waiting for hits that the worker does not find that left early. */
Test(sieve, workers_that_wait_learn_of_a_failure, .timeout = 120)
{
    const struct isa *isa = &isa_portable;
    yoke_server *server = open_server(5);
    struct plan plan = plan_of_windows(5, 1);
    struct sieving_primes primes;
    struct totals totals = {.count = 7};
    cr_assert_eq(sieving_primes_open(server, plan.root, isa, &primes), YOKE_OK);
    for (int segments = 0; segments < 100; segments += 3) {
        atomic_store(&segments_left, segments);
        struct sieving sieving = {
            .server = server, .plan = &plan, .primes = &primes, .isa = isa, .each = fail_in_time};
        cr_assert_eq(sieving_run(&sieving, &totals), YOKE_NO_MEMORY);
        cr_assert_eq(totals.count, 7);
    }
    sieving_primes_close(&primes);
    yoke_server_release(server);
}

/* The counts were made with primesieve 11.0, the last prime below 2^64 is 2^64 - 59. */
Test(sieve, the_last_interval_below_two_to_the_64, .timeout = 120)
{
    uint64_t lo = UINT64_MAX - 1000000;
    struct totals totals = sieve_forced(lo, UINT64_MAX, (struct forced){0});
    cr_assert_eq(totals.count, 22475);
#if !YOKE_DEBUG /* 203 million sieving primes: slow under sanitizers                            */
    expect_equal(sieve_forced(lo, UINT64_MAX, (struct forced){.test = PLAN_SIEVES}), totals, lo,
                 UINT64_MAX);
#endif
    static const uint64_t three[] = {UINT64_MAX - 94, UINT64_MAX - 82, UINT64_MAX - 58};
    struct totals last = sieve_forced(UINT64_MAX - 100, UINT64_MAX, (struct forced){0});
    uint128 expected = 0;
    for (int i = 0; i < 3; i++)
        expected += three[i];
    cr_assert(last.count == 3 && last.sum == expected);
}
