/* Trial division: the plain twin that everything faster is compared with. */
#ifndef PRIMES_TRIAL_H
#define PRIMES_TRIAL_H

#include <stdint.h>

#include "totals.h"

/* Adds the primes in [lo, hi), found by dividing each number n by 2, 3, 4, ... up to the root of
 * n, as Parallel Python's example does. YOKE_CANCELLED: not all of them. */
yoke_status trial_range(uint64_t lo, uint64_t hi, struct totals *totals);

#endif
