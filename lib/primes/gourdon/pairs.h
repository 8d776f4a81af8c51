/* A, and of C the leaves with a prime m = q: pairs of primes sqrt(z) < p < q <= y.
 *
 * With n = x / p, h = n / p^2 and v = n / q, the leaf of a pair with q > h is easy, since v < p^2:
 *
 *     phi(v, before p) = 1 + F(v) - F(p - 1)     where v >= p, else 1.
 *
 * The 1 and F(p - 1) are for sigma.c. What is left, with Q = min(y, n / p) and L = max(p, h), is
 *
 *     A + C (prime m) = sum over p of f(p) T(p),   T(p) = sum over L < q <= Q of f(q) F(n / q).
 *
 * F(n / q) is a sum over primes r <= n / q. For q above s = sqrt(n) it is shorter to let r run:
 * with R = n / Q,
 *
 *     sum over s < q <= Q of f(q) F(n / q)
 *         = sum over R < r <= s of f(r) F(n / r)  +  F(R) (F(Q) - F(s))  -  F(s) (F(s) - F(R)),
 *
 * the same summands again as those of q <= s: they are looked up once and counted twice. */
#ifndef PRIMES_GOURDON_PAIRS_H
#define PRIMES_GOURDON_PAIRS_H

#include "stretches.h"
#include "terms.h"

/* The q of one p: those in (lo, mid] count once, those in (mid, end] twice. */
struct pairs_range {
    uint128 n;
    uint32_t lo, mid, end;
    uint32_t from, to; /* L and Q, to be compared with what was asked for: lo and end differ ...*/
    uint32_t middle, rest; /* ... where s = middle and R = rest are used, else these are 0        */
};

struct pairs_range pairs_range(const struct gourdon *gourdon, uint32_t p);

struct pairs {
    struct merge merge;
    const struct gourdon *gourdon;
    struct stretches stretches; /* of the numbers v up to the root of x                          */
    uint64_t *part; /* the first part of each stretch, and behind the last: most pairs lie in the */
    /* first stretches, so several parts take turns at the primes p of those        */
    double lookups; /* of all pairs, those of all stretches together                              */
    uint64_t turn, turns; /* of the first stretch, those before `turn` of all turns are done      */
};

/* One worker's memory. */
struct pairs_worker {
    struct sieve *sieve;
    struct table table;
    uint64_t stretch; /* the one after that which the table is of; 0: of none                    */
};

#endif
