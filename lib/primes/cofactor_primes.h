/* Finding the primes among the cofactors, where the plan wants them. */
#ifndef PRIMES_COFACTOR_PRIMES_H
#define PRIMES_COFACTOR_PRIMES_H

#include "isa/isa.h"
#include "plan.h"
#include "prime_cursor.h"
#include "yoke/server.h"
#include "yoke/status.h"

/* Makes the plan's cofactor primes part of the sieving primes, which reach to the plan's root, in
 * the place of those of another plan, by the workers of the server or, where it is NULL, the caller
 * alone: 0.08 s of one thread for 1e9 cofactors. After a failure there are none: YOKE_NO_MEMORY, or
 * why the server's workers could not. */
yoke_status cofactor_primes_find(yoke_server *server, struct sieving_primes *primes,
                                 const struct plan *plan, const struct isa *isa);

void cofactor_primes_forget(struct sieving_primes *primes);

#endif
