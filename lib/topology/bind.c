#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/os.h"
#include "picture.h"

bool topology_binds(const yoke_topology *topology)
{
    return topology->here && topology->binding >= BIND_NODES;
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

bool topology_bind_other(const yoke_topology *topology, unsigned worker, pthread_t thread)
{
    return topology_binds(topology) &&
           !hwloc_set_thread_cpubind(topology->hwloc, thread,
                                     topology->places[worker % topology->place_count].cpus,
                                     HWLOC_CPUBIND_NOMEMBIND);
}

unsigned topology_worker_here(const yoke_topology *topology, unsigned node, unsigned workers)
{
    int cpu = os_processor_here();
    unsigned worker = 0;
    while (worker < workers && worker < topology->place_count &&
           (cpu < 0 || topology->places[worker].node != node ||
            !hwloc_bitmap_isset(topology->places[worker].cpus, (unsigned)cpu)))
        worker++;
    return worker < topology->place_count ? worker : workers;
}
