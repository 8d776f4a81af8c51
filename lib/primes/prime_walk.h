/* The sieving primes, and the walk over them.
 *
 * They are the odd primes up to the square root of the interval's end, kept as halved gaps, one
 * byte a prime (203 MB for the 203 million primes below 2^32, where the largest gap is 336), read
 * in order, and shared by all workers. */
#ifndef PRIMES_PRIME_WALK_H
#define PRIMES_PRIME_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "cofactors.h"

struct sieving_primes {
    uint8_t *half_gap; /* half_gap[i] = (prime i + 1 - prime i) / 2, prime 0 being 3              */
    size_t count;
    uint32_t limit; /* every prime up to here is in the list                                     */
    struct cofactor_primes cofactors; /* see cofactor_primes.h                                   */
};

/* A walk over the list in ascending order; `prime` is 0 once the end has been passed. */
struct prime_walk {
    const struct sieving_primes *primes;
    size_t index;
    uint32_t prime;
};

/* Starts a walk at the first prime. */
static inline struct prime_walk prime_walk_start(const struct sieving_primes *primes)
{
    return (struct prime_walk){primes, 0, primes->count ? 3 : 0};
}

static inline void prime_walk_next(struct prime_walk *walk)
{
    if (walk->index + 1 < walk->primes->count)
        walk->prime += 2u * walk->primes->half_gap[walk->index++];
    else
        walk->prime = 0;
}

#endif
