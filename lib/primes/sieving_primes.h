/* Finding the sieving primes: plainly where they are few, else by the sieve itself. */
#ifndef PRIMES_SIEVING_PRIMES_H
#define PRIMES_SIEVING_PRIMES_H

#include <stdint.h>

#include "isa/isa.h"
#include "prime_cursor.h"
#include "yoke/server.h"
#include "yoke/status.h"

/* Finds the odd primes up to `limit`, by the workers of the server where it is not NULL and it
 * pays. Takes one thread about 1 ms for 1e6 and 0.4 s for 2^32. The caller closes the primes. A
 * failure leaves nothing behind: YOKE_NO_MEMORY, or why the server's workers could not. */
yoke_status sieving_primes_open(yoke_server *server, uint32_t limit, const struct isa *isa,
                                struct sieving_primes *primes);
void sieving_primes_close(struct sieving_primes *primes);

#endif
