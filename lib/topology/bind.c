/* Binds threads to their places through hwloc, or leaves them where others put them: see bind.h. */
#include "bind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/processor.h"
#include "plan.h"
#include "snapshot.h"

bool bind_is_on(const yoke_topology *topology)
{
    return topology->here && topology->binding >= BIND_NODES;
}

/* The object of these types that consists of the cpus, or NULL. */
static hwloc_obj_t find_object(const yoke_topology *topology, hwloc_const_bitmap_t cpus)
{
    static const hwloc_obj_type_t types[] = {HWLOC_OBJ_CORE, HWLOC_OBJ_PU};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        hwloc_obj_t object =
            hwloc_get_next_obj_covering_cpuset_by_type(topology->hwloc, cpus, types[i], NULL);
        if (object && hwloc_bitmap_isequal(object->cpuset, cpus))
            return object;
    }
    return NULL;
}

char *bind_place_here(const yoke_topology *topology)
{
    hwloc_bitmap_t cpus = NULL;
    char *name = NULL;
    if (topology->here && !bind_is_on(topology))
        cpus = hwloc_bitmap_alloc();
    if (!cpus || hwloc_get_cpubind(topology->hwloc, cpus, HWLOC_CPUBIND_THREAD)) {
        hwloc_bitmap_free(cpus);
        return NULL;
    }
    /* A core has a name of its own; other sets are listed PU by PU, unless they are everything. */
    hwloc_const_bitmap_t all = hwloc_topology_get_allowed_cpuset(topology->hwloc);
    const struct plan_place place = {.cpus = cpus, .object = find_object(topology, cpus)};
    name = !place.object && hwloc_bitmap_isincluded(all, cpus) ? strdup("all")
                                                               : plan_name(topology, &place);
    hwloc_bitmap_free(cpus);
    return name;
}

yoke_status bind_worker(const yoke_topology *topology, unsigned worker)
{
    if (!bind_is_on(topology))
        return YOKE_OK;
    const struct plan_place *place = &topology->places[worker % topology->place_count];
    /* NOMEMBIND: memory stays where the first touch puts it. hwloc may otherwise bind the thread's
     * memory along with it. */
    if (hwloc_set_cpubind(topology->hwloc, place->cpus,
                          HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_NOMEMBIND))
        return error_set(YOKE_SYSTEM, "cannot bind worker %u to %s (%s): it runs unbound", worker,
                         place->name, strerror(errno));
    return YOKE_OK;
}

bool bind_thread(const yoke_topology *topology, unsigned worker, pthread_t thread)
{
    return bind_is_on(topology) &&
           !hwloc_set_thread_cpubind(topology->hwloc, thread,
                                     topology->places[worker % topology->place_count].cpus,
                                     HWLOC_CPUBIND_NOMEMBIND);
}

/* The places are looked at in the order of the workers, so this costs a step for each of them; a
 * thread's processor may change at any moment, so the answer is only a good guess. */
unsigned bind_worker_here(const yoke_topology *topology, unsigned node, unsigned workers)
{
    int cpu = processor_here();
    unsigned worker = 0;
    while (worker < workers && worker < topology->place_count &&
           (cpu < 0 || topology->places[worker].node != node ||
            !hwloc_bitmap_isset(topology->places[worker].cpus, (unsigned)cpu)))
        worker++;
    return worker < topology->place_count ? worker : workers;
}

static bool is_on(const yoke_topology *topology, unsigned node, int cpu)
{
    hwloc_obj_t object =
        hwloc_get_obj_by_type(topology->hwloc, HWLOC_OBJ_NUMANODE, topology->nodes[node]);
    return object && hwloc_bitmap_isset(object->cpuset, (unsigned)cpu);
}

unsigned bind_node_here(const yoke_topology *topology)
{
    int cpu = topology->here ? processor_here() : -1;
    for (unsigned node = 0; cpu >= 0 && node < plan_nodes(topology); node++)
        if (is_on(topology, node, cpu))
            return node;
    return 0;
}
