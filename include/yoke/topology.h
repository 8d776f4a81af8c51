/* Which cores this process may use, and how they hang together.
 *
 * A topology is a snapshot of one machine taken when it is opened: what hwloc finds, cut down to
 * what the affinity mask, the container's CPU quota and the environment leave to this process. The
 * mask is that of the calling thread, the one that nproc and OpenMP go by; where OpenMP was told
 * to bind threads, its places count instead.
 * It never changes afterwards, so any number of threads may read it at once.
 *
 * The number of workers comes from the first of these that is given:
 *   1. `workers` in the options;
 *   2. OMP_NUM_THREADS, as OpenMP itself understands it;
 *   3. SLURM_CPUS_PER_TASK;
 *   4. the smaller of the usable cores and the CPU quota of the control group, rounded up.
 * OMP_THREAD_LIMIT caps every one of them. An empty variable counts as not set.
 * yoke_topology_reason() says which one decided.
 *
 * Workers are bound, unless OpenMP was told to bind its threads (then it does) or not to
 * (OMP_PROC_BIND=false: then nobody does), as `bind` says:
 *   auto     to a core each if they take all usable cores, otherwise to the cores of their NUMA
 *            node, so that the system moves them to those that nobody else keeps busy;
 *   none     not at all;
 *   spread   to a core each, of all NUMA nodes in turn;
 *   close    to a core each, of one NUMA node after the other;
 *   places   such as "core:4-7" or "numa:1", hwloc locations: to a core each of these, which are
 *            then all that may be used.
 * With spread and close, cores that another server of this process binds workers to come last. */
#ifndef YOKE_TOPOLOGY_H
#define YOKE_TOPOLOGY_H

#include "compiler.h"

#include <stddef.h>
#include <stdio.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef struct yoke_topology yoke_topology;

/* The most workers that may be asked for: well above the largest machines sold today (1024
 * hardware threads in one NUMA system), low enough that a slip of the keyboard is caught. */
#define YOKE_WORKERS_MAX 4096

typedef struct yoke_topology_options {
    size_t size;           /* sizeof(yoke_topology_options), set by YOKE_TOPOLOGY_OPTIONS_INIT   */
    unsigned workers;      /* 1 ... YOKE_WORKERS_MAX; 0: decide as described above               */
    const char *synthetic; /* an hwloc description such as "numa:2 core:4 pu:1", or NULL         */
    const char *xml;       /* path of a topology saved by `lstopo --of xml`, or NULL             */
    const char *root;      /* folder below which /proc and /sys are read for the quota, or NULL  */
    const char *bind;      /* "auto" or NULL, "none", "spread", "close", or places: see below    */
} yoke_topology_options;

#define YOKE_TOPOLOGY_OPTIONS_INIT                                                                 \
    {                                                                                              \
        sizeof(yoke_topology_options), 0, 0, 0, 0, 0                                               \
    }

/* Takes a snapshot of this machine, or of the one that `synthetic` or `xml` describes (not both):
 * then the affinity mask and the quota of this machine do not apply, and the snapshot serves to
 * see what yoke would decide there; a quota below `root` does apply, and so do the variables.
 * `options` may be NULL for all defaults and is not kept. Reads files and takes 2 to 10 ms, for
 * large machines 50 ms. Any thread.
 * Errors: YOKE_INVALID (unknown size, workers beyond the limit, a description or file that hwloc
 * does not understand, both sources, a `root` without proc/self/cgroup, an OMP_NUM_THREADS or
 * SLURM_CPUS_PER_TASK that is no number from 1 to YOKE_WORKERS_MAX), YOKE_NO_MEMORY, YOKE_SYSTEM
 * (the machine cannot be read). */
yoke_status yoke_topology_open(const yoke_topology_options *options, yoke_topology **topology);

/* Gives the topology back; NULL is allowed. No other call may be using it. */
void yoke_topology_release(yoke_topology *topology);

/* How many there are on the machine, and how many of them this process may use. Packages are 0
 * where hwloc knows of none; a usable node is one with usable cores. */
typedef struct yoke_topology_counts {
    unsigned nodes, packages, cores, pus; /* NUMA nodes, sockets, cores, hardware threads        */
    unsigned usable_nodes, usable_cores, usable_pus;
} yoke_topology_counts;

void yoke_topology_count(const yoke_topology *topology, yoke_topology_counts *counts);

/* The number of workers a server opened now would have: 1 ... YOKE_WORKERS_MAX. */
unsigned yoke_topology_workers(const yoke_topology *topology);

/* What its workers would be bound to and why, as a phrase: "each worker to a core of its own,
 * because the workers take all cores", "none, because OMP_PROC_BIND is false". Lives as long as the
 * topology. */
const char *yoke_topology_binding(const yoke_topology *topology);

/* Why it is that number, as a phrase that follows "because": "OMP_NUM_THREADS is 3", "the process
 * may use 2 cores". Lives as long as the topology. */
const char *yoke_topology_reason(const yoke_topology *topology);

/* The place of worker `worker`, counted from 0, as an hwloc location such as "core:3", or "pu:5",
 * or "pu:5 pu:7" for less than a whole core (logical indexes, those of lstopo). The workers take
 * turns among the NUMA nodes. Lives as long as the topology; NULL when there is no such worker. */
const char *yoke_topology_place(const yoke_topology *topology, unsigned worker);

/* The NUMA node, as hwloc's logical index, of worker `worker`; 0 when there is no such worker. */
unsigned yoke_topology_node(const yoke_topology *topology, unsigned worker);

/* Writes the machine, what of it may be used, the number of workers and why, and each worker's
 * place, in a form for people, and flushes the stream. "0-6:2 core:0-3" says that the workers 0,
 * 2, 4 and 6 are on the cores 0 to 3. Errors: YOKE_SYSTEM when the stream refuses. */
yoke_status yoke_topology_print(const yoke_topology *topology, FILE *stream);

/* Draws the same, as an SVG page for a browser: packages, NUMA nodes, shared caches,
 * cores and hardware threads as boxes within each other, the workers on their cores, and which
 * cores are left without one or may not be used. Takes time in proportion to cores times workers,
 * 10 ms for 128 of both, and flushes the stream. Errors: YOKE_SYSTEM when the stream refuses. */
yoke_status yoke_topology_draw(const yoke_topology *topology, FILE *stream);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
