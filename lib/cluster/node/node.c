/* Opens, drains and releases a node; its threads, which fetch jobs and tell the hub that the node
 * lives. See node.h. */
#include "node.h"
#include "base/extensible.h"
#include "cluster/limits.h"
#include "notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cancellations.h"
#include "cluster/blobs/cache.h"
#include "cluster/transport/clock.h"
#include "delivery.h"
#include "info.h"
#include "intake.h"

/* Two of three beats may be lost. */
#define BEATS_A_SILENCE 3

/* ---- taking jobs ----------------------------------------------------------------------------- */

static bool wait_for_room(struct yoke_node *node)
{
    pthread_mutex_lock(&node->lock);
    while (!node->draining && !delivery_has_room(node))
        pthread_cond_wait(&node->room, &node->lock);
    bool draining = node->draining;
    pthread_mutex_unlock(&node->lock);
    return !draining;
}

/* All nodes share one consumer for each kernel: the hub gives a job to one of them at a time. Both
 * kinds are of another name once the hub has lost its disk: what a node still had to say of a job
 * of old would be taken for another one that has its position now, which then nobody runs. */
static void name_consumer(const struct fetcher *fetcher, char subject[SUBJECT_SIZE],
                          char consumer[SUBJECT_SIZE])
{
    const struct connection *connection = &fetcher->node->connection;
    char channel[CHANNEL_SIZE];
    if (fetcher->kernel) {
        kernels_channel(channel, fetcher->kernel->name, fetcher->kernel->version, NULL);
        snprintf(subject, SUBJECT_SIZE, JOBS_SUBJECT "%s.>", channel);
        kernels_consumer(consumer, fetcher->kernel, connection->created);
    } else {
        snprintf(subject, SUBJECT_SIZE, PLACED_SUBJECT "%s.>", connection->name);
        snprintf(consumer, SUBJECT_SIZE, JOBS_VERSION "@%s-%" PRIx64, connection->name,
                 (uint64_t)connection->created);
    }
}

static natsStatus subscribe(struct fetcher *fetcher, natsSubscription **subscription)
{
    struct yoke_node *node = fetcher->node;
    char subject[SUBJECT_SIZE], consumer[SUBJECT_SIZE];
    name_consumer(fetcher, subject, consumer);
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    config.Durable = consumer;
    config.FilterSubject = subject;
    config.AckPolicy = js_AckExplicit;
    config.AckWait = node->silence;
    if (!fetcher->kernel)
        config.InactiveThreshold = NODE_SILENCE;
    /* The hub's default of 1000 would bound the jobs that run on all nodes together. */
    config.MaxAckPending = -1;
    config.MaxWaiting = 100000; /* nodes that wait at a time */
    jsErrCode error = 0;
    natsStatus status =
        js_AddConsumer(NULL, node->connection.stream, JOBS_STREAM, &config, NULL, &error);
    /* There already, with another silence or MaxWaiting, say: the first node has decided. */
    if (status != NATS_OK && error == 0)
        return status;
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = JOBS_STREAM;
    options.Consumer = consumer;
    return js_PullSubscribe(subscription, node->connection.stream, subject, consumer, NULL,
                            &options, NULL);
}

/* Whether the subscription is still good. A hub that has lost its disk does not say so: it lets
 * every wait for a job pass. So one that was away is not believed. */
static bool fetch(struct fetcher *fetcher, natsSubscription *subscription)
{
    /* One message at a time: more would wait here while other nodes have nothing to do. */
    natsMsgList list = {0};
    natsStatus status =
        natsSubscription_Fetch(&list, subscription, 1, LIMIT_MILLISECONDS(FETCH_WAIT), NULL);
    for (int i = 0; status == NATS_OK && i < list.Count; i++) {
        intake_accept(fetcher->node, fetcher->kernel, list.Msgs[i]);
        list.Msgs[i] = NULL;
    }
    natsMsgList_Destroy(&list);
    return status == NATS_OK ||
           (status == NATS_TIMEOUT &&
            fetcher->reconnects == connection_reconnects(&fetcher->node->connection));
}

static void *run_fetcher(void *argument)
{
    struct fetcher *fetcher = argument;
    struct yoke_node *node = fetcher->node;
    natsSubscription *subscription = NULL;
    while (wait_for_room(node)) {
        if (subscription && fetch(fetcher, subscription))
            continue;
        /* First of all, and again after the hub has died: it may have lost its disk. */
        natsSubscription_Destroy(subscription);
        subscription = NULL;
        fetcher->reconnects = connection_reconnects(&node->connection);
        if (connection_prepare(&node->connection) != NATS_OK ||
            subscribe(fetcher, &subscription) != NATS_OK)
            nats_Sleep(LIMIT_MILLISECONDS(FETCH_RETRY_WAIT));
    }
    natsSubscription_Destroy(subscription);
    nats_ReleaseThreadMemory();
    return NULL;
}

