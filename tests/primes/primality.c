/* The primality test of 64-bit numbers: pseudoprimes, trial division, and every instruction set
 * against the others. */
#include <criterion/criterion.h>

#include "primes/primality.h"
#include "primes/trial.h"
#include "random.h"

/* By all the instruction sets there are, alone and in a batch with others; they must agree. */
static bool passes(primality_test *test, uint64_t n)
{
    bool alone;
    test(&isa_portable, &n, 1, &alone);
    for (const struct isa *const *k = isa_compiled; *k; k++) {
        if (!isa_find((*k)->name))
            continue;
        const uint64_t many[] = {n, 101, n, 103, 107, n, 109};
        bool results[7];
        test(*k, many, 7, results);
        cr_assert(results[1] && results[3] && results[4] && results[6], "%s", (*k)->name);
        cr_assert(results[0] == alone && results[2] == alone && results[5] == alone, "%s, %lu",
                  (*k)->name, n);
    }
    return alone;
}

static bool is_strong(uint64_t n)
{
    return passes(primality_strong, n);
}

static bool is_lucas(uint64_t n)
{
    return passes(primality_lucas, n);
}

/* The numbers that fool one of the tests, from OEIS A001262 and A217719, must do so, or the test is
 * not the one whose combination is proven; and never fool the other. */
Test(primality, known_pseudoprimes_fool_one_test_only)
{
    static const uint64_t strong[] = {2047,  3277,  4033,  4681,  8321,
                                      15841, 29341, 42799, 49141, 3825123056546413051};
    static const uint64_t lucas[] = {989, 3239, 5777, 10877, 27971, 29681, 30739, 31631, 39059};
    for (size_t i = 0; i < sizeof strong / sizeof *strong; i++)
        cr_assert(is_strong(strong[i]) && !is_lucas(strong[i]), "%lu", strong[i]);
    for (size_t i = 0; i < sizeof lucas / sizeof *lucas; i++)
        cr_assert(!is_strong(lucas[i]) && is_lucas(lucas[i]), "%lu", lucas[i]);
}

/* Squares of Wieferich primes pass the strong test, and have no Lucas parameter. */
Test(primality, squares_of_primes_are_composite)
{
    cr_assert(is_strong(UINT64_C(1093) * 1093) && !is_lucas(UINT64_C(1093) * 1093));
    cr_assert(is_strong(UINT64_C(3511) * 3511) && !is_lucas(UINT64_C(3511) * 3511));
    cr_assert(!is_lucas(UINT64_C(4294967291) * 4294967291));
}

Test(primality, equals_trial_division, .timeout = 60)
{
    static const uint64_t starts[] = {53, 1000000, 4294967296 - 2000, 1000000000000};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        for (uint64_t n = starts[i] | 1; n < starts[i] + 4000; n += 2) {
            bool coprime = true;
            for (uint64_t d = 3; d < 50; d += 2)
                coprime &= n % d != 0;
            if (!coprime)
                continue;
            struct totals totals = {0};
            trial_range(n, n + 1, &totals);
            cr_assert_eq(is_strong(n) && is_lucas(n), totals.count == 1, "%lu", n);
        }
    }
}

Test(primality, works_up_to_the_last_64_bit_prime)
{
    cr_assert(is_strong(UINT64_MAX - 58) && is_lucas(UINT64_MAX - 58));
    cr_assert(is_strong(UINT64_MAX - 82) && is_lucas(UINT64_MAX - 82));
    cr_assert(!(is_strong(UINT64_MAX - 60) && is_lucas(UINT64_MAX - 60)));
}

/* One in six of the numbers that pass this is prime at 2^64. */
static bool has_small_factor(uint64_t n)
{
    for (uint64_t d = 3; d < 50; d += 2)
        if (n % d == 0)
            return true;
    return false;
}

/* Up to there some instruction sets multiply in another way, with the least room to spare just
 * below. */
Test(primality, kernels_agree_around_two_to_the_62)
{
    uint64_t first = (UINT64_C(1) << 62) - 4000;
    int primes = 0;
    for (uint64_t n = first + 1; n < first + 8000; n += 2)
        if (!has_small_factor(n))
            primes += is_strong(n) && is_lucas(n);
    cr_assert_eq(primes, 198);
}

Test(primality, kernels_agree_on_random_numbers, .timeout = 60)
{
    uint64_t random = 4;
    int primes = 0;
    for (int round = 0; round < 10000; round++) {
        uint64_t n = random_next(&random) >> random_below(&random, 40) | 1;
        if (n > 2500 && !has_small_factor(n))
            primes += is_strong(n) && is_lucas(n);
    }
    cr_assert(primes > 200 && primes < 2000, "%d", primes);
}
