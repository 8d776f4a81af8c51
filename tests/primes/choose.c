/* Ways to the same sums: which one is taken, and that they agree. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/uint256.h"
#include "primes/choose.h"
#include "primes/isa/isa.h"
#include "random.h"
#include "yoke/primes.h"

static uint128 sum_of(uint64_t lo, uint64_t hi, yoke_algorithm algorithm)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = algorithm;
    yoke_uint128 sum;
    cr_assert_eq(yoke_sum_primes(NULL, lo, hi, &options, &sum), YOKE_OK, "%s", yoke_last_error());
    return uint128_join(sum);
}

static uint64_t count_of(uint64_t lo, uint64_t hi, yoke_algorithm algorithm)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = algorithm;
    uint64_t count;
    cr_assert_eq(yoke_count_primes(NULL, lo, hi, &options, &count), YOKE_OK);
    return count;
}

/* Sums below n for every n, against the primes as the sieve lists them. */
Test(choose, every_small_bound, .timeout = 300)
{
#if YOKE_DEBUG
    const uint64_t most = 20000;
#else
    const uint64_t most = 200000;
#endif
    yoke_prime_iterator *iterator;
    const uint64_t *primes;
    size_t found, next = 0;
    uint128 sum = 0;
    uint64_t count = 0;
    cr_assert_eq(yoke_prime_iterator_open(0, most + 1000, &iterator), YOKE_OK);
    cr_assert_eq(yoke_prime_iterator_next(iterator, &primes, &found), YOKE_OK);
    for (uint64_t n = 0; n <= most; n++) {
        cr_assert(sum_of(0, n, YOKE_ALGORITHM_COMBINATORIAL) == sum, "below %" PRIu64, n);
        cr_assert_eq(count_of(0, n, YOKE_ALGORITHM_COMBINATORIAL), count, "below %" PRIu64, n);
        if (primes[next] != n)
            continue;
        sum += n;
        count++;
        if (++next == found) {
            cr_assert_eq(yoke_prime_iterator_next(iterator, &primes, &found), YOKE_OK);
            next = 0;
        }
    }
    yoke_prime_iterator_release(iterator);
}

Test(choose, differences_agree_with_the_sieve, .timeout = 300)
{
    uint64_t random = 8;
    for (int round = 0; round < 20; round++) {
        uint64_t lo = random_below(&random, UINT64_C(1) << (20 + 2 * (round % 10)));
        uint64_t hi = lo + random_below(&random, 1000000);
        cr_assert(sum_of(lo, hi, YOKE_ALGORITHM_COMBINATORIAL) ==
                      sum_of(lo, hi, YOKE_ALGORITHM_SIEVE),
                  "[%" PRIu64 ", %" PRIu64 ")", lo, hi);
        cr_assert_eq(count_of(lo, hi, YOKE_ALGORITHM_COMBINATORIAL),
                     count_of(lo, hi, YOKE_ALGORITHM_SIEVE), "[%" PRIu64 ", %" PRIu64 ")", lo, hi);
    }
}

static yoke_algorithm planned(uint64_t lo, uint64_t hi, const yoke_primes_options *options)
{
    yoke_primes_plan plan;
    cr_assert_eq(yoke_plan_primes(2, lo, hi, options, &plan), YOKE_OK);
    cr_assert_geq(plan.seconds, 0);
    cr_assert_gt(strlen(plan.reason), 10);
    return plan.algorithm;
}

Test(choose, wide_intervals_are_not_visited)
{
    cr_assert_eq(planned(0, UINT64_C(1000000000000), NULL), YOKE_ALGORITHM_COMBINATORIAL);
    cr_assert_eq(planned(UINT64_C(1000000000000), UINT64_C(1000001000000), NULL),
                 YOKE_ALGORITHM_SIEVE);
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = YOKE_ALGORITHM_TRIAL;
    cr_assert_eq(planned(0, 1000, &options), YOKE_ALGORITHM_TRIAL);
}

Test(choose, an_interval_without_primes_plans_nothing)
{
    static const uint64_t bounds[][2] = {{0, 0}, {0, 2}, {1, 2}, {5, 5}, {7, 3}, {UINT64_MAX, 9}};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        yoke_primes_plan plan;
        cr_assert_eq(yoke_plan_primes(4, bounds[i][0], bounds[i][1], NULL, &plan), YOKE_OK);
        cr_assert_eq(plan.seconds, 0);
        cr_assert_str_eq(plan.reason, "there is nothing to do: no prime lies in the interval");
        cr_assert_eq(count_of(bounds[i][0], bounds[i][1], YOKE_ALGORITHM_AUTO), 0);
    }
}

