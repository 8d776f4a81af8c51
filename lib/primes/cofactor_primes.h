/* Finding the primes among the cofactors, where the plan wants them. */
#ifndef PRIMES_COFACTOR_PRIMES_H
#define PRIMES_COFACTOR_PRIMES_H

#include "kernels/kernels.h"
#include "plan.h"
#include "prime_walk.h"
#include "yoke/status.h"

/* Makes the plan's cofactor primes part of the sieving primes, which reach to the plan's root, in
 * the place of those of another plan; 0.1 s for 1e9 cofactors. YOKE_NO_MEMORY: there are none. */
yoke_status cofactor_primes_find(struct sieving_primes *primes, const struct plan *plan,
                                 const struct kernels *kernels);

void cofactor_primes_forget(struct sieving_primes *primes);

#endif
