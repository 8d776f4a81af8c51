/* Of C the leaves with p <= sqrt(z), where m may have many prime factors.
 *
 *     - sum over p of f(p) sum over max(h, z / p) < m <= z of mu(m) f(m) phi(x / (p m), before p)
 *
 * with the prime factors of m above p and up to y, and h = x / p^3: these leaves are easy, and
 * their values below p^2 <= z lie in the table. */
#ifndef PRIMES_GOURDON_COMPOSITE_H
#define PRIMES_GOURDON_COMPOSITE_H

#include "gourdon.h"

/* What the leaves of every `turns`-th prime come to, from prime number `turn` on: turn 0 to
 * turns - 1 together are the term. */
uint128 composite_total(const struct gourdon *gourdon, uint32_t turn, uint32_t turns);

#endif
