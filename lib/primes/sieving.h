/* Sieving a plan's interval by all the workers of a server, segment by segment in any order. */
#ifndef PRIMES_SIEVING_H
#define PRIMES_SIEVING_H

#include "progress.h"
#include "sieve.h"
#include "totals.h"
#include "yoke/server.h"

struct sieving {
    yoke_server *server; /* or NULL: the calling thread alone                                   */
    const struct plan *plan;
    const struct sieving_primes *primes; /* up to the plan's root                                */
    const struct isa *isa;
    /* What is done with each segment, by many workers at once. `totals` are the worker's own. */
    yoke_status (*each)(void *context, const struct segment *segment, const struct isa *isa,
                        struct totals *totals);
    void *context;
    struct progress *progress; /* told of every segment, as the plan weighs it, since a chunk may */
                               /* take minutes; begun by the caller, or NULL                     */
};

/* Blocks until all is done. Writes the sum of all workers' totals, only with YOKE_OK. Errors:
 * YOKE_NO_MEMORY, those of `each`, and those of totals_of_chunks(). */
yoke_status sieving_run(const struct sieving *sieving, struct totals *totals);

#endif
