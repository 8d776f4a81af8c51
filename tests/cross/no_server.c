/* There is no job server here, and no job: the calling thread does everything. Loops prepare and
 * close a region all the same, which nobody joins. */
#include "server/lifecycle/region.h"
#include "server/lifecycle/running.h"

const yoke_job *running_job(void)
{
    return NULL;
}

void region_prepare(struct region *region)
{
    region->count = 0;
}

void region_give_way(const struct region *region)
{
    (void)region;
}

void region_close(struct region *region)
{
    (void)region;
}