/* ---- telling that we live -------------------------------------------------------------------- */

/* With the lock. */
static void beat(struct yoke_node *node)
{
    int64_t now = clock_now();
    struct delivery *next;
    for (struct delivery *delivery = node->deliveries; delivery; delivery = next) {
        next = delivery->next;
        if (delivery->message)
            delivery_tell_hub(node, delivery->message, HUB_AT_WORK);
        delivery_give_up_late(delivery, now);
    }
}

/* With the lock. */
static void tell_progress(struct yoke_node *node)
{
    if (natsConnection_Status(node->connection.nats) != NATS_CONN_STATUS_CONNECTED)
        return; /* NATS would keep it, and send it when it is old */
    for (struct delivery *delivery = node->deliveries; delivery; delivery = delivery->next)
        notify_progress(delivery);
}

static void *run_heart(void *argument)
{
    struct yoke_node *node = argument;
    int64_t next_beat = clock_now(), next_look = next_beat;
    pthread_mutex_lock(&node->lock);
    while (!node->leaving) {
        if (clock_now() >= next_beat) {
            beat(node);
            next_beat = clock_now() + node->silence / BEATS_A_SILENCE;
        }
        if (clock_now() >= next_look) {
            tell_progress(node);
            next_look = clock_now() + PROGRESS_WAIT;
        }
        int64_t next = next_beat < next_look ? next_beat : next_look;
        clock_wait(&node->over, &node->lock, next);
    }
    pthread_mutex_unlock(&node->lock);
    nats_ReleaseThreadMemory();
    return NULL;
}

/* ---- the node -------------------------------------------------------------------------------- */

static void open_lock(struct yoke_node *node)
{
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&node->lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    pthread_cond_init(&node->room, NULL);
    clock_condition_open(&node->over);
}

static yoke_status start_fetcher(struct yoke_node *node, const struct kernel *kernel)
{
    struct fetcher *fetcher = &node->fetchers[node->fetching];
    *fetcher = (struct fetcher){.node = node, .kernel = kernel};
    if (pthread_create(&fetcher->thread, NULL, run_fetcher, fetcher) != 0)
        return yoke_error_set(YOKE_NO_THREADS, "the system refused a thread");
    node->fetching++;
    return YOKE_OK;
}

static yoke_status start_fetchers(struct yoke_node *node)
{
    const struct kernel *first = kernels_first();
    size_t count = 1;
    for (const struct kernel *kernel = first; kernel; kernel = kernel->next)
        count++;
    if (count == 1)
        return yoke_error_set(YOKE_INVALID, "no kernel is registered: a node would have nothing to "
                                            "run; see yoke_kernel_register()");
    node->fetchers = calloc(count, sizeof *node->fetchers);
    if (!node->fetchers)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a node");
    yoke_status status = start_fetcher(node, NULL);
    for (const struct kernel *kernel = first; kernel && status == YOKE_OK; kernel = kernel->next)
        status = start_fetcher(node, kernel);
    return status;
}

static yoke_status listen(struct yoke_node *node, struct listener *listener, const char *subject,
                          void (*handle)(void *context, natsMsg *message))
{
    listener->handle = handle;
    listener->context = node;
    natsStatus subscribed =
        natsConnection_SubscribeSync(&listener->subscription, node->connection.nats, subject);
    if (subscribed != NATS_OK)
        return connection_failed(subscribed, "cannot listen to programs");
    return listener_start(listener);
}

static yoke_status start_threads(struct yoke_node *node)
{
    /* All of this before the first job comes: no cancellation of it is missed, and no beat. */
    yoke_status status = listen(node, &node->cancellations, CANCEL_SUBJECT, cancellations_accept);
    if (status == YOKE_OK)
        status = listen(node, &node->questions, NODES_SUBJECT, info_answer);
    if (status != YOKE_OK)
        return status;
    node->beating = pthread_create(&node->heart, NULL, run_heart, node) == 0;
    if (!node->beating)
        return yoke_error_set(YOKE_NO_THREADS, "the system refused a thread");
    return start_fetchers(node);
}

static yoke_status open_outbox(struct yoke_node *node)
{
    unsigned char head[WIRE_HEAD_SIZE];
    const struct outbox_options options = {
        .connection = &node->connection,
        .head = head,
        .head_size = wire_results_head(head, node->connection.name),
        .address = delivery_address,
        .ended = delivery_note_reported,
        .owner = node,
    };
    return outbox_open(&node->outbox, &options);
}

