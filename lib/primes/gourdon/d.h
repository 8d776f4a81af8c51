/* D: the hard leaves.
 *
 *     - sum over p of f(p) sum over z / p < m <= min(z, h) of mu(m) f(m) phi(x / (p m), before p)
 *
 * over the primes 17 < p, with the prime factors of m above p and up to y, and h = x / p^3; above
 * the root of z such an m is a prime. Nothing but a sieve tells phi(v, before p) for the values
 * v < x / z: segment by segment it crosses off one prime after the other, and before a prime p is
 * crossed off, the numbers left up to each v are added up. */
#ifndef PRIMES_GOURDON_D_H
#define PRIMES_GOURDON_D_H

#include "terms.h"

struct d_term {
    struct merge merge;
    const struct gourdon *gourdon;
    uint32_t size;     /* of a segment in bytes                                                  */
    uint64_t first;    /* the segment to start with                                              */
    uint64_t segments; /* up to x / z                                                            */
    uint64_t parts;
    uint64_t *start; /* the first segment of each part, and behind the last                      */
    double cost;     /* of all parts                                                             */
    struct wheel_group *lanes;
};

/* One worker's memory. */
struct d_worker {
    uint8_t *memory;
    struct counted_bitmap bitmap;
    uint64_t *running;
    struct medium_prime *prime;
};

#endif
