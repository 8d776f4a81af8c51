/* The segmented sieve: one worker's machine for the bitmaps of a plan.
 *
 * For every segment, in this order: pre-sieve (patterns of the smallest primes), small primes block
 * by block, medium and sparse primes over the segment, large primes from their buckets, then the
 * moments of what is left. Crossing off never starts below p^2, see sieve.c. */
#ifndef PRIMES_SIEVE_H
#define PRIMES_SIEVE_H

#include <stdint.h>

#include "base/uint128.h"
#include "kernels/kernels.h"
#include "plan.h"
#include "sieving_primes.h"

struct sieve;

struct totals {
    uint64_t count; /* primes found                                                             */
    uint128 sum;    /* and their sum                                                             */
};

/* Called with each finished segment: `size` bytes of the bitmap of the current group, the first of
 * them being `first_byte`; bits outside the plan's interval are clear. */
typedef void (*segment_visitor)(const uint8_t *bytes, uint32_t size, uint64_t first_byte,
                                void *context);

/* Makes ready for the plan; the plan, the primes, which reach to plan->root, and the kernels must
 * outlive the sieve. One thread at a time may use it. YOKE_NO_MEMORY leaves nothing behind. */
yoke_status sieve_open(const struct plan *plan, const struct sieving_primes *primes,
                       const struct kernels *kernels, struct sieve **sieve);
void sieve_close(struct sieve *sieve);

/* Sieves chunk number `chunk` of the plan, 0 ... plan->chunks - 1, and adds its primes (those that
 * do not divide the modulus) to `totals`. */
yoke_status sieve_chunk(struct sieve *sieve, uint64_t chunk, struct totals *totals);

/* Adds those that do divide it: they have no place in a bitmap. Once for a plan. */
void sieve_add_wheel_primes(const struct plan *plan, struct totals *totals);

/* As sieve_chunk(), but hands each segment to `visit` instead of summing it. */
yoke_status sieve_visit(struct sieve *sieve, uint64_t chunk, segment_visitor visit, void *context);

#endif
