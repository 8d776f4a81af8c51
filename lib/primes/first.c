/* The first primes: where the last of them is, and their sum. */
#include <math.h>

#include "base/error.h"
#include "base/uint128.h"
#include "cancel.h"

/* All primes below 2^64 (A007053 of the OEIS). */
#define PRIMES_BELOW_2_64 UINT64_C(425656284035217743)

/* About how many primes there are up to x: the logarithmic integral less half of that of the root,
 * the first terms of Riemann's formula. li(x) = gamma + ln u + sum u^k / (k! k), u = ln x. */
static long double logarithmic_integral(long double x)
{
    long double u = logl(x);
    long double sum = 0.57721566490153286061L + logl(u);
    long double term = 1;
    for (int k = 1; k < 400; k++) {
        term *= u / k;
        sum += term / k;
        if (term < sum * 1e-20L)
            break;
    }
    return sum;
}

static long double prime_count_near(long double x)
{
    return logarithmic_integral(x) - logarithmic_integral(sqrtl(x)) / 2;
}

/* A number about as large as the n-th prime: Newton's method, whose slope is 1 / ln x. */
static uint64_t near_prime(uint64_t n)
{
    long double wanted = (long double)n;
    long double x = wanted < 6 ? 12 : wanted * logl(wanted);
    for (int i = 0; i < 30; i++) {
        long double step = (prime_count_near(x) - wanted) * logl(x);
        x = x - step > 10 ? x - step : 10;
        if (fabsl(step) < 1)
            break;
    }
    return x < 18446744073709551615.0L ? (uint64_t)x : UINT64_MAX;
}

/* Goes on from the primes below `start`, of which there are `*count` with `*sum`, to the n-th, if
 * it lies below `end`. */
static yoke_status walk_to(uint64_t n, uint64_t start, uint64_t end, uint64_t *count, uint128 *sum,
                           uint64_t *last)
{
    yoke_prime_iterator *iterator;
    yoke_status status = yoke_prime_iterator_open(start, end, &iterator);
    if (status != YOKE_OK)
        return status;
    while (*count < n) {
        const uint64_t *prime;
        size_t found;
        status = yoke_prime_iterator_next(iterator, &prime, &found);
        if (status != YOKE_OK || found == 0)
            break;
        for (size_t i = 0; i < found && *count < n; i++, ++*count) {
            *sum += prime[i];
            *last = prime[i];
        }
    }
    yoke_prime_iterator_release(iterator);
    return status;
}

static yoke_status find_first(yoke_server *server, uint64_t n, const yoke_primes_options *options,
                              uint128 *total, uint64_t *largest)
{
    /* What Riemann's formula is off by, as a distance, is about the root: start below, and walk the
     * rest of the way up. */
    uint64_t start = n ? near_prime(n) : 0;
    uint64_t slack = (uint64_t)(2 * sqrt((double)start)) + 10;
    uint64_t count = 0;
    yoke_status status = YOKE_OK;
    do {
        start = start > slack ? start - slack : 0;
        status = yoke_count_primes(server, 0, start, options, &count);
    } while (status == YOKE_OK && count >= n && start);
    yoke_uint128 below;
    if (status == YOKE_OK)
        status = yoke_sum_primes(server, 0, start, options, &below);
    if (status != YOKE_OK)
        return status;
    *total = uint128_join(below);
    while (status == YOKE_OK && count < n) {
        uint64_t end = UINT64_MAX - start < 4 * slack ? UINT64_MAX : start + 4 * slack;
        status = walk_to(n, start, end, &count, total, largest);
        start = end;
    }
    return status;
}

yoke_status yoke_sum_first_primes(yoke_server *server, uint64_t n,
                                  const yoke_primes_options *options, yoke_uint128 *sum,
                                  uint64_t *last)
{
    if (!sum)
        return error_set(YOKE_INVALID, "yoke_sum_first_primes needs a place for the sum");
    if (n > PRIMES_BELOW_2_64)
        return error_set(YOKE_INVALID, "there are only %llu primes below 2^64",
                         (unsigned long long)PRIMES_BELOW_2_64);
    if (options && options->checkpoint)
        return error_set(YOKE_INVALID, "yoke_sum_first_primes keeps no checkpoint; leave that out");
    uint128 total;
    uint64_t largest = 0;
    struct cancel_call call;
    cancel_enter(&call, options);
    yoke_status status = find_first(server, n, options, &total, &largest);
    cancel_leave(&call);
    if (status != YOKE_OK)
        return status;
    *sum = uint128_split(total);
    if (last)
        *last = largest;
    return YOKE_OK;
}
