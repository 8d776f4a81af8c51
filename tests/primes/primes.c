/* Sums and counts of primes as users call for them: values, options, bad input, progress,
 * cancelling. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/uint128.h"
#include "random.h"
#include "yoke/primes.h"

/* Sanitizers, which set YOKE_DEBUG, make the sieve ten times slower: the longest intervals are for
 * plain builds. */
#if YOKE_DEBUG
#define LONGEST UINT64_C(100000000)
#else
#define LONGEST UINT64_C(10000000000)
#endif

static yoke_server *open_server(unsigned workers)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    yoke_server *server;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    return server;
}

/* "1e10" or "2^31", as the table writes its bounds; 0 for those beyond 64 bits. */
static uint64_t bound_of(const char *text)
{
    unsigned base = text[1] == 'e' ? 10 : 2;
    unsigned exponent;
    uint64_t bound = 1;
    if (sscanf(text + 2, "%u", &exponent) != 1 || exponent >= (base == 10 ? 20 : 64))
        return 0;
    while (exponent--)
        bound *= base;
    return bound;
}

Test(primes, published_sums_and_counts, .timeout = 300)
{
    FILE *table = fopen("tests/primes/known_sums.tsv", "r");
    cr_assert_not_null(table);
    yoke_server *server = open_server(2);
    char line[256];
    int compared = 0;
    while (fgets(line, sizeof line, table)) {
        char bound_text[16], count_text[64], sum_text[64];
        if (line[0] == '#' || sscanf(line, "%15s %63s %63s", bound_text, count_text, sum_text) != 3)
            continue;
        uint64_t bound = bound_of(bound_text);
        if (!bound || bound > LONGEST)
            continue;
        yoke_uint128 sum;
        uint64_t count;
        char text[YOKE_UINT128_TEXT_SIZE];
        cr_assert_eq(yoke_sum_primes(server, 0, bound + 1, NULL, &sum), YOKE_OK);
        cr_assert_str_eq(yoke_uint128_text(sum, text), sum_text, "sum up to %s", bound_text);
        cr_assert_eq(yoke_count_primes(server, 0, bound + 1, NULL, &count), YOKE_OK);
        snprintf(text, sizeof text, "%" PRIu64, count);
        cr_assert_str_eq(text, count_text, "count up to %s", bound_text);
        compared++;
    }
    fclose(table);
    yoke_server_release(server);
    cr_assert_geq(compared, 10);
}

static uint128 sum_of(yoke_server *server, uint64_t lo, uint64_t hi, yoke_algorithm algorithm)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = algorithm;
    yoke_uint128 sum;
    cr_assert_eq(yoke_sum_primes(server, lo, hi, &options, &sum), YOKE_OK, "%s", yoke_last_error());
    return uint128_join(sum);
}

static void expect_same(uint64_t lo, uint64_t hi)
{
    cr_assert(sum_of(NULL, lo, hi, YOKE_ALGORITHM_SIEVE) ==
                  sum_of(NULL, lo, hi, YOKE_ALGORITHM_TRIAL),
              "[%" PRIu64 ", %" PRIu64 ")", lo, hi);
}

Test(primes, empty_and_reversed_intervals_sum_to_nothing)
{
    static const uint64_t ends[][2] = {
        {0, 0}, {0, 2}, {5, 5}, {8, 11}, {10, 3}, {UINT64_MAX, 0}, {UINT64_MAX, UINT64_MAX}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        cr_assert(sum_of(NULL, ends[i][0], ends[i][1], YOKE_ALGORITHM_AUTO) == 0);
        cr_assert(sum_of(NULL, ends[i][0], ends[i][1], YOKE_ALGORITHM_TRIAL) == 0);
    }
}

/* Trial division of the numbers around 2^40 and beyond would take too long. */
Test(primes, around_the_powers_of_two, .timeout = 60)
{
    for (int exponent = 0; exponent < 40; exponent++) {
        uint64_t power = UINT64_C(1) << exponent;
        for (uint64_t before = 0; before <= 2 && before <= power; before++)
            for (uint64_t behind = 0; behind <= 2; behind++)
                expect_same(power - before, power + behind);
    }
}

