/* Which processors servers of this process bind workers to. */
#include <string.h>

#include "base/lock.h"
#include "picture.h"

/* By the system's number; of more processors than any machine has today, the last go uncounted. */
enum { PROCESSORS_COUNTED = 8192 };

static struct lock lock;
static unsigned short holders[PROCESSORS_COUNTED];

bool held_core(const yoke_topology *topology, const struct core *core)
{
    bool held = false;
    lock_take(&lock);
    for (int pu = hwloc_bitmap_first(core->object->cpuset); pu >= 0 && !held;
         pu = hwloc_bitmap_next(core->object->cpuset, pu))
        held = topology->here && pu < PROCESSORS_COUNTED && holders[pu] > 0;
    lock_give(&lock);
    return held;
}

static void change(const yoke_topology *topology, int by)
{
    lock_take(&lock);
    for (unsigned i = 0; i < topology->workers && i < topology->place_count; i++)
        for (int pu = hwloc_bitmap_first(topology->places[i].cpus); pu >= 0;
             pu = hwloc_bitmap_next(topology->places[i].cpus, pu))
            if (pu < PROCESSORS_COUNTED)
                holders[pu] = (unsigned short)(holders[pu] + by);
    lock_give(&lock);
}

void topology_hold(yoke_topology *topology)
{
    if (!topology->here || topology->binding < BIND_SPREAD || topology->holds)
        return;
    topology->holds = true;
    change(topology, 1);
}

void topology_reset_held(void)
{
    atomic_store(&lock.word, LOCK_FREE);
    memset(holders, 0, sizeof holders);
}

void held_release(yoke_topology *topology)
{
    if (topology->holds)
        change(topology, -1);
    topology->holds = false;
}