Test(choose, plans_say_what_is_wrong)
{
    yoke_primes_plan plan;
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    cr_assert_eq(yoke_plan_primes(1, 0, 10, NULL, NULL), YOKE_INVALID);
    options.algorithm = (yoke_algorithm)77;
    cr_assert_eq(yoke_plan_primes(1, 0, 10, &options, &plan), YOKE_INVALID);
}

Test(choose, plans_name_the_instruction_set)
{
    for (const struct isa *const *isa = isa_compiled; *isa; isa++) {
        if (!isa_find((*isa)->name))
            continue;
        static const uint64_t bounds[][2] = {
            {0, 1000}, {0, UINT64_C(1000000000000000)}, {UINT64_MAX - 1000000, UINT64_MAX}};
        char with[64];
        yoke_primes_plan plan;
        yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
        options.isa = (*isa)->name;
        snprintf(with, sizeof with, ", with %s", (*isa)->name);
        for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
            cr_assert_eq(yoke_plan_primes(2, bounds[i][0], bounds[i][1], &options, &plan), YOKE_OK);
            cr_assert_str_eq(strstr(plan.reason, ", with "), with);
        }
        cr_assert_eq(
            yoke_plan_primes_wide(2, (yoke_uint128){0, 0}, (yoke_uint128){0, 7}, &options, &plan),
            YOKE_OK);
        cr_assert_str_eq(strstr(plan.reason, ", with "), with);
    }
}

Test(choose, plans_need_an_instruction_set_that_runs_here)
{
    yoke_primes_plan plan;
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.isa = "abacus";
    cr_assert_eq(yoke_plan_primes(1, 0, 1000, &options, &plan), YOKE_INVALID);
    cr_assert_not_null(strstr(yoke_last_error(), "abacus"));
    uint64_t count = 7;
    cr_assert_eq(yoke_count_primes(NULL, 0, 1000, &options, &count), YOKE_INVALID);
    cr_assert_eq(count, 7);
    setenv("YOKE_ISA", "abacus", 1);
    cr_assert_eq(yoke_plan_primes(1, 0, 1000, NULL, &plan), YOKE_INVALID);
    cr_assert_not_null(strstr(yoke_last_error(), "YOKE_ISA"));
}

/* ---- the model ------------------------------------------------------------------------------ */

static const char *const all_isas[] = {"avx512", "avx2", "neon", "portable"};

enum { ALL_ISAS = sizeof all_isas / sizeof *all_isas };

static uint128 to_uint128(double n)
{
    return n < 0x1p63 ? (uint128)(uint64_t)n : (uint128)(uint64_t)(n / 0x1p60) << 60;
}

static struct costs costs_of(size_t isa, unsigned workers, uint128 lo, uint128 hi)
{
    struct costs costs;
    choose_costs(&costs, unit_costs_of(all_isas[isa]), workers, lo, hi);
    cr_assert_str_eq(costs.isa, all_isas[isa]);
    cr_assert_not(isnan(costs.sieve) || isnan(costs.trial) || isnan(costs.prefix));
    cr_assert(costs.sieve >= 0 && costs.trial >= 0 && costs.prefix >= 0);
    return costs;
}

static void expect_positive(const double *costs, int count)
{
    for (int i = 0; i < count; i++)
        cr_assert(costs[i] > 0 && costs[i] < 1e9, "%d: %g", i, costs[i]);
}

Test(choose, every_instruction_set_has_its_constants)
{
    for (const struct isa *const *isa = isa_compiled; *isa; isa++)
        cr_assert_str_eq(unit_costs_of((*isa)->name)->isa, (*isa)->name);
    cr_assert_str_eq(unit_costs_of("abacus")->isa, "portable");
    for (size_t i = 0; i < ALL_ISAS; i++) {
        const struct unit_costs *unit = unit_costs_of(all_isas[i]);
        const double single[] = {unit->start, unit->tested, unit->lucy, unit->sum_start};
        expect_positive(single, sizeof single / sizeof *single);
        expect_positive(unit->sieving_prime, SIEVED_HEIGHTS);
        expect_positive(unit->narrow, SIEVED_HEIGHTS);
        expect_positive(unit->wide, SIEVED_HEIGHTS);
        expect_positive(unit->leaf, LEAF_HEIGHTS);
    }
}

