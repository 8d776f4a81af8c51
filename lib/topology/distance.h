/* How far the NUMA nodes are from each other. */
#ifndef TOPOLOGY_DISTANCE_H
#define TOPOLOGY_DISTANCE_H

#include "yoke/topology.h"

/* Fills `order` with the dense numbers of the other nodes, nearest to `node` first. */
void distance_order(const yoke_topology *topology, unsigned node, unsigned *order);

#endif
