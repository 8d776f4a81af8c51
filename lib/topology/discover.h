/* What hwloc finds on the machine, and what of it this process may use. */
#ifndef TOPOLOGY_DISCOVER_H
#define TOPOLOGY_DISCOVER_H

#include "yoke/topology.h"

/* Loads the machine, finds its usable cores and numbers their NUMA nodes: the first step of opening
 * a topology. YOKE_INVALID, YOKE_NO_MEMORY, YOKE_SYSTEM. */
yoke_status discover_machine(yoke_topology *topology, const yoke_topology_options *options);

#endif
