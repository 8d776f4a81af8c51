/* Phi0: the ordinary leaves.
 *
 *     Phi0 = sum over m <= z of mu(m) f(m) phi(x / m, 7)
 *
 * with the prime factors of m above 17 and up to y. phi(v, 7) is had by one look, since the numbers
 * without the factors 2, 3, 5, 7, 11, 13 and 17 repeat every 510510. */
#ifndef PRIMES_GOURDON_PHI0_H
#define PRIMES_GOURDON_PHI0_H

#include "gourdon.h"

#define TINY_PRIMES  7
#define TINY_LARGEST 17
#define TINY_PERIOD  510510
#define TINY_BYTES   (TINY_PERIOD / 30)

/* Fills one period of the bitmap of modulus 30 of the numbers without tiny factors. */
void phi0_fill_wheel(uint8_t bytes[TINY_BYTES]);

/* Writes the term. Errors: YOKE_NO_MEMORY. */
yoke_status phi0_total(const struct gourdon *gourdon, uint128 *total);

#endif
