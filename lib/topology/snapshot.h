/* What a topology is made of, for the files of this folder and their tests only.
 *
 * A PU is a hardware thread, a node is a NUMA node, and a snapshot is what was read at opening, of
 * this machine or of one that a description gives. topology.c fills it in, step by step; but for
 * `claims` it does not change afterwards, so any number of threads may read it. */
#ifndef TOPOLOGY_SNAPSHOT_H
#define TOPOLOGY_SNAPSHOT_H

#include <hwloc.h>
#include <stdbool.h>
#include <stddef.h>

#include "yoke/topology.h"

/* What only some versions of hwloc have: dies came with 2.1, and before 2.5 loading moves the
 * calling thread from processor to processor. */
#if HWLOC_API_VERSION < 0x00020100
#define TOPOLOGY_DIE HWLOC_OBJ_TYPE_MAX /* no object is one */
#else
#define TOPOLOGY_DIE HWLOC_OBJ_DIE
#endif
#if HWLOC_API_VERSION < 0x00020500
#define TOPOLOGY_KEEPS_BINDING 0
#else
#define TOPOLOGY_KEEPS_BINDING HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING
#endif

/* A core with at least one PU that this process may use. */
struct core {
    hwloc_obj_t object; /* the core, or the PU itself where hwloc knows of no cores              */
    unsigned first_pu;  /* logical index of its first usable PU                                  */
    unsigned pus;       /* how many of its PUs may be used                                       */
    unsigned node;      /* dense number of its node                                              */
    int efficiency;     /* hwloc's rank of its kind, higher is faster; -1 where unknown          */
    bool claimed;       /* another server of this process binds workers there                    */
};

/* One cache level over the usable cores; all 0 where no core has one. */
struct cache_level {
    size_t size_min, size_max;
    unsigned sharers_min, sharers_max; /* cores that share one cache                             */
    size_t share_min;                  /* bytes per sharing core                                 */
};

enum { CACHE_LEVELS = 3 };

/* Where a worker runs. */
struct plan_place {
    hwloc_bitmap_t cpus;
    char *name;
    hwloc_obj_t object; /* the core or PU that it is, NULL for several PUs of a core             */
    unsigned node;      /* dense number                                                          */
};

/* What workers are bound to: nothing, their NUMA node, or cores of their own, of all nodes in turn
 * or of one node after the other. */
enum binding { BIND_BY_OPENMP, BIND_NOTHING, BIND_NODES, BIND_SPREAD, BIND_CLOSE };

struct yoke_topology {
    hwloc_topology_t hwloc;
    bool here;         /* the snapshot is of this machine                                        */
    bool openmp_binds; /* OpenMP was told to bind threads itself                                 */
    enum binding binding;
    char binding_text[160];
    bool claims; /* the cores of its workers are claimed: see claims.h                           */
    hwloc_bitmap_t usable;
    yoke_topology_counts counts;
    struct core *cores; /* the usable ones, in logical order                                     */
    unsigned *nodes;    /* logical index of each dense node                                      */
    struct cache_level caches[CACHE_LEVELS];
    double quota; /* in cores; INFINITY without one                                              */
    unsigned workers;
    char reason[160];
    struct plan_place *places; /* in the order of the workers                                    */
    unsigned place_count;
};

#endif