static yoke_status start(struct yoke_node *node, const yoke_cluster_options *options)
{
    yoke_server_options local = YOKE_SERVER_OPTIONS_INIT;
    local.workers = options->workers;
    node->silence = options->silence ? options->silence : SILENCE_DEFAULT;
    yoke_status status = connection_open(&node->connection, options);
    if (status == YOKE_OK)
        status = yoke_server_open(&local, &node->server);
    if (status != YOKE_OK)
        return status;
    node->counts.workers = yoke_server_workers(node->server);
    node->cache = cache_open(&node->connection, node->server, options->cache);
    if (!node->cache)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a node");
    status = open_outbox(node);
    return status == YOKE_OK ? start_threads(node) : status;
}

yoke_status yoke_node_open(const yoke_cluster_options *options, yoke_node **opened)
{
    static const yoke_cluster_options defaults = YOKE_CLUSTER_OPTIONS_INIT;
    if (!opened)
        return yoke_error_set(YOKE_INVALID, "node is NULL; pass where the handle goes");
    yoke_cluster_options copy;
    options =
        extensible_read(EXTENSIBLE(yoke_cluster_options, durable, "YOKE_CLUSTER_OPTIONS_INIT"),
                        options ? options : &defaults, &copy);
    if (!options)
        return YOKE_INVALID;
    yoke_node *node = calloc(1, sizeof *node);
    if (!node)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a node");
    open_lock(node);
    yoke_status status = start(node, options);
    if (status == YOKE_OK)
        *opened = node;
    else
        yoke_node_release(node);
    return status;
}

/* The hub has no request of ours afterwards. */
static void stop_fetchers(yoke_node *node)
{
    pthread_mutex_lock(&node->lock);
    node->draining = true;
    pthread_cond_broadcast(&node->room);
    pthread_mutex_unlock(&node->lock);
    while (node->fetching > 0)
        pthread_join(node->fetchers[--node->fetching].thread, NULL);
}

yoke_status yoke_node_drain(yoke_node *node, yoke_duration timeout)
{
    int64_t deadline = clock_deadline(timeout);
    stop_fetchers(node);
    pthread_mutex_lock(&node->lock);
    while (node->deliveries && clock_wait(&node->over, &node->lock, deadline))
        ;
    bool left = node->deliveries;
    pthread_mutex_unlock(&node->lock);
    /* The caller may end the process now, and the hub would give away jobs that are done. */
    natsConnection_FlushTimeout(node->connection.nats, LIMIT_MILLISECONDS(FETCH_WAIT));
    return left ? yoke_error_set(YOKE_TIMED_OUT, "jobs of this node have not ended yet; they go on")
                : YOKE_OK;
}

/* Whatever the hub has no result of goes back to it; kernels are asked to leave. */
static void return_jobs(yoke_node *node)
{
    pthread_mutex_lock(&node->lock);
    node->leaving = true;
    pthread_cond_broadcast(&node->over);
    struct delivery *next;
    for (struct delivery *delivery = node->deliveries; delivery; delivery = next) {
        next = delivery->next;
        delivery_return(delivery);
    }
    pthread_mutex_unlock(&node->lock);
}

/* A node that leaves in order is forgotten at once. The jobs for it stay with the hub. */
static void forget(yoke_node *node)
{
    const struct fetcher own = {.node = node};
    char subject[SUBJECT_SIZE], consumer[SUBJECT_SIZE];
    name_consumer(&own, subject, consumer);
    if (natsConnection_Status(node->connection.nats) == NATS_CONN_STATUS_CONNECTED)
        js_DeleteConsumer(node->connection.stream, JOBS_STREAM, consumer, NULL, NULL);
}

void yoke_node_release(yoke_node *node)
{
    if (!node)
        return;
    stop_fetchers(node);
    /* Before kernels are asked to leave, which may take a while: other nodes need not wait for
     * that. */
    return_jobs(node);
    if (node->server)
        yoke_server_close(node->server);
    cache_close(node->cache);
    outbox_close(node->outbox);
    if (node->connection.nats) {
        natsConnection_FlushTimeout(node->connection.nats, LIMIT_MILLISECONDS(FETCH_WAIT));
        forget(node);
        natsConnection_Close(node->connection.nats);
    }
    if (node->beating)
        pthread_join(node->heart, NULL);
    listener_stop(&node->cancellations);
    listener_stop(&node->questions);
    connection_close(&node->connection);
    yoke_server_release(node->server);
    free(node->fetchers);
    pthread_cond_destroy(&node->room);
    pthread_cond_destroy(&node->over);
    pthread_mutex_destroy(&node->lock);
    free(node);
}
