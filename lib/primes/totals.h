/* Counts and sums, taken from the bitmap without looking at single primes. */
#ifndef PRIMES_TOTALS_H
#define PRIMES_TOTALS_H

#include <stdint.h>

#include "base/uint128.h"
#include "sieve.h"

struct totals {
    uint64_t count; /* primes found                                                             */
    uint128 sum;    /* and their sum                                                             */
};

/* Adds the primes of one chunk of the plan, those that do not divide the modulus. */
yoke_status totals_add_chunk(struct totals *totals, struct sieve *sieve, uint64_t chunk);

/* Adds those that do divide it: they have no place in a bitmap. Once for a plan. */
void totals_add_wheel_primes(struct totals *totals, const struct plan *plan);

#endif
