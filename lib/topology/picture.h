/* What a topology is made of, for the files of this folder only.
 *
 * Words: a PU is a hardware thread; a node is a NUMA node; a picture is what was read at opening,
 * of this machine or of one that was described to us. Opening goes through the functions below in
 * the order in which they stand: each fills its part of the struct and reads the earlier ones. */
#ifndef TOPOLOGY_PICTURE_H
#define TOPOLOGY_PICTURE_H

#include <hwloc.h>

#include "topology/topology.h"

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
    bool held;          /* another server of this process binds workers there                    */
};

/* One cache level over the usable cores; all 0 where no core has one. */
struct cache_level {
    size_t size_min, size_max;
    unsigned sharers_min, sharers_max; /* cores that share one cache                             */
    size_t share_min;                  /* bytes per sharing core                                 */
};

enum { CACHE_LEVELS = 3 };

/* Where a worker runs. */
struct place {
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
    bool here;         /* the picture is of this machine                                         */
    bool openmp_binds; /* OpenMP was told to bind threads itself                                 */
    enum binding binding;
    char binding_text[160];
    bool holds; /* the cores of its workers: see held.c                                          */
    hwloc_bitmap_t usable;
    yoke_topology_counts counts;
    struct core *cores; /* the usable ones, in logical order                                     */
    unsigned *nodes;    /* logical index of each dense node                                      */
    struct cache_level caches[CACHE_LEVELS];
    double quota; /* in cores; INFINITY without one                                              */
    unsigned workers;
    char reason[160];
    struct place *places; /* in the order of the workers                                         */
    unsigned place_count;
};

/* Loads the machine and finds what of it may be used. */
yoke_status topology_discover(yoke_topology *topology, const yoke_topology_options *options);

/* Leaves of what may be used what lies in the location. As topology_locate(). */
yoke_status topology_use(yoke_topology *topology, const char *text);

/* Sizes the caches of the usable cores. Cannot fail. */
void topology_measure_caches(yoke_topology *topology);

/* Sets `*cores` to the smallest CPU quota of the control groups that this process is in, INFINITY
 * when none sets one. Reads /proc and /sys below `root`, or those of the system when it is NULL.
 * YOKE_INVALID when a `root` is given that holds no /proc/self/cgroup. */
yoke_status topology_quota(const char *root, double *cores);

/* What the environment says about the number of workers: texts are NULL where unset. */
struct environment {
    const char *omp_num_threads;
    int openmp_threads; /* omp_get_max_threads()                                                 */
    int thread_limit;   /* omp_get_thread_limit()                                                */
    const char *slurm_cpus_per_task;
};

/* What the variable holds; NULL when that is nothing. */
const char *topology_variable(const char *name);

struct environment topology_environment(void);

/* Decides on the number of workers and the reason, from `asked` (0: nobody asked), the environment
 * and the usable cores and the quota in `topology`. Touches nothing else. */
yoke_status topology_decide(yoke_topology *topology, unsigned asked,
                            const struct environment *environment);

/* Decides what workers are bound to, and by whom: `bind` as in the options, `proc_bind` what
 * OMP_PROC_BIND holds. */
void policy_choose(yoke_topology *topology, const char *bind, const char *proc_bind);

/* Whether that names cores. */
bool policy_is_list(const char *bind);

/* Whether another server of this process binds workers to the core; and no more to those here. */
bool held_core(const yoke_topology *topology, const struct core *core);
void held_release(yoke_topology *topology);

/* Maps workers to places. */
yoke_status topology_plan(yoke_topology *topology);

/* Whether yoke binds workers to cores: else their places are whole nodes. */
static inline bool topology_has_cores(const yoke_topology *topology)
{
    return topology->binding >= BIND_SPREAD;
}

/* A location string for the place's object, or else for its cpus, which the caller frees. */
char *plan_name(const yoke_topology *topology, const struct place *place);

#endif
