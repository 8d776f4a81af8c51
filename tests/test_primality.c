#include <criterion/criterion.h>

#include "primes/primality.h"
#include "primes/trial.h"

static bool is_strong(uint64_t n)
{
    bool passes[PRIMALITY_BATCH];
    const uint64_t batch[PRIMALITY_BATCH] = {n, 101, n, 103};
    primality_strong(batch, passes);
    cr_assert(passes[1] && passes[3] && passes[0] == passes[2]);
    return passes[0];
}

static bool is_lucas(uint64_t n)
{
    bool passes[PRIMALITY_BATCH];
    const uint64_t batch[PRIMALITY_BATCH] = {101, n, 103, n};
    primality_lucas(batch, passes);
    cr_assert(passes[0] && passes[2] && passes[1] == passes[3]);
    return passes[1];
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
