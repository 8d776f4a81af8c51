/* Kinds of cores on a machine that mixes several, such as fast and efficient ones. hwloc knows
 * kinds since 2.4, and reports them through another structure since 3.0. */
#ifndef TOPOLOGY_KINDS_H
#define TOPOLOGY_KINDS_H

#include <hwloc.h>

/* How many kinds there are; 0 where hwloc does not know. */
int kinds_count(hwloc_topology_t hwloc);

/* The rank of a core's kind: higher is faster; -1 where unknown. */
int kinds_efficiency(hwloc_topology_t hwloc, hwloc_obj_t core);

struct kind {
    const char *type;      /* its name, or NULL                                                  */
    const char *frequency; /* its most, in MHz, or NULL                                          */
};

/* Describes kind number `number`, the slowest is 0, and sets `cpus` to its hardware threads. The
 * texts are hwloc's. 0, or -1 when there is no such kind. */
int kinds_describe(hwloc_topology_t hwloc, int number, hwloc_bitmap_t cpus, struct kind *kind);

#endif