Test(primes, splitting_an_interval_does_not_change_the_sum, .timeout = 120)
{
    uint64_t random = 4;
    for (int round = 0; round < 40; round++) {
        uint64_t lo = random_next(&random) >> (8 + random_below(&random, 56));
        uint64_t hi = lo + random_below(&random, 2000000);
        uint64_t middle = lo + random_below(&random, hi - lo + 1);
        cr_assert(sum_of(NULL, lo, hi, YOKE_ALGORITHM_AUTO) ==
                      sum_of(NULL, lo, middle, YOKE_ALGORITHM_AUTO) +
                          sum_of(NULL, middle, hi, YOKE_ALGORITHM_AUTO),
                  "[%" PRIu64 ", %" PRIu64 ") split at %" PRIu64, lo, hi, middle);
    }
}

Test(primes, any_number_of_workers_gives_the_same_sum, .timeout = 120)
{
    static const uint64_t intervals[][2] = {
        {0, 50000000}, {999, 1000}, {1000000000000, 1000030000000}, {0, 100}};
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
        uint64_t lo = intervals[i][0];
        uint64_t hi = intervals[i][1];
        uint128 alone = sum_of(NULL, lo, hi, YOKE_ALGORITHM_SIEVE);
        for (unsigned workers = 1; workers <= 4; workers++) {
            yoke_server *server = open_server(workers);
            cr_assert(sum_of(server, lo, hi, YOKE_ALGORITHM_SIEVE) == alone);
            if (hi <= 1000)
                cr_assert(sum_of(server, lo, hi, YOKE_ALGORITHM_TRIAL) == alone);
            yoke_server_release(server);
        }
    }
}

static yoke_status sum_inside(yoke_context *context, const void *argument, void *result)
{
    const uint64_t *stop = argument;
    return yoke_sum_primes(yoke_context_server(context), 0, *stop, NULL, result);
}

/* A job that shares its own sieve over the server it runs on, on a server with no worker to spare.
 */
Test(primes, the_caller_may_choose_the_kernel, .timeout = 60)
{
    static const char *const names[] = {"portable", "x86-64-v2", "avx2", "avx512", "neon"};
    int taken = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
        options.isa = names[i];
        yoke_uint128 sum;
        yoke_status status = yoke_sum_primes(NULL, 0, 10000000, &options, &sum);
        cr_assert(status == YOKE_OK || (i > 0 && status == YOKE_INVALID));
        cr_assert(status != YOKE_OK || uint128_join(sum) == 3203324994356);
        taken += status == YOKE_OK;
    }
    cr_assert_gt(taken, 0);
}

Test(primes, a_job_may_use_its_own_server, .timeout = 60)
{
    yoke_server *server = open_server(1);
    uint64_t stop = 1000000;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = sum_inside;
    task.argument = &stop;
    task.argument_size = sizeof stop;
    task.result_size = sizeof(yoke_uint128);
    yoke_job *job;
    yoke_uint128 sum;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, &sum, sizeof sum), YOKE_OK);
    cr_assert(uint128_join(sum) == 37550402023);
    yoke_job_release(job);
    yoke_server_release(server);
}

static void cancel_now(double done, double total, void *cancel)
{
    (void)done, (void)total;
    *(volatile bool *)cancel = true;
}

/* Each of them would take hours. */
Test(primes, who_asked_for_them_may_cancel, .timeout = 60)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 2; i++) {
        volatile bool cancel = false;
        yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
        options.progress = cancel_now;
        options.progress_context = (void *)&cancel;
        options.cancel = &cancel;
        yoke_server *where = i ? server : NULL;
        yoke_uint128 wide = {0, 1000}, sum;
        yoke_uint256 wide_sum;
        uint64_t count;
        cr_expect_eq(yoke_sum_primes(where, 0, UINT64_MAX, &options, &sum), YOKE_CANCELLED);
        cancel = false;
        cr_expect_eq(yoke_sum_primes_wide(where, (yoke_uint128){0, 0}, wide, &options, &wide_sum),
                     YOKE_CANCELLED);
        cancel = false;
        cr_expect_eq(yoke_sum_first_primes(where, UINT64_C(1) << 58, &options, &sum, NULL),
                     YOKE_CANCELLED);
        cancel = false;
        options.algorithm = YOKE_ALGORITHM_SIEVE;
        cr_expect_eq(yoke_count_primes(where, 0, UINT64_MAX, &options, &count), YOKE_CANCELLED);
        cancel = true; /* of a call that is over: nobody else's */
        cr_expect_eq(yoke_sum_primes(where, 0, 1000000, NULL, &sum), YOKE_OK);
    }
    yoke_server_release(server);
}

