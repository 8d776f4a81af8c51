/* The cluster as an executor of a server: takes jobs whose kernels are registered when the server's
 * own workers are all at work and some node has room, and ends them as their remote twins end. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <yoke/executor.h>

#include "cache.h"
#include "clock.h"
#include "cluster.h"
#include "kernels.h"
#include "unanswered.h"

/* How long one believes that there are nodes after the last sign of one; and how long a look for
 * them is good, or one waits for the next, in nanoseconds. */
#define BELIEF     ((int64_t)10 * 1000000000)
#define LOOK_AGAIN ((int64_t)100 * 1000000)

/* A job of the server that is with the cluster. */
struct errand {
    struct errand *next, **place;
    yoke_work_item local;
    yoke_remote *remote;
    bool stopped;
    yoke_outcome outcome; /* if it is stopped */
};

/* All of it is the thread's, once that runs. */
struct annex {
    yoke_cluster *cluster;
    yoke_executor *executor;
    pthread_t thread;
    bool started;
    struct errand *errands;
    struct pace *pace; /* of the latest job; NULL: none */
    unsigned nodes;    /* that wait for jobs, or did */
    int64_t looked, seen;
    int64_t missed;      /* since when nodes have been looked for, again and again, in vain */
    size_t room;         /* for an argument or a result */
    struct cache *cache; /* for kernels that run here */
};

/* ---- whether a node has room ----------------------------------------------------------------- */

/* Nodes ask for jobs of every kernel one by one, and only while they have workers for them. */
static unsigned count_waiting(const yoke_cluster *cluster)
{
    unsigned most = 0;
    for (const struct kernel *kernel = kernels_first(); kernel; kernel = kernel->next) {
        char consumer[SUBJECT_SIZE];
        kernel_consumer(consumer, kernel, cluster->connection.created);
        jsConsumerInfo *info = NULL;
        if (js_GetConsumerInfo(&info, cluster->connection.stream, JOBS_STREAM, consumer, NULL,
                               NULL) == NATS_OK &&
            info->NumWaiting > (int64_t)most)
            most = (unsigned)info->NumWaiting;
        jsConsumerInfo_Destroy(info);
    }
    return most;
}

static void look_for_nodes(struct annex *annex)
{
    int64_t now = clock_now();
    if (annex->looked && now - annex->looked < LOOK_AGAIN)
        return;
    bool resumed = now - annex->looked > UNANSWERED_WAIT / 2;
    annex->looked = now;
    if (natsConnection_Status(annex->cluster->connection.nats) != NATS_CONN_STATUS_CONNECTED)
        return;
    unsigned waiting = count_waiting(annex->cluster);
    struct ledger *ledger = annex->cluster->ledger;
    pthread_mutex_lock(&ledger->lock);
    int64_t heard = ledger->heard;
    pthread_mutex_unlock(&ledger->lock);
    annex->seen = waiting ? now : heard > annex->seen ? heard : annex->seen;
    if (waiting > annex->nodes)
        annex->nodes = waiting;
    else if (now - annex->seen > BELIEF)
        annex->nodes = waiting;
    if (annex->nodes || resumed)
        annex->missed = now;
    else if (now - annex->missed > UNANSWERED_WAIT)
        unanswered_explain(&annex->cluster->connection, ledger, NULL);
}

/* So many jobs may wait at the hub that each node finds some when it comes for the next: of quick
 * ones, as many as travel together. */
static bool has_room(const struct annex *annex)
{
    struct ledger *ledger = annex->cluster->ledger;
    unsigned each = annex->pace ? atomic_load(&annex->pace->most) : 1;
    pthread_mutex_lock(&ledger->lock);
    bool room = ledger->unstarted < annex->nodes * each;
    pthread_mutex_unlock(&ledger->lock);
    return room;
}

/* ---- there and back -------------------------------------------------------------------------- */

static void end(struct annex *annex, struct errand *errand, const yoke_outcome *outcome)
{
    yoke_executor_end(annex->executor, errand->local.job, outcome);
    *errand->place = errand->next;
    if (errand->next)
        errand->next->place = errand->place;
    yoke_remote_release(errand->remote);
    free(errand);
}

static void send(struct annex *annex, const yoke_work_item *local)
{
    const struct kernel *kernel = kernels_of(local->kernel);
    yoke_cluster_task task = YOKE_CLUSTER_TASK_INIT;
    task.kernel = kernel->name;
    task.version = kernel->version;
    task.argument = local->argument;
    task.argument_size = local->argument_size;
    task.result_size = local->result_size;
    task.time_limit = local->time_limit;
    task.node = local->place;
    struct errand *errand = calloc(1, sizeof *errand);
    yoke_status status = YOKE_NO_MEMORY;
    if (errand) {
        errand->local = *local; /* before a node can tell of it */
        status = cluster_submit(annex->cluster, &task, local->tries, errand, &errand->remote);
    }
    if (status != YOKE_OK) {
        const yoke_outcome refused = {
            .state = YOKE_STATE_FAILED, .status = status, .message = yoke_last_error()};
        yoke_executor_end(annex->executor, local->job, &refused);
        free(errand);
        return;
    }
    if (!local->place)
        annex->pace = errand->remote->pace;
    errand->next = annex->errands;
    errand->place = &annex->errands;
    if (errand->next)
        errand->next->place = &errand->next;
    annex->errands = errand;
}

