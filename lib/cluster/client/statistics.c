/* What a program is told of its connection. */
#include "cluster.h"

yoke_status yoke_cluster_get_statistics(yoke_cluster *cluster, yoke_cluster_statistics *statistics)
{
    if (!statistics || statistics->size != sizeof *statistics)
        return yoke_error_set(YOKE_INVALID,
                              "statistics.size must be sizeof(yoke_cluster_statistics)");
    pthread_mutex_lock(&cluster->ledger->lock);
    *statistics = cluster->ledger->counts;
    if (cluster->ledger->latencies)
        statistics->latency /= (yoke_duration)cluster->ledger->latencies;
    pthread_mutex_unlock(&cluster->ledger->lock);
    statistics->size = sizeof *statistics;
    return YOKE_OK;
}
