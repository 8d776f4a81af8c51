/* Quotients of numbers up to 10^26, most of which are small. */
#ifndef PRIMES_GOURDON_QUOTIENT_H
#define PRIMES_GOURDON_QUOTIENT_H

#include <stdint.h>

#include "base/uint128.h"

/* n / d: most quotients are of numbers below 2^64, which takes a fraction of the time. */
static inline uint128 quotient_of(uint128 n, uint64_t d)
{
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): both are always set
    return n >> 64 ? n / d : (uint64_t)n / d;
}

static inline uint64_t quotient_or_limit(uint128 a, uint64_t b)
{
    return a < b ? (uint64_t)a : b;
}

#endif
