/* Which cores the workers of this process's servers are bound to: a server that opens later prefers
 * the others. Claims are counted for the whole process, under a lock of their own. */
#ifndef TOPOLOGY_CLAIMS_H
#define TOPOLOGY_CLAIMS_H

#include <stdbool.h>

#include "yoke/topology.h"

struct core;

/* Claims the cores of the topology's workers until claims_drop(): other topologies of this machine
 * use them last. Does nothing if its workers are not bound to cores, or if it has claimed them. */
void claims_take(yoke_topology *topology);
void claims_drop(yoke_topology *topology);

/* Whether a server of this process has claimed the core. False where the topology is not of this
 * machine. */
bool claims_core(const yoke_topology *topology, const struct core *core);

/* After a fork, in the child, which has none of the parent's workers: forgets all claims. */
void claims_reset(void);

#endif
