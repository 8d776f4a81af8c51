/* The caches of this machine's processors, as the system tells them at once: where no server is
 * open, loading a topology would take longer than a small interval. */
#ifndef PRIMES_CACHES_H
#define PRIMES_CACHES_H

#include "base/processor.h"
#include "topology/caches.h"

static inline struct cache_sizes caches_here(void)
{
    return (struct cache_sizes){processor_cache_size(1), processor_cache_size(2), 0};
}

#endif
