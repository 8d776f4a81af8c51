/* Who takes part: yoke's own ways to find primes, and those of others where they are installed. */
#ifndef CONTEST_SIEVES_H
#define CONTEST_SIEVES_H

#include "contest.h"

/* Trial division in one thread, below at most 1e6: it would need years for the bounds of a sieve.
 */
void sieves_add_trial_division(struct contest *contest, uint64_t below);

/* The segmented sieve in the calling thread, then on 1 ... `workers` workers of a server: every
 * number up to 8, then powers of two and `workers` itself. */
void sieves_add_yoke(struct contest *contest, uint64_t below, unsigned workers);

/* libprimesieve: counting with one thread and with `workers`, and summing through its iterator,
 * which is how its manual says to do it. After sieves_add_yoke(), whose contenders get these as
 * their rivals. Nothing where primesieve was not there when the benchmark was built. */
void sieves_add_primesieve(struct contest *contest, uint64_t below, unsigned workers);

/* The version of primesieve, or NULL when the benchmark was built without it. */
const char *sieves_primesieve(void);

#endif
