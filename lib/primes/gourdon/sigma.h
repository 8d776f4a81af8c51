/* Sigma: everything that the tables up to z answer at once. */
#ifndef PRIMES_GOURDON_SIGMA_H
#define PRIMES_GOURDON_SIGMA_H

#include "context.h"

/* F(y) - 1, and of the pairs p < q (see pairs.h) what is left beside A and C. YOKE_CANCELLED: not
 * all of it. */
yoke_status sigma_total(const struct gourdon *gourdon, struct uint256 *total);

/* The pairs p < q <= sqrt(x), p > y, that B has too much: with the weights `above` of the primes in
 * (y, sqrt(x)] and the sum `squares` of their squared weights,
 *
 *     sum over y < p <= sqrt(x) of f(p) F(p - 1) = F(y) above + (above^2 - squares) / 2. */
struct uint256 sigma_squares(const struct gourdon *gourdon, uint128 above, uint128 squares);

#endif
