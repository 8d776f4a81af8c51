/* Binding threads to the places of the plan. This is the only part of a topology that acts on
 * threads, and it does so only where the snapshot is of this machine. */
#ifndef TOPOLOGY_BIND_H
#define TOPOLOGY_BIND_H

#include <pthread.h>
#include <stdbool.h>

#include "yoke/topology.h"

/* Whether yoke binds threads at all: false when the user lets OpenMP bind them (OMP_PROC_BIND,
 * OMP_PLACES, GOMP_CPU_AFFINITY) and when the snapshot is not of this machine. */
bool bind_is_on(const yoke_topology *topology);

/* Binds the calling thread to the place of `worker`; does nothing where bind_is_on() is false.
 * YOKE_SYSTEM when the system refuses: the thread then runs where it ran before. */
yoke_status bind_worker(const yoke_topology *topology, unsigned worker);

/* The same for another thread, which must not have ended; false when it stays as it was. */
bool bind_thread(const yoke_topology *topology, unsigned worker, pthread_t thread);

/* Where the calling thread may run, as a location string that the caller frees, if somebody else
 * than yoke has decided on that; NULL if nobody else has, or without memory. */
char *bind_place_here(const yoke_topology *topology);

/* The lowest of these workers in whose place the calling thread is running; `workers` for none. */
unsigned bind_worker_here(const yoke_topology *topology, unsigned node, unsigned workers);

/* The dense number of the node that the calling thread is running on, which may change at any
 * moment; 0 where it is on none. Costs a step for each node. */
unsigned bind_node_here(const yoke_topology *topology);

#endif