/* With the ledger's lock, so that the job has not ended; and when it has. */
static void note_progress(void *context, yoke_remote *remote)
{
    struct annex *annex = context;
    struct errand *errand = remote->owner;
    if (remote->progress || remote->total)
        yoke_executor_progress(annex->executor, errand->local.job, remote->progress, remote->total);
}

static void collect(struct annex *annex)
{
    yoke_remote *remote;
    while ((remote = ledger_take_finished(annex->cluster->ledger))) {
        struct errand *errand = remote->owner;
        yoke_outcome outcome = {
            .state = remote->state,
            .status = remote->status,
            .message = remote->message,
            .result = remote->result,
            .place = *remote->node ? remote->node : NULL,
            .busy = (yoke_duration)remote->busy,
            .output = remote->output,
        };
        note_progress(annex, remote);
        bool done = outcome.state == YOKE_STATE_DONE;
        end(annex, errand, errand->stopped && !done ? &errand->outcome : &outcome);
    }
}

static void stop(struct annex *annex, struct errand *errand)
{
    if (!errand->stopped &&
        yoke_executor_stopped(annex->executor, errand->local.job, &errand->outcome)) {
        errand->stopped = true;
        yoke_remote_cancel(errand->remote);
    }
}

static void *serve(void *argument)
{
    struct annex *annex = argument;
    unsigned news = 0;
    while (!(news & YOKE_EXECUTOR_CLOSING)) {
        /* Without nodes one looks for them only while there are jobs for them. */
        news = yoke_executor_await(annex->executor, annex->nodes == 0 || has_room(annex),
                                   YOKE_FOREVER);
        if (news & YOKE_EXECUTOR_JOBS)
            look_for_nodes(annex);
        if (news & YOKE_EXECUTOR_JOBS && annex->nodes == 0)
            news |= yoke_executor_await(annex->executor, false, LOOK_AGAIN);
        collect(annex);
        for (struct errand *errand = annex->errands; errand && news & YOKE_EXECUTOR_STOPPED;
             errand = errand->next)
            stop(annex, errand);
        yoke_work_item local;
        while (has_room(annex) && yoke_executor_take(annex->executor, &local))
            send(annex, &local);
    }
    for (struct errand *errand = annex->errands; errand; errand = errand->next)
        stop(annex, errand);
    collect(annex);
    nats_ReleaseThreadMemory();
    return NULL;
}

/* ---- what the server calls ------------------------------------------------------------------- */

static bool runs(const yoke_work_item *errand, void *context)
{
    const struct annex *annex = context;
    return kernels_of(errand->kernel) && errand->tries <= WIRE_TRIES_MAX &&
           errand->argument_size <= annex->room && errand->result_size <= annex->room &&
           (!errand->place || wire_name_valid(errand->place, YOKE_CLUSTER_NAME_MAX));
}

static void wake(void *context)
{
    struct annex *annex = context;
    yoke_executor_wake(annex->executor);
}

static void close_annex(void *context)
{
    struct annex *annex = context;
    if (annex->started)
        pthread_join(annex->thread, NULL);
    cache_close(annex->cache);
    struct ledger *ledger = annex->cluster->ledger;
    pthread_mutex_lock(&ledger->lock);
    ledger->tell = NULL;
    ledger->progressed = NULL;
    pthread_mutex_unlock(&ledger->lock);
    yoke_cluster_release(annex->cluster);
    free(annex);
}

/* The annex goes with the server from the moment it is the server's executor. */
static yoke_status add_annex(yoke_server *server, yoke_cluster *cluster,
                             const yoke_cluster_options *how)
{
    struct annex *annex = calloc(1, sizeof *annex);
    if (!annex) {
        yoke_cluster_release(cluster);
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a cluster");
    }
    yoke_executor_options options = YOKE_EXECUTOR_OPTIONS_INIT;
    options.runs = runs;
    options.close = close_annex;
    options.context = annex;
    options.alone = how && how->remote_only;
    yoke_status status = yoke_executor_open(server, &options, &annex->executor);
    if (status != YOKE_OK) {
        yoke_cluster_release(cluster);
        free(annex);
        return status;
    }
    annex->cluster = cluster;
    annex->room = cluster_room(cluster);
    annex->cache = cache_open(&cluster->connection, server, how ? how->cache : 0);
    if (!annex->cache)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a cluster");
    cluster->ledger->tell_context = annex;
    cluster->ledger->tell = wake;
    cluster->ledger->progressed = note_progress;
    annex->started = pthread_create(&annex->thread, NULL, serve, annex) == 0;
    return annex->started ? YOKE_OK
                          : yoke_error_set(YOKE_NO_THREADS, "the system refused a thread");
}

yoke_status yoke_cluster_server_open(const yoke_cluster_options *how,
                                     const yoke_server_options *options, yoke_server **opened)
{
    yoke_server *server;
    yoke_cluster *cluster;
    if (!opened)
        return yoke_error_set(YOKE_INVALID, "server is NULL; pass where the handle is to go");
    yoke_status status = yoke_server_open(options, &server);
    if (status != YOKE_OK)
        return status;
    status = yoke_cluster_open(how, &cluster);
    if (status == YOKE_OK)
        status = add_annex(server, cluster, how);
    if (status == YOKE_OK)
        *opened = server;
    else
        yoke_server_release(server);
    return status;
}
