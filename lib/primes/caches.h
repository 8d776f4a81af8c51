/* The caches of the processor that the caller runs on, as the C library knows them: where no server
 * is open, loading a topology would take longer than a small interval. */
#ifndef PRIMES_CACHES_H
#define PRIMES_CACHES_H

#include <unistd.h>

#include "topology/topology.h"

static inline struct topology_caches caches_here(void)
{
    long l1 = sysconf(_SC_LEVEL1_DCACHE_SIZE);
    long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return (struct topology_caches){l1 > 0 ? (size_t)l1 : 0, l2 > 0 ? (size_t)l2 : 0, 0};
}

#endif
