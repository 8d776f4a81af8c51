/* What the tests of the topology share. */
#ifndef TESTS_WITH_TOPOLOGY_H
#define TESTS_WITH_TOPOLOGY_H

#include <criterion/criterion.h>
#include <stdlib.h>

#include "yoke/topology.h"

#define UNEVEN "tests/topology/uneven.xml" /* two nodes, of 4 and 2 cores */
#define HYBRID "tests/topology/hybrid.xml" /* 4 slow cores, then 2 fast ones of 2 PUs each */

static inline void clear_environment(void)
{
    unsetenv("OMP_NUM_THREADS");
    unsetenv("SLURM_CPUS_PER_TASK");
}

static inline yoke_topology *open_bound(const char *synthetic, unsigned workers, const char *bind)
{
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.synthetic = synthetic;
    options.workers = workers;
    options.bind = bind;
    yoke_topology *topology;
    cr_assert_eq(yoke_topology_open(&options, &topology), YOKE_OK, "%s", yoke_last_error());
    return topology;
}

static inline yoke_topology *open_synthetic(const char *synthetic, unsigned workers)
{
    return open_bound(synthetic, workers, NULL);
}

static inline yoke_topology *open_xml(const char *xml, unsigned workers)
{
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.xml = xml;
    options.workers = workers;
    yoke_topology *topology;
    cr_assert_eq(yoke_topology_open(&options, &topology), YOKE_OK, "%s", yoke_last_error());
    return topology;
}

static inline yoke_topology *open_here(void)
{
    yoke_topology *topology;
    cr_assert_eq(yoke_topology_open(NULL, &topology), YOKE_OK, "%s", yoke_last_error());
    return topology;
}

#endif
