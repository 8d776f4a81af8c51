/* The weights of the primes up to x without visiting them: Gourdon's method, with weights.
 *
 * With f(p) = p or 1, F(v) the weights of the primes up to v, and phi(v, b) the weights of the
 * numbers up to v without a prime factor among the first b primes, and for y = about x^(1/3), z >=
 * y:
 *
 *     F(x) = Phi0 + A + C + D + Sigma - B
 *
 * ../README.md has the formulas. Each term has a file of its own. */
#ifndef PRIMES_GOURDON_GOURDON_H
#define PRIMES_GOURDON_GOURDON_H

#include "base/uint256.h"
#include "context.h"
#include "primes/journal.h"
#include "primes/progress.h"

/* Finds the weights of the primes up to x, as above. With a journal, which may be NULL, it goes on
 * from there, and says now and then how far it has come. Errors: those of yoke_parallel_for();
 * YOKE_SYSTEM: the journal is of another sum. */
yoke_status gourdon_total(yoke_server *server, uint128 x, enum weight weight, const struct isa *isa,
                          struct gourdon_tuning tuning, struct progress *progress,
                          struct journal *journal, struct uint256 *total);

#endif
