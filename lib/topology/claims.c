/* Counts for each processor the workers that servers of this process have bound to it. */
#include "claims.h"

#include <string.h>

#include "base/lock.h"
#include "snapshot.h"

/* Indexed by the system's number of the processor. No machine of today has more; claims on higher
 * ones would not be counted. */
enum { PROCESSORS_COUNTED = 8192 };

/* A struct lock and no mutex: claims_reset() must free it in a child where its holder is gone. */
static struct lock lock;
static unsigned short claims[PROCESSORS_COUNTED];

bool claims_core(const yoke_topology *topology, const struct core *core)
{
    bool claimed = false;
    lock_take(&lock);
    for (int pu = hwloc_bitmap_first(core->object->cpuset); pu >= 0 && !claimed;
         pu = hwloc_bitmap_next(core->object->cpuset, pu))
        claimed = topology->here && pu < PROCESSORS_COUNTED && claims[pu] > 0;
    lock_give(&lock);
    return claimed;
}

/* By places and not by workers: workers beyond the places share those of the first ones. */
static void change(const yoke_topology *topology, int by)
{
    lock_take(&lock);
    for (unsigned i = 0; i < topology->workers && i < topology->place_count; i++)
        for (int pu = hwloc_bitmap_first(topology->places[i].cpus); pu >= 0;
             pu = hwloc_bitmap_next(topology->places[i].cpus, pu))
            if (pu < PROCESSORS_COUNTED)
                claims[pu] = (unsigned short)(claims[pu] + by);
    lock_give(&lock);
}

void claims_take(yoke_topology *topology)
{
    if (!topology->here || topology->binding < BIND_SPREAD || topology->claims)
        return;
    topology->claims = true;
    change(topology, 1);
}

void claims_reset(void)
{
    atomic_store(&lock.word, LOCK_FREE);
    memset(claims, 0, sizeof claims);
}

void claims_drop(yoke_topology *topology)
{
    if (topology->claims)
        change(topology, -1);
    topology->claims = false;
}
