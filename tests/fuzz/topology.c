/* Descriptions of machines in hwloc's synthetic notation. XML files are left out: hwloc 2.9 itself
 * crashes on damaged ones. */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "yoke/topology.h"

static void open_topology(const yoke_topology_options *options)
{
    yoke_topology *topology = NULL;
    if (yoke_topology_open(options, &topology) != YOKE_OK) {
        EXPECT(*yoke_last_error());
        return;
    }
    yoke_topology_counts counts;
    yoke_topology_count(topology, &counts);
    EXPECT(counts.usable_cores >= 1 && counts.usable_cores <= counts.cores);
    unsigned workers = yoke_topology_workers(topology);
    EXPECT(workers >= 1 && workers <= YOKE_WORKERS_MAX);
    EXPECT(yoke_topology_place(topology, workers - 1) && !yoke_topology_place(topology, workers));
    FILE *nowhere = fopen("/dev/null", "w");
    EXPECT(nowhere && yoke_topology_print(topology, nowhere) == YOKE_OK);
    fclose(nowhere);
    yoke_topology_release(topology);
}

static void open_synthetic(const uint8_t *data, size_t size)
{
    char text[256] = "";
    memcpy(text, data, size < sizeof text ? size : sizeof text - 1);
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.synthetic = text;
    open_topology(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_synthetic(data, size);
    return 0;
}