Test(primes, bad_input_is_named_and_leaves_the_result_alone)
{
    yoke_uint128 sum = {7, 7};
    uint64_t count = 7;
    yoke_primes_options options = {0};
    cr_assert_eq(yoke_sum_primes(NULL, 0, 10, &options, &sum), YOKE_INVALID);
    cr_assert_not_null(strstr(yoke_last_error(), "YOKE_PRIMES_OPTIONS_INIT"));
    options = (yoke_primes_options)YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = (yoke_algorithm)99;
    cr_assert_eq(yoke_count_primes(NULL, 0, 10, &options, &count), YOKE_INVALID);
    cr_assert_not_null(strstr(yoke_last_error(), "99"));
    options = (yoke_primes_options)YOKE_PRIMES_OPTIONS_INIT;
    options.isa = "abacus";
    cr_assert_eq(yoke_sum_primes(NULL, 0, 10, &options, &sum), YOKE_INVALID);
    cr_assert_not_null(strstr(yoke_last_error(), "abacus"), "%s", yoke_last_error());
    cr_assert_not_null(strstr(yoke_last_error(), " portable"), "%s", yoke_last_error());
    cr_assert_eq(yoke_sum_primes(NULL, 0, 10, NULL, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_count_primes(NULL, 0, 10, NULL, NULL), YOKE_INVALID);
    yoke_server *server = open_server(1);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    cr_assert_eq(yoke_sum_primes(server, 0, 1000, NULL, &sum), YOKE_CLOSED);
    yoke_server_release(server);
    cr_assert(sum.lo == 7 && sum.hi == 7 && count == 7);
}

struct told {
    double done, total;
    int calls, shrunk, running;
};

static void note(double done, double total, void *context)
{
    struct told *told = context;
    told->running++;
    told->shrunk += done < told->done || told->running != 1;
    *told = (struct told){done, total, told->calls + 1, told->shrunk, told->running - 1};
}

Test(primes, progress_grows_from_nothing_to_all, .timeout = 60)
{
    yoke_server *servers[] = {NULL, open_server(3)};
    for (int i = 0; i < 2; i++) {
        for (int algorithm = YOKE_ALGORITHM_AUTO; algorithm <= YOKE_ALGORITHM_COMBINATORIAL;
             algorithm++) {
            uint64_t lo = UINT64_C(1000000000000);
            uint64_t hi = lo + (algorithm == YOKE_ALGORITHM_TRIAL ? 5000 : 300000000);
            struct told told = {.done = -1};
            yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
            options.algorithm = (yoke_algorithm)algorithm;
            options.progress = note;
            options.progress_context = &told;
            uint64_t count;
            cr_assert_eq(yoke_count_primes(servers[i], lo, hi, &options, &count), YOKE_OK);
            cr_assert_geq(told.calls, 2);
            cr_assert_eq(told.shrunk, 0);
            cr_assert_eq(told.done, (double)(hi - lo));
            cr_assert_eq(told.total, (double)(hi - lo));
        }
    }
    yoke_server_release(servers[1]);
}

Test(primes, double_checks_confirm_and_count_as_work, .timeout = 60)
{
    yoke_server *servers[] = {NULL, open_server(2)};
    for (int i = 0; i < 2; i++) {
        struct told told = {.done = -1};
        yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
        options.double_check = true;
        options.progress = note;
        options.progress_context = &told;
        yoke_uint128 sum;
        cr_assert_eq(yoke_sum_primes(servers[i], 0, 1000000, &options, &sum), YOKE_OK);
        cr_assert(uint128_join(sum) == 37550402023);
        cr_assert_eq(told.shrunk, 0);
        cr_assert_eq(told.done, 1000000);
    }
    yoke_server_release(servers[1]);
}