Test(choose, costs_at_the_ends)
{
    const uint128 most = (uint128)10000000000000 * 10000000000000;
    for (size_t i = 0; i < ALL_ISAS; i++) {
        for (unsigned workers = 1; workers <= 1000; workers *= 10) {
            struct costs costs = costs_of(i, workers, 0, 0);
            cr_assert(costs.nothing && costs.sieve == 0 && costs.trial == 0 && costs.prefix == 0);
            costs = costs_of(i, workers, 0, 3);
            cr_assert(!costs.nothing && costs.sieve > 0 && costs.trial > 0 && costs.prefix > 0);
            costs = costs_of(i, workers, UINT64_MAX - 1, UINT64_MAX);
            cr_assert(costs.tests && costs.sieve < 0.01 && isfinite(costs.prefix));
            costs = costs_of(i, workers, 0, UINT64_MAX);
            cr_assert(isfinite(costs.sieve) && costs.prefix < costs.sieve);
            costs = costs_of(i, workers, UINT64_MAX, (uint128)UINT64_MAX + 1);
            cr_assert(isinf(costs.sieve) && isinf(costs.trial) && isfinite(costs.prefix));
            costs = costs_of(i, workers, most - 1, most);
            cr_assert(isinf(costs.sieve) && isfinite(costs.prefix) && costs.prefix > 1e3);
        }
    }
}

/* In steps of a tenth of a digit: what is wider, or ends higher, takes no less. */
Test(choose, costs_rise)
{
    for (size_t i = 0; i < ALL_ISAS; i++) {
        double before = 0;
        for (int tenth = 5; tenth <= 260; tenth++) {
            double prefix = costs_of(i, 1, 0, to_uint128(pow(10, tenth / 10.0))).prefix;
            cr_assert_geq(prefix, before, "%s below 10^%g", all_isas[i], tenth / 10.0);
            before = prefix;
        }
        for (int digits = 3; digits <= 19; digits++) {
            double lo = pow(10, digits);
            before = 0;
            for (int tenth = 5; tenth <= 190 && lo + pow(10, tenth / 10.0) < 0x1p64; tenth++) {
                uint64_t hi = (uint64_t)(lo + pow(10, tenth / 10.0));
                double sieve = costs_of(i, 3, (uint64_t)lo, hi).sieve;
                cr_assert_geq(sieve, before, "%s, 1e%d + 10^%g", all_isas[i], digits, tenth / 10.0);
                before = sieve;
            }
        }
    }
}

/* A worker more takes no longer. */
Test(choose, costs_are_shared)
{
    for (size_t i = 0; i < ALL_ISAS; i++)
        for (unsigned workers = 1; workers < 100; workers++) {
            struct costs few = costs_of(i, workers, 1000000, UINT64_C(1000000000000));
            struct costs more = costs_of(i, workers + 1, 1000000, UINT64_C(1000000000000));
            cr_assert(more.sieve <= few.sieve && more.prefix <= few.prefix);
        }
}

/* ---- the first primes ----------------------------------------------------------------------- */

static void expect_first(uint64_t n, uint64_t expected_sum, uint64_t expected_last)
{
    yoke_uint128 sum;
    uint64_t last;
    cr_assert_eq(yoke_sum_first_primes(NULL, n, NULL, &sum, &last), YOKE_OK);
    cr_assert(uint128_join(sum) == expected_sum, "the first %" PRIu64, n);
    cr_assert_eq(last, expected_last, "prime number %" PRIu64, n);
}

Test(choose, every_few_first_primes, .timeout = 60)
{
    yoke_prime_iterator *iterator;
    const uint64_t *primes;
    size_t found;
    uint64_t sum = 0;
    cr_assert_eq(yoke_prime_iterator_open(0, 20000, &iterator), YOKE_OK);
    cr_assert_eq(yoke_prime_iterator_next(iterator, &primes, &found), YOKE_OK);
    expect_first(0, 0, 0);
    for (uint64_t n = 0; n < found; n++) {
        if (n == 3) /* 2, 3 and 5 came first */
            break;
        sum += primes[n];
        expect_first(n + 1, sum, primes[n]);
    }
    for (uint64_t n = 3; yoke_prime_iterator_next(iterator, &primes, &found) == YOKE_OK && found;)
        for (size_t i = 0; i < found; i++) {
            sum += primes[i];
            expect_first(++n, sum, primes[i]);
        }
    yoke_prime_iterator_release(iterator);
}

/* A099824 and A006988 of the OEIS. */
Test(choose, published_first_primes, .timeout = 60)
{
    expect_first(1000000, UINT64_C(7472966967499), 15485863);
    expect_first(1000000000, UINT64_C(11138479445180240497), UINT64_C(22801763489));
}

