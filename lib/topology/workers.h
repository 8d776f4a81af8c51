/* How many workers there are to be, and why. */
#ifndef TOPOLOGY_WORKERS_H
#define TOPOLOGY_WORKERS_H

#include "yoke/topology.h"

/* What the environment says about the number of workers: texts are NULL where unset. */
struct environment {
    const char *omp_num_threads;
    int openmp_threads; /* omp_get_max_threads()                                                 */
    int thread_limit;   /* omp_get_thread_limit()                                                */
    const char *slurm_cpus_per_task;
};

struct environment workers_environment(void);

/* What the environment variable holds; NULL when that is nothing. */
const char *workers_variable(const char *name);

/* Decides on the number of workers and the reason, from `asked` (0: nobody asked), the environment
 * and the usable cores and the quota in `topology`. Changes nothing else. YOKE_INVALID when a
 * variable that counts makes no sense. */
yoke_status workers_decide(yoke_topology *topology, unsigned asked,
                           const struct environment *environment);

#endif
