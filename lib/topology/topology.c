/* Opening and reading a topology: the public calls. Opening goes through the modules in a fixed
 * order, each of which reads what the earlier ones have put into the structure of snapshot.h. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/extensible.h"
#include "caches.h"
#include "claims.h"
#include "discover.h"
#include "plan.h"
#include "policy.h"
#include "quota.h"
#include "snapshot.h"
#include "workers.h"

static yoke_status check(const yoke_topology_options *options)
{
    if (options->workers > YOKE_WORKERS_MAX)
        return error_set(YOKE_INVALID, "%u workers asked for: the limit is %d", options->workers,
                         YOKE_WORKERS_MAX);
    if (options->synthetic && options->xml)
        return error_set(YOKE_INVALID,
                         "both a synthetic and an XML topology are given: give one of them");
    return YOKE_OK;
}

static yoke_status take_snapshot(yoke_topology *topology, const yoke_topology_options *options)
{
    yoke_status status = discover_machine(topology, options);
    if (status)
        return status;
    caches_measure(topology);

    /* The quota of this machine does not hold for another one that is described. */
    topology->quota = INFINITY;
    if (topology->here || options->root)
        status = quota_read(options->root, &topology->quota);
    if (status)
        return status;

    struct environment environment = workers_environment();
    status = workers_decide(topology, options->workers, &environment);
    if (status)
        return status;
    policy_choose(topology, options->bind, workers_variable("OMP_PROC_BIND"));
    return plan_places(topology);
}

yoke_status yoke_topology_open(const yoke_topology_options *options, yoke_topology **topology)
{
    static const yoke_topology_options defaults = YOKE_TOPOLOGY_OPTIONS_INIT;
    yoke_topology_options copy;
    options = extensible_read(EXTENSIBLE(yoke_topology_options, bind, "YOKE_TOPOLOGY_OPTIONS_INIT"),
                              options ? options : &defaults, &copy);
    if (!options)
        return YOKE_INVALID;
    yoke_status status = check(options);
    if (status)
        return status;
    yoke_topology *opened = calloc(1, sizeof *opened);
    if (!opened)
        return error_set(YOKE_NO_MEMORY, "no memory for a topology");
    status = take_snapshot(opened, options);
    if (status)
        yoke_topology_release(opened);
    else
        *topology = opened;
    return status;
}

void yoke_topology_release(yoke_topology *topology)
{
    if (!topology)
        return;
    claims_drop(topology);
    for (unsigned i = 0; i < topology->place_count; i++) {
        hwloc_bitmap_free(topology->places[i].cpus);
        free(topology->places[i].name);
    }
    free(topology->places);
    free(topology->nodes);
    free(topology->cores);
    hwloc_bitmap_free(topology->usable);
    if (topology->hwloc)
        hwloc_topology_destroy(topology->hwloc);
    free(topology);
}

void yoke_topology_count(const yoke_topology *topology, yoke_topology_counts *counts)
{
    *counts = topology->counts;
}

unsigned yoke_topology_workers(const yoke_topology *topology)
{
    return topology->workers;
}

const char *yoke_topology_reason(const yoke_topology *topology)
{
    return topology->reason;
}

const char *yoke_topology_binding(const yoke_topology *topology)
{
    return topology->binding_text;
}

const char *yoke_topology_place(const yoke_topology *topology, unsigned worker)
{
    return worker < topology->workers ? plan_place_of(topology, worker) : NULL;
}

unsigned yoke_topology_node(const yoke_topology *topology, unsigned worker)
{
    if (worker >= topology->workers)
        return 0;
    return plan_node_index(topology, plan_node_of(topology, worker));
}
