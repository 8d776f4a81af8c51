/* The cluster as an executor of a server: takes jobs whose kernels nodes know, and sends them.
 * Those who listen to the hub end them. */
#ifndef CLUSTER_ANNEX_H
#define CLUSTER_ANNEX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <yoke/executor.h>

/* While there is a server; from `nodes` on all is the thread's, once that runs. */
struct annex {
    atomic_bool taken; /* there is */
    yoke_executor *executor;
    bool remote_only;    /* the server has no workers: jobs need not wait here for a node */
    size_t room;         /* for an argument or a result */
    struct cache *cache; /* for kernels that run here */
    size_t cache_bound;
    pthread_t thread;
    bool started;
    struct pace *pace; /* of the latest job; NULL: none */
    unsigned nodes;    /* that wait for jobs, or did */
    int64_t looked, seen;
    int64_t missed; /* since when nodes have been looked for, again and again, in vain */
};

/* See yoke_executor_source. */
yoke_status annex_join(struct yoke_cluster *cluster, yoke_server *server);

#endif
