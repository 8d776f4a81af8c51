/* What the rest of the library asks of a topology, beyond the public header.
 *
 * A plan maps every worker number to a place (a set of PUs on one NUMA node). It is a pure function
 * of the picture that was taken, so that it can be tested on machines that are not there; only
 * topology_bind() acts, and only where the picture is of this machine. */
#ifndef TOPOLOGY_TOPOLOGY_H
#define TOPOLOGY_TOPOLOGY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "yoke/topology.h"

/* The number of NUMA nodes that the plan uses, at least 1. The library numbers them densely, from
 * 0 to this number less 1, nodes without usable cores left out. */
unsigned topology_nodes(const yoke_topology *topology);

/* The dense number of the node of `worker`. Any worker number is allowed: beyond the usable cores
 * (beyond the usable PUs, when the topology decided on more workers than cores) the plan starts
 * over. For every n the workers 0 to n - 1 are spread over the nodes in proportion to the usable
 * cores, so a server may run any number of them without moving one. */
unsigned topology_node_of(const yoke_topology *topology, unsigned worker);

/* Fills `order` with the dense numbers of the other nodes, nearest to `node` first. */
void topology_nearest(const yoke_topology *topology, unsigned node, unsigned *order);

/* hwloc's logical index of dense node `node`, for people to read. */
unsigned topology_node_index(const yoke_topology *topology, unsigned node);

/* As yoke_topology_place(), for any worker number. */
const char *topology_place_of(const yoke_topology *topology, unsigned worker);

/* Whether yoke binds threads at all: false when the user lets OpenMP bind them (OMP_PROC_BIND,
 * OMP_PLACES, GOMP_CPU_AFFINITY) and when the picture is not of this machine. */
bool topology_binds(const yoke_topology *topology);

/* Until the topology is released, other pictures of this machine come to the cores of its workers
 * last; if it binds workers to cores. */
void topology_hold(yoke_topology *topology);

/* After a fork, in the child, which has none of the parent's workers. */
void topology_reset_held(void);

/* Where the calling thread may run, as a location string that the caller frees, if somebody else
 * than yoke has decided on that; NULL if nobody else has, or without memory. */
char *topology_place_here(const yoke_topology *topology);

/* Binds the calling thread to the place of `worker`; does nothing where topology_binds() is false.
 * YOKE_SYSTEM when the system refuses: the thread then runs where it ran before. */
yoke_status topology_bind(const yoke_topology *topology, unsigned worker);

/* The same to another thread, which must not have ended; false when it stays as it was. */
bool topology_bind_other(const yoke_topology *topology, unsigned worker, pthread_t thread);

/* The lowest of these workers in whose place the calling thread is running; `workers` for none. */
unsigned topology_worker_here(const yoke_topology *topology, unsigned node, unsigned workers);

/* A set of usable PUs, named by an hwloc location string. */
typedef struct topology_location topology_location;

/* Reads `text`: objects as TYPE:INDEXES with logical indexes (those of lstopo) such as "numa:1",
 * "core:0-3", "pu:1,3", "core:all", "package:0.core:1" for one inside another, or "all"; several
 * separated by spaces are taken together. Whatever of it may not be used is left out. The caller
 * frees the location, while the topology is open. YOKE_NO_MEMORY; YOKE_INVALID when it is not
 * understood or nothing of it may be used, with a message that says what there is. */
yoke_status topology_locate(const yoke_topology *topology, const char *text,
                            topology_location **location);
void topology_location_free(topology_location *location);

/* Whether some of the dense node's cores, or the whole place of `worker`, lie inside. */
bool topology_location_has_node(const yoke_topology *topology, const topology_location *location,
                                unsigned node);
bool topology_location_has_worker(const yoke_topology *topology, const topology_location *location,
                                  unsigned worker);

/* As topology_bind(), to the location. */
yoke_status topology_location_bind(const yoke_topology *topology,
                                   const topology_location *location);

/* Has the pages at `memory`, which no one has touched yet, lie on the nodes of the location, as
 * long as these have room. A wish: where topology_binds() is false or the system refuses they lie
 * where they are first touched. */
void topology_location_bind_memory(const yoke_topology *topology, const topology_location *location,
                                   void *memory, size_t size);

/* Data cache sizes in bytes of one core, 0 where unknown; `l3` is the core's share of its L3. */
struct topology_caches {
    size_t l1, l2, l3;
};

/* The smallest caches among the usable cores, so that what is sized by them fits everywhere. */
struct topology_caches topology_caches(const yoke_topology *topology);

#endif
