/* The side that submits. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "about.h"
#include "cluster.h"
#include "keeping.h"
#include "machine.h"

/* How long one that leaves waits for the hub to have heard it, in milliseconds. */
#define LEAVE_WAIT 1000

/* ---- what comes in --------------------------------------------------------------------------- */

static void take_results(void *context, natsMsg *message)
{
    yoke_cluster *cluster = context;
    char node[YOKE_CLUSTER_NAME_MAX + 1], client[WIRE_CLIENT_SIZE];
    struct wire_reader reader;
    struct wire_result result = {.state = YOKE_STATE_FAILED,
                                 .status = YOKE_SYSTEM,
                                 .message = "its node sent a malformed result"};
    size_t count = wire_results_open(&reader, node, natsMsg_GetData(message),
                                     (size_t)natsMsg_GetDataLength(message));
    for (size_t i = 0; i < count && wire_result_next(&reader, &result); i++)
        ledger_end(cluster->ledger, node, &result, 0);
    if (count == 0)
        ledger_malformed(cluster->ledger);
    if (count == 0 && wire_id_read(natsMsg_GetSubject(message) + strlen(RESULTS_SUBJECT), client,
                                   &result.sequence))
        ledger_end(cluster->ledger, "unknown", &result, 0);
    natsMsg_Ack(message, NULL);
    natsMsg_Destroy(message);
}

static void take_started(void *context, natsMsg *message)
{
    yoke_cluster *cluster = context;
    ledger_take_news(cluster->ledger, message);
    natsMsg_Destroy(message);
}

static natsStatus subscribe(yoke_cluster *cluster)
{
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof subject, STARTED_SUBJECT "%s", cluster->client);
    natsStatus status = natsConnection_SubscribeSync(&cluster->started.subscription,
                                                     cluster->connection.nats, subject);
    if (status != NATS_OK)
        return status;
    snprintf(subject, sizeof subject, RESULTS_SUBJECT "%s.*", cluster->client);
    return connection_subscribe(&cluster->connection, &cluster->results.subscription,
                                RESULTS_STREAM, subject, cluster->client);
}

static yoke_status listen(yoke_cluster *cluster)
{
    cluster->results.handle = take_results;
    cluster->started.handle = take_started;
    cluster->results.context = cluster->started.context = cluster;
    natsStatus subscribed = subscribe(cluster);
    if (subscribed != NATS_OK)
        return connection_failed(subscribed, "cannot ask for results");
    yoke_status status = listener_start(&cluster->results);
    return status == YOKE_OK ? listener_start(&cluster->started) : status;
}

/* ---- what ledger and recall want ------------------------------------------------------------- */

static void withdraw(void *context, const struct yoke_remote *job, uint64_t stored)
{
    yoke_cluster *cluster = context;
    connection_cancel(&cluster->connection, job->keyed ? cluster->kept->client : cluster->client,
                      job->sequence);
    connection_remove_job(&cluster->connection, stored);
}

static void let_go(void *context, const struct yoke_remote *job)
{
    yoke_cluster *cluster = context;
    keeping_let_go(cluster->kept, job);
}

static bool look(void *context, bool emptied)
{
    yoke_cluster *cluster = context;
    return !cluster->kept || kept_look(cluster->kept, emptied);
}

/* ---- the cluster ----------------------------------------------------------------------------- */

/* Two programs of one name, or one program after the other, never read each other's results. */
static yoke_status choose_client(yoke_cluster *cluster, bool durable)
{
    uint64_t number;
    if (!machine_random(&number))
        return yoke_error_set(YOKE_SYSTEM, "no random number from the system: %s", strerror(errno));
    snprintf(cluster->client, sizeof cluster->client, "%s-%016" PRIx64, cluster->connection.name,
             number);
    if (durable) /* no two of its programs ever give jobs the same number */
        cluster->ledger->next = number;
    return YOKE_OK;
}

static yoke_status open_kept(yoke_cluster *cluster, const yoke_cluster_options *options)
{
    if (!options->name)
        return yoke_error_set(YOKE_INVALID, "a durable program needs a name: that is what its jobs "
                                            "are found again by");
    yoke_status status = kept_open(&cluster->kept, &cluster->connection, cluster->ledger,
                                   cluster->client, options->timeout);
    if (status == YOKE_OK)
        status = kept_listen(cluster->kept);
    if (status != YOKE_OK)
        return status;
    cluster->ledger->let_go = let_go;
    cluster->recall.recipients[1] = (struct recipient){
        .stream = KEPT_STREAM, .subscription = cluster->kept->messages.subscription};
    return YOKE_OK;
}

