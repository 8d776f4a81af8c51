/* The side that submits. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "about.h"
#include "cluster.h"
#include "kernels.h"

/* How often a poison job may kill: a node's neighbour of it is charged for its death as well, and
 * so is every job that the hub's own death interrupts. */
#define DELIVERIES_DEFAULT 8

/* When the hub sends a result again that it takes for lost, and when it forgets a program that is
 * gone, in nanoseconds. */
#define RESULT_WAIT     ((int64_t)10 * 1000000000)
#define PROGRAM_SILENCE ((int64_t)3600 * 1000000000)

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
        ledger_end(cluster->ledger, node, &result);
    if (count == 0)
        ledger_malformed(cluster->ledger);
    if (count == 0 && wire_id_read(natsMsg_GetSubject(message) + strlen(RESULTS_SUBJECT), client,
                                   &result.sequence))
        ledger_end(cluster->ledger, "unknown", &result);
    natsMsg_Ack(message, NULL);
    natsMsg_Destroy(message);
}

static void take_started(void *context, natsMsg *message)
{
    yoke_cluster *cluster = context;
    struct wire_started started;
    struct wire_progress progress;
    const void *bytes = natsMsg_GetData(message);
    size_t size = (size_t)natsMsg_GetDataLength(message);
    if (wire_started_read(&started, bytes, size))
        ledger_started(cluster->ledger, &started);
    else if (wire_progress_read(&progress, bytes, size))
        ledger_progress(cluster->ledger, &progress);
    else
        ledger_malformed(cluster->ledger);
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
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = RESULTS_STREAM;
    options.ManualAck = true;
    options.Config.Durable = cluster->client;
    options.Config.AckWait = RESULT_WAIT;
    options.Config.InactiveThreshold = PROGRAM_SILENCE;
    snprintf(subject, sizeof subject, RESULTS_SUBJECT "%s.*", cluster->client);
    return js_SubscribeSync(&cluster->results.subscription, cluster->connection.stream, subject,
                            NULL, &options, NULL);
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

/* ---- what goes out --------------------------------------------------------------------------- */

/* Both messages are lost while the hub is away: the job then runs in vain. */
static void withdraw(void *context, uint64_t sequence, uint64_t stored)
{
    yoke_cluster *cluster = context;
    char id[WIRE_ID_SIZE];
    wire_id_write(id, cluster->client, sequence);
    if (natsConnection_Status(cluster->connection.nats) != NATS_CONN_STATUS_CONNECTED)
        return;
    natsConnection_PublishString(cluster->connection.nats, CANCEL_SUBJECT, id);
    if (stored)
        js_DeleteMsg(cluster->connection.stream, JOBS_STREAM, stored, NULL, NULL);
}

size_t cluster_room(yoke_cluster *cluster)
{
    uint64_t room = connection_room(&cluster->connection);
    return room > WIRE_ENVELOPE ? (size_t)room - WIRE_ENVELOPE : 0;
}

static yoke_status check_task(yoke_cluster *cluster, const yoke_cluster_task *task)
{
    if (!task || task->size != sizeof *task)
        return yoke_error_set(YOKE_INVALID, "task.size must be sizeof(yoke_cluster_task): start "
                                            "from YOKE_CLUSTER_TASK_INIT");
    if (!task->kernel || !wire_name_valid(task->kernel, YOKE_CLUSTER_NAME_MAX) || !task->version)
        return yoke_error_set(YOKE_INVALID,
                              "a job names a kernel, by at most %d letters, digits, "
                              "_ and -, and its version from 1 up",
                              YOKE_CLUSTER_NAME_MAX);
    if (task->node && !wire_name_valid(task->node, YOKE_CLUSTER_NAME_MAX))
        return yoke_error_set(YOKE_INVALID,
                              "node \"%.60s\": expected letters, digits, _ and -, at most %d",
                              task->node, YOKE_CLUSTER_NAME_MAX);
    if (task->argument_size && !task->argument)
        return yoke_error_set(YOKE_INVALID, "argument is NULL, but its size is %zu",
                              task->argument_size);
    if (task->time_limit < 0)
        return yoke_error_set(YOKE_INVALID, "time_limit must not be negative");
    size_t room = cluster_room(cluster);
    if (task->argument_size > room || task->result_size > room)
        return yoke_error_set(YOKE_INVALID,
                              "argument and result may have %zu bytes each, not %zu and "
                              "%zu: split the job, or raise the hub's max_payload",
                              room, task->argument_size, task->result_size);
    return YOKE_OK;
}

static void address(void *owner, const char *lane, const struct outbox_part *first,
                    struct outbox_address *address)
{
    const yoke_cluster *cluster = owner;
    snprintf(address->subject, SUBJECT_SIZE, JOBS_SUBJECT "%s", lane);
    wire_id_write(address->id, cluster->client, first->sequence);
}

static void note_stored(void *owner, const struct outbox_part *part)
{
    yoke_cluster *cluster = owner;
    ledger_stored(cluster->ledger, part);
}

static yoke_status open_outbox(yoke_cluster *cluster)
{
    unsigned char head[WIRE_HEAD_SIZE];
    const struct outbox_options options = {
        .connection = &cluster->connection,
        .head = head,
        .head_size = wire_jobs_head(head, cluster->client),
        .address = address,
        .ended = note_stored,
        .owner = cluster,
    };
    return outbox_open(&cluster->outbox, &options);
}

/* Without memory false, and nothing is on its way. */
static bool post(void *context, const struct pace *pace, const struct wire_job *wire)
{
    yoke_cluster *cluster = context;
    size_t size;
    unsigned char *bytes = wire_job_write(wire, &size);
    if (bytes &&
        outbox_post(cluster->outbox, pace->lane, &pace->most, wire->sequence, bytes, size, NULL))
        return true;
    free(bytes);
    return false;
}

yoke_status cluster_submit(yoke_cluster *cluster, const yoke_cluster_task *task, unsigned tries,
                           void *owner, yoke_remote **job)
{
    yoke_status status = check_task(cluster, task);
    if (status != YOKE_OK)
        return status;
    struct wire_job wire = {
        .time_limit = (uint64_t)task->time_limit,
        .deliveries = task->deliveries ? task->deliveries : DELIVERIES_DEFAULT,
        .tries = tries,
        .result_size = task->result_size,
        .argument = task->argument,
        .argument_size = task->argument_size,
    };
    char lane[LANE_SIZE];
    kernel_lane(lane, task->kernel, task->version, task->node);
    yoke_remote *added = ledger_add(cluster->ledger, lane, &wire, owner);
    if (!added)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a job");
    wire.sequence = added->sequence;
    if (!post(cluster, added->pace, &wire)) {
        ledger_disown(added);
        yoke_remote_cancel(added);
        yoke_remote_release(added);
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a job");
    }
    if (job)
        *job = added;
    else
        yoke_remote_release(added);
    return YOKE_OK;
}

yoke_status yoke_cluster_submit(yoke_cluster *cluster, const yoke_cluster_task *task,
                                yoke_remote **job)
{
    return cluster_submit(cluster, task, 1, NULL, job);
}

/* ---- the cluster ----------------------------------------------------------------------------- */

/* Two programs of one name, or one program after the other, never read each other's results. */
static yoke_status choose_client(yoke_cluster *cluster)
{
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return yoke_error_set(YOKE_SYSTEM, "getrandom: %s", strerror(errno));
    snprintf(cluster->client, sizeof cluster->client, "%s-%016" PRIx64, cluster->connection.name,
             number);
    return YOKE_OK;
}

static yoke_status start(yoke_cluster *cluster, const yoke_cluster_options *options)
{
    cluster->ledger = ledger_open();
    if (!cluster->ledger)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a cluster");
    yoke_status status = connection_open(&cluster->connection, options);
    if (status == YOKE_OK)
        status = choose_client(cluster);
    if (status == YOKE_OK)
        status = open_outbox(cluster);
    if (status != YOKE_OK)
        return status;
    cluster->ledger->withdraw = withdraw;
    cluster->ledger->withdraw_context = cluster;
    status = listen(cluster);
    cluster->recall.connection = &cluster->connection;
    cluster->recall.ledger = cluster->ledger;
    cluster->recall.results = cluster->results.subscription;
    cluster->recall.send = post;
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

void yoke_cluster_release(yoke_cluster *cluster)
{
    if (!cluster)
        return;
    /* Whoever looks at the ledger first. */
    recall_stop(&cluster->recall);
    outbox_close(cluster->outbox);
    natsConnection *nats = cluster->connection.nats;
    if (cluster->results.started && natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED)
        js_DeleteConsumer(cluster->connection.stream, RESULTS_STREAM, cluster->client, NULL, NULL);
    if (nats)
        natsConnection_Close(nats);
    listener_stop(&cluster->results);
    listener_stop(&cluster->started);
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

/* ---- statistics ------------------------------------------------------------------------------ */

yoke_status yoke_cluster_stats(yoke_cluster *cluster, yoke_cluster_statistics *statistics)
{
    if (!statistics || statistics->size != sizeof *statistics)
        return yoke_error_set(YOKE_INVALID,
                              "statistics.size must be sizeof(yoke_cluster_statistics)");
    pthread_mutex_lock(&cluster->ledger->lock);
    *statistics = cluster->ledger->counts;
    pthread_mutex_unlock(&cluster->ledger->lock);
    statistics->size = sizeof *statistics;
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

yoke_status yoke_cluster_print_stats(yoke_cluster *cluster, FILE *stream)
{
    if (!stream)
        return yoke_error_set(YOKE_INVALID, "stream is NULL; pass stdout or an open file");
    struct ledger *ledger = cluster->ledger;
    fputs("Job execution statistics:\n"
          " job count | % of all jobs | job time sum | time per job | job server\n",
          stream);
    pthread_mutex_lock(&ledger->lock);
    print_nodes(ledger, stream);
    yoke_cluster_statistics counts = ledger->counts;
    pthread_mutex_unlock(&ledger->lock);
    fprintf(stream, "Time elapsed since the cluster was joined %.10g\n",
            (double)(ledger_now() - ledger->opened) / 1e9);
    fprintf(stream,
            "%" PRIu64 " active tasks, %" PRIu64 " retried, %" PRIu64 " lost, %" PRIu64
            " bytes sent, %" PRIu64 " received\n",
            counts.active, counts.retried, counts.lost, counts.bytes_sent, counts.bytes_received);
    if (counts.failed || counts.cancelled || counts.timed_out)
        fprintf(stream, "%" PRIu64 " failed, %" PRIu64 " cancelled, %" PRIu64 " timed out\n",
                counts.failed, counts.cancelled, counts.timed_out);
    if (fflush(stream) != 0 || ferror(stream))
        return yoke_error_set(YOKE_SYSTEM, "cannot write the statistics: %s", strerror(errno));
    return YOKE_OK;
}
