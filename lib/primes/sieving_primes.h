/* Finding the sieving primes: plainly where they are few, else by the sieve itself. */
#ifndef PRIMES_SIEVING_PRIMES_H
#define PRIMES_SIEVING_PRIMES_H

#include <stdint.h>

#include "kernels/kernels.h"
#include "prime_walk.h"
#include "yoke/status.h"

/* Finds the odd primes up to `limit`. Takes about 1 ms for 1e6 and 0.8 s for 2^32. The caller
 * closes the list. YOKE_NO_MEMORY leaves nothing behind. */
yoke_status sieving_primes_open(uint32_t limit, const struct kernels *kernels,
                                struct sieving_primes *primes);
void sieving_primes_close(struct sieving_primes *primes);

#endif
