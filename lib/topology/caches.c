/* Sizes the data caches of the usable cores, and finds how many cores share each: see caches.h. */
#include "caches.h"

#include "snapshot.h"

/* How many cores share the cache. Cores below one object are numbered without a gap, so the first
 * and the last tell. A cache below its core has one user. */
static unsigned cores_below(hwloc_topology_t hwloc, hwloc_obj_t cache)
{
    if (hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_CORE, cache))
        return 1;
    hwloc_obj_t first = cache, last = cache;
    while (first->type != HWLOC_OBJ_CORE && first->first_child)
        first = first->first_child;
    while (last->type != HWLOC_OBJ_CORE && last->last_child)
        last = last->last_child;
    return first->type == last->type ? last->logical_index - first->logical_index + 1 : 1;
}

static void add(struct cache_level *level, size_t size, unsigned sharers)
{
    size_t share = size / sharers;
    if (!level->size_max)
        *level = (struct cache_level){size, size, sharers, sharers, share};
    level->size_min = size < level->size_min ? size : level->size_min;
    level->size_max = size > level->size_max ? size : level->size_max;
    level->sharers_min = sharers < level->sharers_min ? sharers : level->sharers_min;
    level->sharers_max = sharers > level->sharers_max ? sharers : level->sharers_max;
    level->share_min = share < level->share_min ? share : level->share_min;
}

void caches_measure(yoke_topology *topology)
{
    static const hwloc_obj_type_t types[CACHE_LEVELS] = {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE,
                                                         HWLOC_OBJ_L3CACHE};
    for (unsigned i = 0; i < topology->counts.usable_cores; i++) {
        /* From a PU upwards, as caches may be above or below the core. */
        hwloc_obj_t pu =
            hwloc_get_obj_by_type(topology->hwloc, HWLOC_OBJ_PU, topology->cores[i].first_pu);
        for (int level = 0; level < CACHE_LEVELS; level++) {
            hwloc_obj_t cache = hwloc_get_ancestor_obj_by_type(topology->hwloc, types[level], pu);
            if (cache && cache->attr->cache.size)
                add(&topology->caches[level], (size_t)cache->attr->cache.size,
                    cores_below(topology->hwloc, cache));
        }
    }
}

struct cache_sizes caches_smallest(const yoke_topology *topology)
{
    const struct cache_level *levels = topology->caches;
    return (struct cache_sizes){levels[0].share_min, levels[1].share_min, levels[2].share_min};
}
