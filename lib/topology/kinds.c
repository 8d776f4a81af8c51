/* Asks hwloc for the kinds of cores, in the words of its version: see kinds.h. */
#include "kinds.h"

#include <string.h>

#if HWLOC_API_VERSION < 0x00020400

int kinds_count(hwloc_topology_t hwloc)
{
    (void)hwloc;
    return 0;
}

int kinds_efficiency(hwloc_topology_t hwloc, hwloc_obj_t core)
{
    (void)hwloc, (void)core;
    return -1;
}

int kinds_describe(hwloc_topology_t hwloc, int number, hwloc_bitmap_t cpus, struct kind *kind)
{
    (void)hwloc, (void)number, (void)cpus, (void)kind;
    return -1;
}

#else

#include <hwloc/cpukinds.h>

struct information {
    const struct hwloc_info_s *entry;
    unsigned count;
};

/* Without `cpus` or `efficiency` (NULL) hwloc leaves these out. */
static int get_info(hwloc_topology_t hwloc, unsigned number, hwloc_bitmap_t cpus, int *efficiency,
                    struct information *information)
{
#if HWLOC_API_VERSION < 0x00030000
    struct hwloc_info_s *entry = NULL;
    unsigned count = 0;
    int failed = hwloc_cpukinds_get_info(hwloc, number, cpus, efficiency, &count, &entry, 0);
    *information = (struct information){entry, count};
#else
    struct hwloc_infos_s *found = NULL;
    int failed = hwloc_cpukinds_get_info(hwloc, number, cpus, efficiency, &found, 0);
    *information = (struct information){found ? found->array : NULL, found ? found->count : 0};
#endif
    return failed ? -1 : 0;
}

static const char *text_of(struct information information, const char *name)
{
    for (unsigned i = 0; i < information.count; i++)
        if (strcmp(information.entry[i].name, name) == 0)
            return information.entry[i].value;
    return NULL;
}

int kinds_count(hwloc_topology_t hwloc)
{
    int count = hwloc_cpukinds_get_nr(hwloc, 0);
    return count > 0 ? count : 0;
}

int kinds_efficiency(hwloc_topology_t hwloc, hwloc_obj_t core)
{
    int efficiency = -1;
    struct information information;
    int number = hwloc_cpukinds_get_by_cpuset(hwloc, core->cpuset, 0);
    if (number >= 0 && get_info(hwloc, (unsigned)number, NULL, &efficiency, &information))
        efficiency = -1;
    return efficiency;
}

int kinds_describe(hwloc_topology_t hwloc, int number, hwloc_bitmap_t cpus, struct kind *kind)
{
    struct information information;
    if (get_info(hwloc, (unsigned)number, cpus, NULL, &information))
        return -1;
    *kind =
        (struct kind){text_of(information, "CoreType"), text_of(information, "FrequencyMaxMHz")};
    return 0;
}

#endif
