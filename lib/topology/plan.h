/* Which worker runs where.
 *
 * A plan maps every worker number to a place: a set of PUs on one NUMA node. It is a pure function
 * of the snapshot, so that it can be tested with descriptions of other machines. Any worker number
 * is allowed in the functions below: beyond the usable cores (beyond the usable PUs, when the
 * topology decided on more workers than cores) the plan starts over. */
#ifndef TOPOLOGY_PLAN_H
#define TOPOLOGY_PLAN_H

#include "yoke/topology.h"

struct plan_place;

/* Makes the plan, after the binding was chosen. YOKE_NO_MEMORY. */
yoke_status plan_places(yoke_topology *topology);

/* A location string for the place's object, or else for its cpus, which the caller frees. NULL when
 * there is no memory. */
char *plan_name(const yoke_topology *topology, const struct plan_place *place);

/* The number of NUMA nodes that the plan uses, at least 1. The library numbers them densely, from
 * 0 to this number less 1, nodes without usable cores left out. */
unsigned plan_nodes(const yoke_topology *topology);

/* hwloc's logical index of dense node `node`, for people to read. */
unsigned plan_node_index(const yoke_topology *topology, unsigned node);

/* The dense number of the node of `worker`. For every n the workers 0 to n - 1 are spread over the
 * nodes in proportion to the usable cores, so a server may run any number of them without moving
 * one. */
unsigned plan_node_of(const yoke_topology *topology, unsigned worker);

/* As yoke_topology_place(), for any worker number. */
const char *plan_place_of(const yoke_topology *topology, unsigned worker);

#endif
