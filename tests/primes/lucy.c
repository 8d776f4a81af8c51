/* Sums and counts up to a number by the Lucy_Hedgehog algorithm, against the sieve and published
 * values. */
#include <criterion/criterion.h>

#include "primes/lucy.h"
#include "random.h"
#include "yoke/primes.h"

static uint128 total_of(uint64_t n, enum weight weight)
{
    uint128 total;
    cr_assert_eq(lucy_total(n, weight, &total), YOKE_OK);
    return total;
}

static bool is_prime(uint64_t n)
{
    for (uint64_t d = 2; d * d <= n; d++)
        if (n % d == 0)
            return false;
    return n > 1;
}

Test(lucy, every_small_number, .timeout = 60)
{
    uint128 count = 0, sum = 0;
    for (uint64_t n = 0; n < 3000; n++) {
        count += is_prime(n);
        sum += is_prime(n) ? n : 0;
        cr_assert_eq(total_of(n, WEIGHT_ONE), count, "count up to %llu", (unsigned long long)n);
        cr_assert_eq(total_of(n, WEIGHT_PRIME), sum, "sum up to %llu", (unsigned long long)n);
    }
}

Test(lucy, agrees_with_the_sieve, .timeout = 60)
{
    uint64_t seed = 20;
    for (int i = 0; i < 100; i++) {
        uint64_t n = random_below(&seed, UINT64_C(1) << (10 + i % 20));
        yoke_primes_options sieve = YOKE_PRIMES_OPTIONS_INIT;
        sieve.algorithm = YOKE_ALGORITHM_SIEVE;
        yoke_uint128 sum;
        uint64_t count;
        cr_assert_eq(yoke_sum_primes(NULL, 0, n + 1, &sieve, &sum), YOKE_OK);
        cr_assert_eq(yoke_count_primes(NULL, 0, n + 1, &sieve, &count), YOKE_OK);
        cr_assert_eq(total_of(n, WEIGHT_PRIME), uint128_join(sum), "sum up to %llu",
                     (unsigned long long)n);
        cr_assert_eq(total_of(n, WEIGHT_ONE), count, "count up to %llu", (unsigned long long)n);
    }
}

/* A046731 and A006880 of the OEIS. */
Test(lucy, published_values, .timeout = 60)
{
    cr_assert_eq(total_of(UINT64_C(10000000000), WEIGHT_PRIME), UINT64_C(2220822432581729238));
    cr_assert_eq(total_of(UINT64_C(10000000000), WEIGHT_ONE), UINT64_C(455052511));
    uint128 sum = (uint128)UINT64_C(201467077743744) * 1000000 + 681014;
    cr_assert_eq(total_of(UINT64_C(100000000000), WEIGHT_PRIME), sum);
}
