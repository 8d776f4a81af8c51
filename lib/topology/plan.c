/* Which worker goes where.
 *
 * Cores come first. The workers take turns among the nodes so that the first n of them, for every
 * n, are spread in proportion to the nodes' usable cores: a server that runs fewer workers for a
 * while still uses all memory controllers. Within a node faster kinds of cores come before slower
 * ones. Only when there are more workers than cores is a place a single PU: first one PU of every
 * core, then the second of every core that has one, and so on. */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "claims.h"
#include "policy.h"
#include "snapshot.h"

/* A node's part in one round, that is, in handing out one PU of each core. */
struct share {
    unsigned next;   /* in the sorted cores                                                      */
    unsigned cores;  /* that take part                                                           */
    unsigned placed; /* workers so far                                                           */
};

static yoke_status no_memory(void)
{
    return error_set(YOKE_NO_MEMORY, "no memory for the places of the workers");
}

/* qsort() may change the order of equals: the PU as the last key makes the plan a pure function. */
static int by_node_and_speed(const void *left, const void *right)
{
    const struct core *a = *(const struct core *const *)left;
    const struct core *b = *(const struct core *const *)right;
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    if (a->claimed != b->claimed)
        return a->claimed ? 1 : -1;
    if (a->efficiency != b->efficiency)
        return a->efficiency > b->efficiency ? -1 : 1;
    return a->first_pu < b->first_pu ? -1 : 1;
}

/* One node after the other, but claimed ones come last. */
static int by_claim_and_node(const void *left, const void *right)
{
    const struct core *a = *(const struct core *const *)left;
    const struct core *b = *(const struct core *const *)right;
    return a->claimed != b->claimed ? (a->claimed ? 1 : -1) : by_node_and_speed(left, right);
}

static const struct core **sort_cores(yoke_topology *topology)
{
    unsigned count = topology->counts.usable_cores;
    const struct core **sorted = calloc(count, sizeof *sorted);
    if (!sorted)
        return NULL;
    for (unsigned i = 0; i < count; i++) {
        topology->cores[i].claimed = claims_core(topology, &topology->cores[i]);
        sorted[i] = &topology->cores[i];
    }
    qsort(sorted, count, sizeof *sorted,
          topology->binding == BIND_CLOSE ? by_claim_and_node : by_node_and_speed);
    return sorted;
}

/* The node whose next worker is due: the smallest (placed + 1/2) / cores, which follows the exact
 * proportion most closely (Webster's method). NULL when all are full. */
static struct share *node_due(struct share *shares, unsigned nodes)
{
    struct share *due = NULL;
    for (struct share *share = shares; share < shares + nodes; share++)
        if (share->placed < share->cores && (!due || (2ull * share->placed + 1) * due->cores <
                                                         (2ull * due->placed + 1) * share->cores))
            due = share;
    return due;
}

/* "core:3" for a whole core, "pu:5" or "pu:5 pu:7" for less. */
char *plan_name(const yoke_topology *topology, const struct plan_place *place)
{
    char *name = NULL;
    size_t size;
    FILE *stream = open_memstream(&name, &size);
    if (!stream)
        return NULL;
    if (place->object) {
        fprintf(stream, "%s:%u", place->object->type == HWLOC_OBJ_CORE ? "core" : "pu",
                place->object->logical_index);
    } else {
        hwloc_obj_t pu = NULL;
        const char *separator = "";
        while ((pu = hwloc_get_next_obj_inside_cpuset_by_type(topology->hwloc, place->cpus,
                                                              HWLOC_OBJ_PU, pu))) {
            fprintf(stream, "%spu:%u", separator, pu->logical_index);
            separator = " ";
        }
    }
    if (fclose(stream)) {
        free(name);
        return NULL;
    }
    return name;
}

/* Appends the place of the usable PU number `which` of a core, or of all of them. */
enum { ALL_PUS = -1 };

static yoke_status add_place(yoke_topology *topology, const struct core *core, int which)
{
    struct plan_place *place = &topology->places[topology->place_count++];
    place->node = core->node;
    place->cpus = hwloc_bitmap_alloc();
    if (!place->cpus)
        return no_memory();
    int seen = 0;
    hwloc_obj_t pu = hwloc_get_obj_by_type(topology->hwloc, HWLOC_OBJ_PU, core->first_pu);
    for (; pu && seen < (int)core->pus; pu = pu->next_cousin) {
        if (!hwloc_bitmap_isset(topology->usable, pu->os_index))
            continue;
        if (which == ALL_PUS || which == seen) {
            place->object = hwloc_bitmap_iszero(place->cpus) ? pu : NULL;
            if (hwloc_bitmap_set(place->cpus, pu->os_index))
                return no_memory();
        }
        seen++;
    }
    if (hwloc_bitmap_isequal(place->cpus, core->object->cpuset))
        place->object = core->object;
    place->name = plan_name(topology, place);
    return place->name ? YOKE_OK : no_memory();
}

/* Sorted cores stand node by node: finds where each node's begin and how many have more than
 * `round` usable PUs. */
