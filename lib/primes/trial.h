/* Trial division: the plain twin that everything faster is compared with. */
#ifndef PRIMES_TRIAL_H
#define PRIMES_TRIAL_H

#include <stdint.h>

#include "progress.h"
#include "totals.h"
#include "yoke/server.h"

/* Adds the primes in [lo, hi), found by dividing each number n by 2, 3, 4, ... up to the root of
 * n, as Parallel Python's example does. YOKE_CANCELLED: not all of them. */
yoke_status trial_range(uint64_t lo, uint64_t hi, struct totals *totals);

/* The same for lo < hi by all workers of the server, or the calling thread alone where it is NULL.
 * `progress`, which may be NULL, is told of every chunk. `totals` is written only with YOKE_OK.
 * Errors: those of totals_of_chunks(). */
yoke_status trial_totals(yoke_server *server, uint64_t lo, uint64_t hi, struct progress *progress,
                         struct totals *totals);

#endif
