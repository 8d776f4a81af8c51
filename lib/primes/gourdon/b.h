/* B: the numbers with two prime factors above y.
 *
 *     B = sum over y < p <= sqrt(x) of f(p) F(x / p)
 *
 * The values x / p lie between sqrt(x) and x / y, where a segmented sieve finds F, while p falls.
 */
#ifndef PRIMES_GOURDON_B_H
#define PRIMES_GOURDON_B_H

#include <stdbool.h>

#include "stretches.h"
#include "terms.h"

struct b_term {
    struct merge merge;
    const struct gourdon *gourdon;
    struct stretches stretches; /* of the numbers up to x / y                                    */
    bool deep; /* the sums of a segment do not fit 64 bits                                      */
};

/* The totals of the parts: F, and of the primes p their weights and the squares of these. */
enum { B_BELOW, B_WEIGHTS, B_SQUARES, B_TOTALS };

/* One worker's memory. */
struct b_worker {
    struct sieve *sieve;
    struct table table;
    uint64_t *prime; /* some of the primes p, ascending                                          */
};

/* The pairs p < q <= sqrt(x), p > y, that B has too much: with the weights `above` of the primes in
 * (y, sqrt(x)] and the sum `squares` of their squared weights,
 *
 *     sum over y < p <= sqrt(x) of f(p) F(p - 1) = F(y) above + (above^2 - squares) / 2. */
struct uint256 b_squares(const struct gourdon *gourdon, uint128 above, uint128 squares);

#endif
