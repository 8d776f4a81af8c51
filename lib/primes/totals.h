/* Counts and sums, taken from the bitmap without looking at single primes. */
#ifndef PRIMES_TOTALS_H
#define PRIMES_TOTALS_H

#include <stdint.h>

#include "base/uint256.h"
#include "sieve.h"
#include "yoke/loop.h"

struct totals {
    uint64_t count; /* primes found                                                             */
    uint128 sum;    /* and their sum                                                             */
};

/* The same beyond 2^64. */
struct wide_totals {
    uint128 count;
    struct uint256 sum;
};

/* Does a loop whose pieces, of loop->grain numbers each, add to a struct totals, their accumulator.
 * They begin in ascending order. Writes `totals` only when all are done; else returns
 * why not, YOKE_CANCELLED also when the server closes. */
yoke_status totals_of_chunks(yoke_server *server, yoke_loop *loop, struct totals *totals);

/* Adds the primes of a segment; `context` is not used. For sieving_run(). */
yoke_status totals_add_segment(void *context, const struct segment *segment, const struct isa *isa,
                               struct totals *totals);

/* Adds the primes that divide the modulus: they have no place in a bitmap. Once for a plan. */
void totals_add_wheel_primes(struct totals *totals, const struct plan *plan);

#endif
