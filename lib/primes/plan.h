/* How an interval is going to be sieved, decided before the first number is looked at.
 *
 * A plan is a pure function of the interval, the cache sizes and the number of workers. */
#ifndef PRIMES_PLAN_H
#define PRIMES_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "topology/caches.h"

struct plan {
    uint64_t lo, hi;       /* the interval [lo, hi)                                             */
    uint32_t modulus;      /* of the wheel: 30, 210 or 2310                                     */
    uint32_t block;        /* bytes that small primes cross off at a time: lie in L1             */
    uint32_t segment;      /* bytes of bitmap at a time: lie in L2; a power of two if modulus 30 */
    uint32_t small_limit;  /* primes below are small: crossed off block by block                 */
    uint32_t medium_limit; /* below: medium; from here on: large                                 */
    uint32_t root;         /* the largest sieving prime is at most this                          */
    uint64_t window;       /* numbers of the windows of the largest primes, at most            */
    uint64_t cofactor_first; /* the primes in [cofactor_first, cofactor_end) are to be known to  */
    uint64_t cofactor_end;   /* large sieving primes: see cofactors.h                            */
    bool test;           /* root is below that of hi: the survivors are tested one by one      */
    uint64_t first_byte; /* the bytes [first_byte, end_byte) of each group's bitmap ...        */
    uint64_t end_byte;
    uint32_t round;  /* segments of a round of windows, whole chunks: see windows.h             */
    uint64_t chunk;  /* ... are cut into ranges of this many, and a chunk of the work is    */
    uint64_t chunks; /* one range of one group: number range * groups + group               */
};

/* What is asked for. Zero leaves a choice to the plan. */
struct plan_request {
    uint64_t lo, hi; /* the interval, lo < hi                                                   */
    unsigned workers;
    struct cache_sizes caches; /* of the workers' cores                                      */
    uint32_t modulus; /* 30 also gives the primes in ascending order; others are taken only      */
                      /* where no sieving prime reaches 2^24                                     */
    enum plan_test { PLAN_CHOOSES, PLAN_TESTS, PLAN_SIEVES } test;
    uint32_t medium_limit; /* as above; at least LARGE_PRIME_MIN                                 */
    uint64_t window;       /* as above                                                           */
};

void plan_make(struct plan *plan, const struct plan_request *request);

/* About what a byte of bitmap takes, in nanoseconds. */
double plan_byte_cost(const struct plan *plan);

/* About how many primes there are up to n. */
double plan_prime_count(double n);

#endif
