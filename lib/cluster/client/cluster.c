/* The connection of a program, and what comes in by it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/extensible.h"
#include "cluster.h"
#include "cluster/durable/store.h"
#include "cluster/ledger/updates.h"
#include "cluster/limits.h"
#include "cluster/node/info.h"
#include "cluster/transport/machine.h"
#include "submit.h"

/* ---- what comes in --------------------------------------------------------------------------- */

/* How many results are handed on together. */
enum { RESULTS_MOST = 32 };

/* Whoever cannot be read must be called by the subject. */
static void take_malformed(yoke_cluster *cluster, const natsMsg *message)
{
    char client[WIRE_CLIENT_SIZE];
    struct wire_result result = {.state = YOKE_STATE_FAILED,
                                 .status = YOKE_SYSTEM,
                                 .message = "its node sent a malformed result"};
    updates_malformed(cluster->ledger);
    if (wire_id_read(natsMsg_GetSubject(message) + strlen(RESULTS_SUBJECT), client,
                     &result.sequence))
        updates_end(cluster->ledger, "unknown", &result, 1);
}

static void take_results(void *context, natsMsg *message)
{
    yoke_cluster *cluster = context;
    char node[YOKE_CLUSTER_NAME_MAX + 1];
    struct wire_reader reader;
    struct wire_result results[RESULTS_MOST];
    size_t count = wire_results_open(&reader, node, natsMsg_GetData(message),
                                     (size_t)natsMsg_GetDataLength(message));
    if (count == 0)
        take_malformed(cluster, message);
    while (count > 0) {
        size_t read = 0;
        while (read < RESULTS_MOST && read < count && wire_result_next(&reader, &results[read]))
            read++;
        updates_end(cluster->ledger, node, results, read);
        count -= read;
    }
    /* Last: if the hub has not heard it, the message comes again, and the ledger drops it. */
    natsMsg_Ack(message, NULL);
    natsMsg_Destroy(message);
}

static void take_started(void *context, natsMsg *message)
{
    yoke_cluster *cluster = context;
    updates_take(cluster->ledger, message);
    natsMsg_Destroy(message);
}

static natsStatus subscribe(yoke_cluster *cluster)
{
    char subject[SUBJECT_SIZE];
    /* Word of jobs that begin is in no stream: what is lost is not sent again. Results are in
     * one, and stay there until they are acknowledged. */
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

/* ---- what recovery wants --------------------------------------------------------------------- */

static bool look(void *context)
{
    yoke_cluster *cluster = context;
    return !cluster->session || session_look(cluster->session);
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

static yoke_status open_session(yoke_cluster *cluster, const yoke_cluster_options *options)
{
    if (!options->name)
        return yoke_error_set(YOKE_INVALID, "a durable program needs a name: that is what its jobs "
                                            "are found again by");
    yoke_status status = session_open(&cluster->session, &cluster->connection, cluster->ledger,
                                      cluster->client, options->timeout);
    if (status == YOKE_OK)
        status = session_listen(cluster->session);
    if (status != YOKE_OK)
        return status;
    cluster->recovery.recipients[1] = (struct recipient){
        .stream = SESSION_STREAM, .subscription = cluster->session->messages.subscription};
    return YOKE_OK;
}

static yoke_status start(yoke_cluster *cluster, const yoke_cluster_options *options)
{
    cluster->executor.cache_bound = options->cache;
    cluster->ledger = ledger_open();
    if (!cluster->ledger)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a cluster");
    yoke_status status = connection_open(&cluster->connection, options);
    if (status == YOKE_OK)
        status = choose_client(cluster, options->durable);
    if (status == YOKE_OK)
        status = submit_open_outbox(cluster);
    if (status == YOKE_OK)
        status = listen(cluster);
    if (status == YOKE_OK && options->durable)
        status = open_session(cluster, options);
    cluster->recovery.connection = &cluster->connection;
    cluster->recovery.ledger = cluster->ledger;
    cluster->recovery.recipients[0] =
        (struct recipient){.stream = RESULTS_STREAM, .subscription = cluster->results.subscription};
    cluster->recovery.send = submit_again;
    cluster->recovery.look = look;
    cluster->recovery.context = cluster;
    return status == YOKE_OK ? recovery_start(&cluster->recovery) : status;
}

yoke_status yoke_cluster_open(const yoke_cluster_options *options, yoke_cluster **opened)
{
    static const yoke_cluster_options defaults = YOKE_CLUSTER_OPTIONS_INIT;
    if (!opened)
        return yoke_error_set(YOKE_INVALID, "cluster is NULL; pass where the handle goes");
    yoke_cluster_options copy;
    options =
        extensible_read(EXTENSIBLE(yoke_cluster_options, durable, "YOKE_CLUSTER_OPTIONS_INIT"),
                        options ? options : &defaults, &copy);
    if (!options)
        return YOKE_INVALID;
    yoke_cluster *cluster = calloc(1, sizeof *cluster);
    if (!cluster)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a cluster");
    cluster->source.join = executor_join;
    yoke_status status = start(cluster, options);
    if (status == YOKE_OK)
        *opened = cluster;
    else
        yoke_cluster_release(cluster);
    return status;
}

/* Whatever is still on its way to nodes, or was when it was cancelled, is not run. Jobs with a key
 * are under the name of the session, and go on. */
static void withdraw_all(yoke_cluster *cluster)
{
    connection_cancel_all(&cluster->connection, cluster->client);
    natsConnection_FlushTimeout(cluster->connection.nats, LIMIT_MILLISECONDS(LEAVE_WAIT));
}

void yoke_cluster_release(yoke_cluster *cluster)
{
    if (!cluster)
        return;
    if (atomic_load(&cluster->executor.taken)) {
        yoke_log(YOKE_LOG_WARNING, "a cluster cannot be released before its server; ignored");
        return;
    }
    recovery_stop(&cluster->recovery); /* which looks at the ledger */
    outbox_close(cluster->outbox);
    if (cluster->session)
        session_leave(cluster->session);
    natsConnection *nats = cluster->connection.nats;
    if (cluster->ledger && nats && natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED)
        withdraw_all(cluster);
    /* Else the hub would keep it for PROGRAM_SILENCE. */
    if (cluster->results.started && natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED)
        js_DeleteConsumer(cluster->connection.stream, RESULTS_STREAM, cluster->client, NULL, NULL);
    /* This ends the waits of the listeners, which can be joined then. */
    if (nats)
        natsConnection_Close(nats);
    listener_stop(&cluster->results);
    listener_stop(&cluster->started);
    session_close(cluster->session);
    if (cluster->ledger)
        ledger_close(cluster->ledger);
    connection_close(&cluster->connection);
    free(cluster);
}

yoke_status yoke_cluster_nodes(yoke_cluster *cluster, yoke_duration patience, yoke_node_visit visit,
                               void *context)
{
    if (!visit || patience < 0)
        return yoke_error_set(YOKE_INVALID, visit ? "patience must not be negative"
                                                  : "visit is NULL; pass what is to be called");
    unsigned malformed = 0;
    natsStatus status = info_ask(&cluster->connection, patience, visit, context, &malformed);
    while (malformed-- > 0)
        updates_malformed(cluster->ledger);
    return status == NATS_OK ? YOKE_OK : connection_failed(status, "cannot ask for the nodes");
}
