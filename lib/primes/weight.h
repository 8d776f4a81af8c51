/* What is added up over the primes: 1 to count them, p to sum them.
 *
 * Both are completely multiplicative, f(mn) = f(m) f(n), which is all that the methods that do not
 * visit the primes ask for: nothing but additions and multiplications of integers, which may be
 * done modulo a power of two, so that only the result has to fit. The sum of the primes up to 2^64
 * takes 122 bits, that up to 10^26 takes 168. */
#ifndef PRIMES_WEIGHT_H
#define PRIMES_WEIGHT_H

#include <stdint.h>

#include "base/uint128.h"

enum weight { WEIGHT_ONE, WEIGHT_PRIME };

static inline uint64_t weigh(enum weight weight, uint64_t n)
{
    return weight == WEIGHT_PRIME ? n : 1;
}

/* The weights of 1, ..., n together. */
static inline uint128 weigh_up_to(enum weight weight, uint64_t n)
{
    uint128 even = n % 2 ? (uint128)n + 1 : n;
    uint128 odd = n % 2 ? n : (uint128)n + 1;
    return weight == WEIGHT_PRIME ? even / 2 * odd : n;
}

#endif
