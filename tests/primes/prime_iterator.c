/* Iterating over the primes of an interval: order, bounds and totals, by every instruction set. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "base/uint128.h"
#include "primes/isa/isa.h"
#include "primes/trial.h"
#include "random.h"
#include "yoke/primes.h"

/* Iterates over [lo, hi), checks the order and the bounds, and gives the totals. */
static struct totals iterate_over(uint64_t lo, uint64_t hi)
{
    yoke_prime_iterator *iterator;
    const uint64_t *primes;
    size_t count;
    uint64_t last = 0;
    struct totals totals = {0};
    cr_assert_eq(yoke_prime_iterator_open(lo, hi, &iterator), YOKE_OK);
    while (yoke_prime_iterator_next(iterator, &primes, &count) == YOKE_OK && count > 0) {
        for (size_t i = 0; i < count; i++) {
            cr_assert(primes[i] > last && primes[i] >= lo && primes[i] < hi);
            last = primes[i];
            totals.sum += last;
        }
        totals.count += count;
    }
    cr_assert_eq(yoke_prime_iterator_next(iterator, &primes, &count), YOKE_OK);
    cr_assert_eq(count, 0, "the end stays the end");
    yoke_prime_iterator_release(iterator);
    return totals;
}

Test(prime_iterator, small_intervals_equal_trial_division, .timeout = 60)
{
    for (uint64_t lo = 0; lo < 40; lo++) {
        for (uint64_t hi = 0; hi < 60; hi++) {
            struct totals expected = {0};
            trial_range(lo, hi, &expected);
            struct totals totals = iterate_over(lo, hi);
            cr_assert(totals.count == expected.count && totals.sum == expected.sum,
                      "[%" PRIu64 ", %" PRIu64 ")", lo, hi);
        }
    }
}

Test(prime_iterator, sums_to_what_the_bitmap_sums_to, .timeout = 60)
{
    uint64_t random = 6;
    for (int round = 0; round < 30; round++) {
        uint64_t lo = random_next(&random) >> (8 + random_below(&random, 50));
        uint64_t hi = lo + random_below(&random, 3000000);
        yoke_uint128 sum;
        uint64_t count;
        cr_assert_eq(yoke_sum_primes(NULL, lo, hi, NULL, &sum), YOKE_OK);
        cr_assert_eq(yoke_count_primes(NULL, lo, hi, NULL, &count), YOKE_OK);
        struct totals totals = iterate_over(lo, hi);
        cr_assert(totals.count == count && totals.sum == uint128_join(sum),
                  "[%" PRIu64 ", %" PRIu64 ")", lo, hi);
    }
}

Test(prime_iterator, reaches_the_last_prime_below_two_to_the_64, .timeout = 60)
{
    struct totals totals = iterate_over(UINT64_MAX - 59, UINT64_MAX);
    cr_assert(totals.count == 1 && totals.sum == UINT64_MAX - 58);
}

Test(prime_iterator, bad_input_is_refused)
{
    const uint64_t *primes;
    size_t count;
    cr_assert_eq(yoke_prime_iterator_open(0, 10, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_prime_iterator_next(NULL, &primes, &count), YOKE_INVALID);
    yoke_prime_iterator_release(NULL);
}

Test(prime_iterator, every_kernel_lists_the_same_numbers)
{
    uint64_t random = 7;
    uint8_t words[64 * 8];
    uint8_t offset[64];
    for (int bit = 0; bit < 64; bit++)
        offset[bit] = (uint8_t)(3 * bit + 1);
    for (int round = 0; round < 30; round++) {
        for (size_t i = 0; i < sizeof words; i++)
            words[i] = (uint8_t)(round == 0 ? 0xff : random_next(&random) >> 40);
        static uint64_t expected[sizeof words * 8 + LIST_SLACK];
        static uint64_t actual[sizeof words * 8 + LIST_SLACK];
        size_t count = 0;
        for (size_t bit = 0; bit < sizeof words * 8; bit++)
            if (words[bit / 8] >> bit % 8 & 1)
                expected[count++] = 1000000007 + WORD_NUMBERS * (bit / 64) + offset[bit % 64];
        for (const struct isa *const *k = isa_compiled; *k; k++) {
            if (!isa_find((*k)->name))
                continue;
            size_t found = (*k)->list_numbers(words, 64, 1000000007, offset, actual);
            cr_assert_eq(found, count, "%s", (*k)->name);
            cr_assert_arr_eq(actual, expected, count * sizeof *actual, "%s", (*k)->name);
        }
    }
}
