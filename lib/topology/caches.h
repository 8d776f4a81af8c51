/* The data caches of the usable cores. */
#ifndef TOPOLOGY_CACHES_H
#define TOPOLOGY_CACHES_H

#include <stddef.h>

#include "yoke/topology.h"

/* In bytes of one core, 0 where unknown; `l3` is the core's share of its L3. */
struct cache_sizes {
    size_t l1, l2, l3;
};

/* Sizes the caches of the usable cores. While the topology is being opened; cannot fail. */
void caches_measure(yoke_topology *topology);

/* The smallest caches among the usable cores, so that what is sized by them fits everywhere. */
struct cache_sizes caches_smallest(const yoke_topology *topology);

#endif
