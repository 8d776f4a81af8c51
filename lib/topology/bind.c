#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "picture.h"

bool topology_binds(const yoke_topology *topology)
{
    return topology->here && !topology->openmp_binds;
}

yoke_status topology_bind(const yoke_topology *topology, unsigned worker)
{
    if (!topology_binds(topology))
        return YOKE_OK;
    const struct place *place = &topology->places[worker % topology->place_count];
    /* Memory stays where the first touch puts it, whatever hwloc would tie to the processor. */
    if (hwloc_set_cpubind(topology->hwloc, place->cpus,
                          HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_NOMEMBIND))
        return error_set(YOKE_SYSTEM, "cannot bind worker %u to %s (%s): it runs unbound", worker,
                         place->name, strerror(errno));
    return YOKE_OK;
}
