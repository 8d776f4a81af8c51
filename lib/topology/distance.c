/* Orders the NUMA nodes by how far they are from one: a scheduler takes jobs from near ones first.
 */
#include "distance.h"

#include <stdlib.h>

#include "snapshot.h"

static hwloc_obj_t node_object(const yoke_topology *topology, unsigned node)
{
    return hwloc_get_obj_by_type(topology->hwloc, HWLOC_OBJ_NUMANODE, topology->nodes[node]);
}

/* The matrix of latencies that the firmware reports, or NULL. */
static struct hwloc_distances_s *latencies(const yoke_topology *topology)
{
    struct hwloc_distances_s *matrix = NULL;
    unsigned count = 1;
    if (hwloc_distances_get_by_type(topology->hwloc, HWLOC_OBJ_NUMANODE, &count, &matrix,
                                    HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0))
        return NULL;
    return count ? matrix : NULL;
}

/* Small is near. Without reported latencies, the deeper in the tree two nodes have their first
 * common ancestor, the nearer they are. */
static uint64_t distance(hwloc_topology_t hwloc, struct hwloc_distances_s *matrix, hwloc_obj_t from,
                         hwloc_obj_t to)
{
    hwloc_uint64_t there, back;
    if (!from || !to)
        return 0;
    if (matrix && !hwloc_distances_obj_pair_values(matrix, from, to, &there, &back))
        return there;
    hwloc_obj_t common = hwloc_get_common_ancestor_obj(hwloc, from->parent, to->parent);
    return (uint64_t)(hwloc_topology_get_depth(hwloc) - common->depth);
}

void distance_order(const yoke_topology *topology, unsigned node, unsigned *order)
{
    unsigned nodes = topology->counts.usable_nodes;
    struct hwloc_distances_s *matrix = latencies(topology);
    hwloc_obj_t from = node_object(topology, node);
    /* An insertion sort, as there are few nodes. Of equally near ones the next higher number comes
     * first, so that the nodes do not all turn to the same one. */
    for (unsigned i = 1; i < nodes; i++) {
        unsigned other = (node + i) % nodes, place = i - 1;
        uint64_t far = distance(topology->hwloc, matrix, from, node_object(topology, other));
        while (place && distance(topology->hwloc, matrix, from,
                                 node_object(topology, order[place - 1])) > far) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = other;
    }
    if (matrix)
        hwloc_distances_release(topology->hwloc, matrix);
}
