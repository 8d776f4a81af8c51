/* What a program is told of its connection. */
#include "base/extensible.h"
#include "cluster.h"

yoke_status yoke_cluster_get_statistics(yoke_cluster *cluster, yoke_cluster_statistics *statistics)
{
    pthread_mutex_lock(&cluster->ledger->lock);
    yoke_cluster_statistics now = cluster->ledger->counts;
    if (cluster->ledger->latencies)
        now.latency /= (yoke_duration)cluster->ledger->latencies;
    pthread_mutex_unlock(&cluster->ledger->lock);
    return extensible_write(
        EXTENSIBLE(yoke_cluster_statistics, latency_least, "its size, the rest zero"), statistics,
        &now);
}