static void open_round(const yoke_topology *topology, const struct core **sorted,
                       struct share *shares, unsigned round)
{
    for (unsigned node = 0; node < topology->counts.usable_nodes; node++)
        shares[node] = (struct share){0};
    /* Backwards, so that `next` ends at the first core of each node. */
    for (unsigned i = topology->counts.usable_cores; i-- > 0;) {
        shares[sorted[i]->node].next = i;
        shares[sorted[i]->node].cores += sorted[i]->pus > round;
    }
}

/* One PU of each core, then the second of each that has one, node after node. */
static yoke_status fill_closely(yoke_topology *topology, const struct core **sorted,
                                unsigned wanted)
{
    bool whole_cores = topology->workers <= topology->counts.usable_cores;
    for (unsigned round = 0; topology->place_count < wanted; round++)
        for (unsigned i = 0; i < topology->counts.usable_cores && topology->place_count < wanted;
             i++) {
            yoke_status status = YOKE_OK;
            if (sorted[i]->pus > round)
                status = add_place(topology, sorted[i], whole_cores ? ALL_PUS : (int)round);
            if (status)
                return status;
        }
    return YOKE_OK;
}

/* Lets the worker run anywhere among these cpus of its node. The plan by cores was made before, as
 * it decides how many workers each node has. */
static yoke_status widen(const yoke_topology *topology, struct plan_place *place,
                         hwloc_const_bitmap_t cpus)
{
    free(place->name);
    place->object = NULL;
    if (hwloc_bitmap_copy(place->cpus, cpus) ||
        asprintf(&place->name, "numa:%u", topology->nodes[place->node]) < 0) {
        place->name = NULL;
        return no_memory();
    }
    return YOKE_OK;
}

static yoke_status widen_to_node(yoke_topology *topology, unsigned node, hwloc_bitmap_t cpus)
{
    hwloc_bitmap_zero(cpus);
    for (unsigned i = 0; i < topology->counts.usable_cores; i++)
        if (topology->cores[i].node == node &&
            hwloc_bitmap_or(cpus, cpus, topology->cores[i].object->cpuset))
            return no_memory();
    yoke_status status = hwloc_bitmap_and(cpus, cpus, topology->usable) ? no_memory() : YOKE_OK;
    for (unsigned i = 0; i < topology->place_count && status == YOKE_OK; i++)
        if (topology->places[i].node == node)
            status = widen(topology, &topology->places[i], cpus);
    return status;
}

static yoke_status widen_to_nodes(yoke_topology *topology)
{
    hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    yoke_status status = cpus ? YOKE_OK : no_memory();
    for (unsigned node = 0; node < topology->counts.usable_nodes && status == YOKE_OK; node++)
        status = widen_to_node(topology, node, cpus);
    hwloc_bitmap_free(cpus);
    return status;
}

static yoke_status fill_places(yoke_topology *topology, const struct core **sorted,
                               struct share *shares, unsigned wanted)
{
    bool whole_cores = topology->workers <= topology->counts.usable_cores;
    for (unsigned round = 0; topology->place_count < wanted; round++) {
        open_round(topology, sorted, shares, round);
        struct share *due;
        while (topology->place_count < wanted &&
               (due = node_due(shares, topology->counts.usable_nodes))) {
            while (sorted[due->next]->pus <= round)
                due->next++;
            due->placed++;
            yoke_status status =
                add_place(topology, sorted[due->next++], whole_cores ? ALL_PUS : (int)round);
            if (status)
                return status;
        }
    }
    return YOKE_OK;
}

static yoke_status fill(yoke_topology *topology, const struct core **sorted, struct share *shares,
                        unsigned wanted)
{
    yoke_status status = topology->binding == BIND_CLOSE
                             ? fill_closely(topology, sorted, wanted)
                             : fill_places(topology, sorted, shares, wanted);
    return status == YOKE_OK && !policy_has_cores(topology) ? widen_to_nodes(topology) : status;
}

yoke_status plan_places(yoke_topology *topology)
{
    const yoke_topology_counts *counts = &topology->counts;
    /* Beyond that the plan repeats itself: see plan_node_of(). */
    unsigned wanted =
        topology->workers <= counts->usable_cores ? counts->usable_cores : counts->usable_pus;
    if (wanted > YOKE_WORKERS_MAX)
        wanted = YOKE_WORKERS_MAX;
    topology->places = calloc(wanted, sizeof *topology->places);
    const struct core **sorted = sort_cores(topology);
    struct share *shares = calloc(counts->usable_nodes, sizeof *shares);
    yoke_status status =
        topology->places && sorted && shares ? fill(topology, sorted, shares, wanted) : no_memory();
    free(sorted);
    free(shares);
    return status;
}

unsigned plan_nodes(const yoke_topology *topology)
{
    return topology->counts.usable_nodes;
}

unsigned plan_node_of(const yoke_topology *topology, unsigned worker)
{
    return topology->places[worker % topology->place_count].node;
}

unsigned plan_node_index(const yoke_topology *topology, unsigned node)
{
    return topology->nodes[node];
}

const char *plan_place_of(const yoke_topology *topology, unsigned worker)
{
    return topology->places[worker % topology->place_count].name;
}
