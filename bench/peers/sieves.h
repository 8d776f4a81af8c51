/* Who takes part: yoke's own ways to find primes, those of others where they are installed, and
 * programs that the user names. Each function adds nothing where the contest is full. */
#ifndef PEERS_SIEVES_H
#define PEERS_SIEVES_H

#include <stdbool.h>

#include "peer.h"
#include "rounds/contest.h"

/* Trial division in one thread, below at most 1e6: it would need years for the bounds of a sieve.
 */
void sieves_add_trial_division(struct contest *contest, struct interval interval);

/* The segmented sieve in the calling thread, without a server. */
void sieves_add_sequential(struct contest *contest, struct interval interval);

/* The segmented sieve on 1 ... `workers` workers of a server: every number up to 8, then powers of
 * two and `workers` itself. `isa` is the instruction set; NULL: what yoke takes by itself. */
void sieves_add_yoke(struct contest *contest, struct interval interval, unsigned workers,
                     const char *isa);

/* The sum of all primes below the interval's end, and their count, by Gourdon's method; otherwise
 * as above. The interval starts at 0. */
void sieves_add_below(struct contest *contest, struct interval interval, unsigned workers,
                      const char *isa);

/* libprimesieve: counting with one thread and with `workers`, and summing through its iterator,
 * which is how its manual says to do it, where the interval starts at 0. Nothing where primesieve
 * was not there when the benchmark was built. */
void sieves_add_primesieve(struct contest *contest, struct interval interval, unsigned workers);
void sieves_add_iterator(struct contest *contest, struct interval interval);

/* The version of primesieve, or NULL when the benchmark was built without it. */
const char *sieves_primesieve(void);

/* The user's program, on one thread and on `workers` where its command can be told. `below`: in
 * the row of those that sum or count up to the interval's end. */
void sieves_add_peer(struct contest *contest, struct interval interval, unsigned workers,
                     const struct peer *peer, bool below);

#endif