Test(choose, too_many_first_primes)
{
    yoke_uint128 sum;
    uint64_t last = 1;
    cr_assert_eq(yoke_sum_first_primes(NULL, UINT64_C(425656284035217744), NULL, &sum, &last),
                 YOKE_INVALID);
    cr_assert_eq(yoke_sum_first_primes(NULL, 1, NULL, NULL, &last), YOKE_INVALID);
    cr_assert_eq(last, 1);
}

/* ---- 128-bit bounds ------------------------------------------------------------------------- */

static const yoke_uint128 two_to_64 = {0, 1};

Test(choose, wide_calls_agree_with_the_others, .timeout = 60)
{
    uint64_t random = 21;
    for (int round = 0; round < 20; round++) {
        uint64_t lo = random_next(&random) >> (round % 2 ? 20 : 1);
        uint64_t hi = round == 0 ? UINT64_MAX : lo + random_below(&random, 100000);
        lo = round == 0 ? UINT64_MAX - 100000 : lo;
        yoke_uint128 end = round == 0 ? two_to_64 : (yoke_uint128){hi, 0};
        yoke_uint256 sum;
        yoke_uint128 count;
        cr_assert_eq(yoke_sum_primes_wide(NULL, (yoke_uint128){lo, 0}, end, NULL, &sum), YOKE_OK);
        cr_assert_eq(yoke_count_primes_wide(NULL, (yoke_uint128){lo, 0}, end, NULL, &count),
                     YOKE_OK);
        cr_assert(uint256_join(sum).hi == 0);
        cr_assert(uint256_join(sum).lo == sum_of(lo, hi, YOKE_ALGORITHM_AUTO));
        cr_assert(count.hi == 0 && count.lo == count_of(lo, hi, YOKE_ALGORITHM_AUTO));
    }
}

Test(choose, beyond_two_to_the_64_there_is_one_way)
{
    const yoke_uint128 low = {0, 0}, above = {1, 1};
    yoke_primes_plan plan;
    cr_assert_eq(yoke_plan_primes_wide(4, two_to_64, above, NULL, &plan), YOKE_OK);
    cr_assert_eq(plan.algorithm, YOKE_ALGORITHM_COMBINATORIAL);
    cr_assert_gt(plan.seconds, 10);
    cr_assert_eq(
        yoke_plan_primes_wide(4, (yoke_uint128){UINT64_MAX - 9, 0}, two_to_64, NULL, &plan),
        YOKE_OK);
    cr_assert_eq(plan.algorithm, YOKE_ALGORITHM_SIEVE);
    for (yoke_algorithm algorithm = YOKE_ALGORITHM_SIEVE; algorithm <= YOKE_ALGORITHM_TRIAL;
         algorithm++) {
        yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
        options.algorithm = algorithm;
        yoke_uint256 sum = {{7, 7, 7, 7}};
        cr_assert_eq(yoke_sum_primes_wide(NULL, low, above, &options, &sum), YOKE_INVALID);
        cr_assert_eq(yoke_plan_primes_wide(1, low, above, &options, &plan), YOKE_INVALID);
        cr_assert(sum.word[0] == 7 && sum.word[3] == 7);
    }
}

Test(choose, the_last_bound_is_ten_to_the_26)
{
    uint128 most = 1;
    for (int i = 0; i < 26; i++)
        most *= 10;
    yoke_uint256 sum = {{7, 7, 7, 7}};
    yoke_uint128 count;
    yoke_primes_plan plan;
    cr_assert_eq(yoke_sum_primes_wide(NULL, uint128_split(most), uint128_split(most), NULL, &sum),
                 YOKE_OK);
    cr_assert(sum.word[0] == 0 && sum.word[3] == 0);
    cr_assert_eq(yoke_plan_primes_wide(1, uint128_split(0), uint128_split(most), NULL, &plan),
                 YOKE_OK);
    yoke_uint128 above = uint128_split(most + 1);
    cr_assert_eq(yoke_plan_primes_wide(1, uint128_split(0), above, NULL, &plan), YOKE_INVALID);
    cr_assert_eq(yoke_sum_primes_wide(NULL, uint128_split(0), above, NULL, &sum), YOKE_INVALID);
    cr_assert_not_null(strstr(yoke_last_error(), "100000000000000000000000001"));
    cr_assert_eq(yoke_count_primes_wide(NULL, uint128_split(0), above, NULL, &count), YOKE_INVALID);
    cr_assert_eq(yoke_sum_primes_wide(NULL, above, above, NULL, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_count_primes_wide(NULL, above, above, NULL, NULL), YOKE_INVALID);
    /* Empty, as everywhere. */
    cr_assert_eq(yoke_sum_primes_wide(NULL, above, uint128_split(7), NULL, &sum), YOKE_OK);
    cr_assert_eq(sum.word[0], 0);
}