static yoke_status start(yoke_cluster *cluster, const yoke_cluster_options *options)
{
    cluster->ledger = ledger_open();
    if (!cluster->ledger)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a cluster");
    yoke_status status = connection_open(&cluster->connection, options);
    if (status == YOKE_OK)
        status = choose_client(cluster, options->durable);
    if (status == YOKE_OK)
        status = cluster_open_outbox(cluster);
    if (status != YOKE_OK)
        return status;
    cluster->ledger->withdraw = withdraw;
    cluster->ledger->context = cluster;
    status = listen(cluster);
    if (status == YOKE_OK && options->durable)
        status = open_kept(cluster, options);
    cluster->recall.connection = &cluster->connection;
    cluster->recall.ledger = cluster->ledger;
    cluster->recall.recipients[0] =
        (struct recipient){.stream = RESULTS_STREAM, .subscription = cluster->results.subscription};
    cluster->recall.send = cluster_post_again;
    cluster->recall.look = look;
    cluster->recall.context = cluster;
    return status == YOKE_OK ? recall_start(&cluster->recall) : status;
}

yoke_status yoke_cluster_open(const yoke_cluster_options *options, yoke_cluster **opened)
{
    static const yoke_cluster_options defaults = YOKE_CLUSTER_OPTIONS_INIT;
    if (!opened)
        return yoke_error_set(YOKE_INVALID, "cluster is NULL; pass where the handle goes");
    yoke_cluster *cluster = calloc(1, sizeof *cluster);
    if (!cluster)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a cluster");
    yoke_status status = start(cluster, options ? options : &defaults);
    if (status == YOKE_OK)
        *opened = cluster;
    else
        yoke_cluster_release(cluster);
    return status;
}

/* Jobs that went together have one place, and follow each other. */
static void withdraw_all(yoke_cluster *cluster)
{
    struct ledger *ledger = cluster->ledger;
    uint64_t last = 0;
    pthread_mutex_lock(&ledger->lock);
    for (size_t i = 0; i < ledger->buckets; i++) {
        for (struct yoke_remote *job = ledger->jobs[i], *next; job; job = next) {
            next = job->next;
            if (job->keyed)
                continue;
            if (job->place != last)
                connection_remove_job(&cluster->connection, job->place);
            last = job->place;
            ledger_cancel(job, LEDGER_LEFT);
        }
    }
    pthread_mutex_unlock(&ledger->lock);
    /* Behind that nothing of ours is given to nodes. */
    connection_cancel_all(&cluster->connection, cluster->client);
    natsConnection_FlushTimeout(cluster->connection.nats, LEAVE_WAIT);
}

void yoke_cluster_release(yoke_cluster *cluster)
{
    if (!cluster)
        return;
    /* Whoever looks at the ledger first. */
    recall_stop(&cluster->recall);
    if (cluster->ledger)
        ledger_part(cluster->ledger);
    outbox_close(cluster->outbox);
    if (cluster->kept)
        kept_leave(cluster->kept);
    natsConnection *nats = cluster->connection.nats;
    if (cluster->ledger && nats && natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED)
        withdraw_all(cluster);
    if (cluster->results.started && natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED)
        js_DeleteConsumer(cluster->connection.stream, RESULTS_STREAM, cluster->client, NULL, NULL);
    if (nats)
        natsConnection_Close(nats);
    listener_stop(&cluster->results);
    listener_stop(&cluster->started);
    kept_close(cluster->kept);
    if (cluster->ledger)
        ledger_close(cluster->ledger);
    connection_close(&cluster->connection);
    free(cluster);
}

yoke_status yoke_cluster_wait(yoke_cluster *cluster, yoke_duration timeout)
{
    return ledger_wait(cluster->ledger, timeout);
}

yoke_status yoke_cluster_nodes(yoke_cluster *cluster, yoke_duration patience, yoke_node_visit visit,
                               void *context)
{
    if (!visit || patience < 0)
        return yoke_error_set(YOKE_INVALID, visit ? "patience must not be negative"
                                                  : "visit is NULL; pass what is to be called");
    unsigned malformed = 0;
    natsStatus status = about_ask(&cluster->connection, patience, visit, context, &malformed);
    while (malformed-- > 0)
        ledger_malformed(cluster->ledger);
    return status == NATS_OK ? YOKE_OK : connection_failed(status, "cannot ask for the nodes");
}
