/* What a program is told of its jobs and of the nodes that ran them. */
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "cluster.h"

/* With the ledger's lock. */
static yoke_cluster_statistics look(const struct ledger *ledger)
{
    yoke_cluster_statistics now = ledger->counts;
    if (ledger->latencies)
        now.latency /= (yoke_duration)ledger->latencies;
    now.size = sizeof now;
    return now;
}

yoke_status yoke_cluster_get_statistics(yoke_cluster *cluster, yoke_cluster_statistics *statistics)
{
    if (!statistics || statistics->size != sizeof *statistics)
        return yoke_error_set(YOKE_INVALID,
                              "statistics.size must be sizeof(yoke_cluster_statistics)");
    pthread_mutex_lock(&cluster->ledger->lock);
    *statistics = look(cluster->ledger);
    pthread_mutex_unlock(&cluster->ledger->lock);
    return YOKE_OK;
}

/* With the ledger's lock. */
static void print_nodes(const struct ledger *ledger, FILE *stream)
{
    uint64_t all = 0;
    for (const struct ledger_node *node = ledger->nodes; node; node = node->next)
        all += node->jobs;
    for (const struct ledger_node *node = ledger->nodes; node; node = node->next)
        fprintf(stream, "    %6" PRIu64 " |        %6.2f |     %8.4f |  %11.6f | %s\n", node->jobs,
                100 * (double)node->jobs / (double)all, (double)node->busy / 1e9,
                (double)node->busy / 1e9 / (double)node->jobs, node->name);
}

static void print_all(struct ledger *ledger, FILE *stream)
{
    fputs("Job execution statistics:\n"
          " job count | % of all jobs | job time sum | time per job | job server\n",
          stream);
    pthread_mutex_lock(&ledger->lock);
    print_nodes(ledger, stream);
    yoke_cluster_statistics counts = look(ledger);
    pthread_mutex_unlock(&ledger->lock);
    fprintf(stream, "Time elapsed since the cluster was joined %.10g\n",
            (double)(clock_now() - ledger->opened) / 1e9);
    fprintf(stream,
            "%" PRIu64 " active tasks, %" PRIu64 " retried, %" PRIu64 " lost, %" PRIu64
            " bytes sent, %" PRIu64 " received\n",
            counts.active, counts.retried, counts.lost, counts.bytes_sent, counts.bytes_received);
    if (counts.latency)
        fprintf(stream, "latency %.6f s per job, %.6f s at least\n", (double)counts.latency / 1e9,
                (double)counts.latency_least / 1e9);
    if (counts.failed || counts.cancelled || counts.timed_out)
        fprintf(stream, "%" PRIu64 " failed, %" PRIu64 " cancelled, %" PRIu64 " timed out\n",
                counts.failed, counts.cancelled, counts.timed_out);
}

yoke_status yoke_cluster_print_statistics(yoke_cluster *cluster, FILE *stream)
{
    if (!stream)
        return yoke_error_set(YOKE_INVALID, "stream is NULL; pass stdout or an open file");
    /* A decimal point for whatever reads the table, also where the program's locale has a comma. */
    locale_t callers = uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
    print_all(cluster->ledger, stream);
    uselocale(callers);
    if (fflush(stream) != 0 || ferror(stream))
        return yoke_error_set(YOKE_SYSTEM, "cannot write the statistics: %s", strerror(errno));
    return YOKE_OK;
}
