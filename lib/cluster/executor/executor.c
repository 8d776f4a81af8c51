/* The thread that takes jobs of the server for nodes, and what the server calls: see executor.h
 * and yoke/executor.h. */
#include "executor.h"
#include "cluster/ledger/updates.h"
#include "cluster/limits.h"

#include <stdlib.h>

#include "cluster/blobs/cache.h"
#include "cluster/client/cluster.h"
#include "cluster/client/submit.h"
#include "cluster/client/unanswered.h"
#include "cluster/durable/reading.h"
#include "cluster/durable/store.h"
#include "cluster/ledger/ledger_keys.h"
#include "cluster/transport/clock.h"
#include "cluster/transport/kernels.h"

/* ---- whether a node has room ----------------------------------------------------------------- */

/* Nodes ask for jobs of every kernel one by one, and only while they have workers for them. A node
 * that knows several kernels waits for each: a sum would count it more than once. */
static unsigned count_waiting(const yoke_cluster *cluster)
{
    unsigned most = 0;
    for (const struct kernel *kernel = kernels_first(); kernel; kernel = kernel->next) {
        char consumer[SUBJECT_SIZE];
        kernels_consumer(consumer, kernel, cluster->connection.created);
        jsConsumerInfo *info = NULL;
        if (js_GetConsumerInfo(&info, cluster->connection.stream, JOBS_STREAM, consumer, NULL,
                               NULL) == NATS_OK &&
            info->NumWaiting > (int64_t)most)
            most = (unsigned)info->NumWaiting;
        jsConsumerInfo_Destroy(info);
    }
    return most;
}

static void look_for_nodes(yoke_cluster *cluster)
{
    struct cluster_executor *executor = &cluster->executor;
    int64_t now = clock_now();
    if (executor->looked && now - executor->looked < NODES_LOOK_WAIT)
        return;
    /* While nobody looked, nobody looked in vain. */
    bool resumed = now - executor->looked > UNANSWERED_WAIT / 2;
    executor->looked = now;
    if (natsConnection_Status(cluster->connection.nats) != NATS_CONN_STATUS_CONNECTED)
        return;
    unsigned waiting = count_waiting(cluster);
    struct ledger *ledger = cluster->ledger;
    pthread_mutex_lock(&ledger->lock);
    int64_t heard = ledger->heard;
    pthread_mutex_unlock(&ledger->lock);
    executor->seen = waiting ? now : heard > executor->seen ? heard : executor->seen;
    /* More are believed at once, fewer only when there has been no sign of any for long: nodes
     * that are all at work do not wait, and still come for the next job. */
    if (waiting > executor->nodes)
        executor->nodes = waiting;
    else if (now - executor->seen > NODES_BELIEF)
        executor->nodes = waiting;
    if (executor->nodes || resumed)
        executor->missed = now;
    else if (now - executor->missed > UNANSWERED_WAIT)
        unanswered_explain(&cluster->connection, ledger, NULL);
}

/* So many jobs that workers here could run may wait at the hub that each node finds some when it
 * comes for the next: of quick ones, as many as travel together. How many more that are. */
static size_t count_room(const yoke_cluster *cluster)
{
    const struct cluster_executor *executor = &cluster->executor;
    struct ledger *ledger = cluster->ledger;
    size_t most =
        executor->nodes * (executor->estimate ? atomic_load(&executor->estimate->most) : 1);
    pthread_mutex_lock(&ledger->lock);
    size_t unstarted = ledger->unstarted;
    pthread_mutex_unlock(&ledger->lock);
    return unstarted < most ? most - unstarted : 0;
}

/* ---- jobs that are to end -------------------------------------------------------------------- */

/* What the hub is told of a job that has ended here. */
struct withdrawal {
    uint64_t sequence, position; /* 0: it is not known, or others are there */
    bool key, told;              /* the nodes are, too */
};

static void withdraw(yoke_cluster *cluster, const struct withdrawal *job)
{
    const char *client = job->key ? cluster->session->client : cluster->client;
    if (job->told)
        connection_cancel(&cluster->connection, client, job->sequence);
    connection_remove_job(&cluster->connection, job->position);
}

enum { ENDS_MOST = 64 };

struct ends {
    yoke_outcome outcomes[ENDS_MOST];
    struct withdrawal withdrawn[ENDS_MOST];
    size_t count, withdrawn_count;
};

/* With the ledger's lock. The server is closing, or the job is to end by itself. One with a key
 * goes on at the hub when the server closes. */
static void end_job(struct ledger *ledger, struct ledger_job *job, const yoke_outcome *outcome,
                    bool closing, struct ends *ends)
{
    ends->outcomes[ends->count++] = *outcome;
    if (job->key && closing) {
        job->job = NULL;
        return;
    }
    ends->withdrawn[ends->withdrawn_count++] = (struct withdrawal){
        .sequence = job->wire.sequence,
        /* The hub can only remove the whole message, which others still need. */
        .position = job->shared && !closing ? 0 : job->position,
        .key = job->key,
        .told = job->deliveries > 0 || !closing,
    };
    /* If it is stored only after this, the outbox has it removed. */
    job->unneeded = true;
    if (job->key) {
        job->key->end = *outcome;
        job->key->end.job = NULL;
    }
    ledger_take_out(ledger, job);
}

/* From that bucket on; with the ledger's lock. True: there may be more. The bucket may be looked at
 * twice: what has ended is not there any more, or has no job of the server. */
static bool gather(yoke_cluster *cluster, bool all, size_t *bucket, struct ends *ends)
{
    struct ledger *ledger = cluster->ledger;
    for (; *bucket < ledger->buckets; ++*bucket) {
        struct ledger_job **link = &ledger->jobs[*bucket];
        while (*link) {
            struct ledger_job *job = *link;
            yoke_outcome outcome;
            unsigned why =
                job->job ? yoke_executor_stopped(ledger->executor, job->job, &outcome) : 0;
            if (ends->count == ENDS_MOST)
                return true;
            if (why & YOKE_EXECUTOR_STOPPED || (why && all))
                end_job(ledger, job, &outcome, !(why & YOKE_EXECUTOR_STOPPED), ends);
            /* Else it was taken out, and the next one is there. */
            if (*link == job)
                link = &job->next;
        }
    }
    return false;
}

/* Ends those that are to end; when the server closes, all. */
static void end_stopped(yoke_cluster *cluster, bool all)
{
    struct ledger *ledger = cluster->ledger;
    size_t bucket = 0;
    uint64_t last = 0;
    for (bool more = true; more;) {
        struct ends ends = {.count = 0};
        pthread_mutex_lock(&ledger->lock);
        more = gather(cluster, all, &bucket, &ends);
        pthread_mutex_unlock(&ledger->lock);
        /* Without the lock: when the server is closing, yoke_executor_end() runs callbacks. The
         * last ones first: else a node would begin one because it has ended the one before. */
        for (size_t i = ends.withdrawn_count; i-- > 0;) {
            /* Jobs that went together have one position, and follow each other. */
            if (ends.withdrawn[i].position != last || ends.withdrawn[i].told || !last)
                withdraw(cluster, &ends.withdrawn[i]);
            last = ends.withdrawn[i].position;
        }
        if (ends.count)
            yoke_executor_end(ledger->executor, ends.outcomes, ends.count);
    }
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* False: there are none. */
static bool send(yoke_cluster *cluster, yoke_executor_choice jobs, size_t most)
{
    struct cluster_executor *executor = &cluster->executor;
    yoke_work_item items[SUBMIT_MOST];
    size_t count =
        yoke_executor_take(executor->handle, jobs, items, most < SUBMIT_MOST ? most : SUBMIT_MOST);
    struct batch_estimate *estimate = count ? submit_send(cluster, items, count) : NULL;
    /* Jobs for one node do not say how many all nodes have room for. */
    if (estimate && !kernels_channel_is_for_node(estimate->channel))
        executor->estimate = estimate;
    return count;
}

/* Jobs that only nodes can run have nothing to wait for here. */
static void send_own(yoke_cluster *cluster)
{
    while (send(cluster, YOKE_EXECUTOR_OWN, SUBMIT_MOST))
        ;
}

/* Without nodes one looks for them only while there are jobs for them. */
static unsigned send_others(yoke_cluster *cluster, unsigned news)
{
    struct cluster_executor *executor = &cluster->executor;
    if (news & YOKE_EXECUTOR_JOBS)
        look_for_nodes(cluster);
    /* The jobs are still there: to wait for these would return at once. */
    if (news & YOKE_EXECUTOR_JOBS && executor->nodes == 0)
        news |= yoke_executor_await(executor->handle, YOKE_EXECUTOR_OWN, NODES_LOOK_WAIT);
    for (size_t room; (room = count_room(cluster)) && send(cluster, YOKE_EXECUTOR_ANY, room);)
        ;
    return news;
}

/* Also where no node is known: a job that waits is the reason to look for nodes. */
static bool wants_others(const yoke_cluster *cluster)
{
    const struct cluster_executor *executor = &cluster->executor;
    return !executor->remote_only && (executor->nodes == 0 || count_room(cluster));
}

static void *serve(void *argument)
{
    yoke_cluster *cluster = argument;
    struct cluster_executor *executor = &cluster->executor;
    unsigned news = 0;
    while (!(news & YOKE_EXECUTOR_CLOSING)) {
        bool others = wants_others(cluster);
        news = yoke_executor_await(executor->handle, others ? YOKE_EXECUTOR_ANY : YOKE_EXECUTOR_OWN,
                                   YOKE_FOREVER);
        send_own(cluster);
        if (!executor->remote_only)
            news = send_others(cluster, news);
        if (news & YOKE_EXECUTOR_STOPPED)
            end_stopped(cluster, false);
    }
    nats_ReleaseThreadMemory();
    return NULL;
}

/* ---- what the server calls ------------------------------------------------------------------- */

static bool runs(const yoke_work_item *item, void *cluster)
{
    return submit_can(cluster, item);
}

static yoke_status check(const yoke_work_item *item, void *cluster)
{
    return submit_check(cluster, item);
}

static void take(const yoke_work_item *item, void *cluster)
{
    submit_send(cluster, item, 1);
}

static uint64_t digest(const yoke_work_item *item, void *cluster)
{
    (void)cluster;
    return submit_digest(item);
}

static void learn(const yoke_work_item *item, void *cluster)
{
    submit_learn(cluster, item);
}

static void let_go(const char *key, void *context)
{
    yoke_cluster *cluster = context;
    store_let_go(cluster->session, key);
}

static void close_executor(void *context)
{
    yoke_cluster *cluster = context;
    struct cluster_executor *executor = &cluster->executor;
    struct ledger *ledger = cluster->ledger;
    if (executor->started)
        pthread_join(executor->thread, NULL);
    end_stopped(cluster, true);
    pthread_mutex_lock(&ledger->lock);
    /* From here on results of jobs with a key wait in the ledger for the next server. */
    ledger->executor = NULL;
    ledger->told = false;
    pthread_mutex_unlock(&ledger->lock);
    cache_close(executor->cache);
    executor->cache = NULL;
    executor->started = false;
    atomic_store(&executor->taken, false);
}

/* ---- joining --------------------------------------------------------------------------------- */

struct adoption {
    yoke_cluster *cluster;
    yoke_status status;
};

/* How the job has ended, from what there is of it. */
static void end_adopted(yoke_cluster *cluster, struct ledger_job *job, yoke_job *adopted)
{
    char node[YOKE_CLUSTER_NAME_MAX + 1];
    struct wire_result result;
    yoke_outcome outcome = job->key->end;
    if (job->key->message) {
        reading_result(job->key->message, node, &result);
        outcome = updates_outcome(job, node, &result);
        yoke_executor_progress(cluster->executor.handle, adopted, result.progress, result.total);
    }
    outcome.job = adopted;
    yoke_executor_end(cluster->executor.handle, &outcome, 1);
}

/* Of an earlier program, or of a server that was closed. */
static void adopt(void *context, struct ledger_job *job)
{
    struct adoption *adoption = context;
    yoke_cluster *cluster = adoption->cluster;
    struct ledger *ledger = cluster->ledger;
    yoke_job *adopted = NULL;
    if (adoption->status == YOKE_OK)
        adoption->status =
            yoke_executor_adopt(cluster->executor.handle, job->key->text, job->key->digest,
                                (size_t)job->wire.result_size, &adopted);
    pthread_mutex_lock(&ledger->lock);
    /* The listener may end the job at any time; once it has, how it ended stays as it is. */
    bool active = job->active;
    if (active && adopted) {
        job->job = adopted;
        if (job->deliveries)
            yoke_executor_begin(ledger->executor, adopted);
    }
    pthread_mutex_unlock(&ledger->lock);
    if (adopted && !active)
        end_adopted(cluster, job, adopted);
    ledger_drop(ledger, job);
}

static yoke_status adopt_all(yoke_cluster *cluster)
{
    struct adoption adoption = {.cluster = cluster, .status = YOKE_OK};
    if (!cluster->session)
        return YOKE_OK;
    return ledger_keys_visit(cluster->ledger, adopt, &adoption)
               ? adoption.status
               : yoke_error_set(YOKE_NO_MEMORY, "no memory for a list of jobs");
}

/* From here on the server closes the executor, whatever comes. */
static yoke_status start(yoke_cluster *cluster, yoke_server *server)
{
    struct cluster_executor *executor = &cluster->executor;
    struct ledger *ledger = cluster->ledger;
    pthread_mutex_lock(&ledger->lock);
    /* Before jobs are adopted: the listener ends them by it. */
    ledger->executor = executor->handle;
    ledger->told = !executor->remote_only;
    pthread_mutex_unlock(&ledger->lock);
    executor->cache = cache_open(&cluster->connection, server, executor->cache_bound);
    if (!executor->cache)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a cluster");
    yoke_status status = adopt_all(cluster);
    if (status != YOKE_OK)
        return status;
    executor->started = pthread_create(&executor->thread, NULL, serve, cluster) == 0;
    return executor->started ? YOKE_OK
                             : yoke_error_set(YOKE_NO_THREADS, "the system refused a thread");
}

yoke_status executor_join(yoke_cluster *cluster, yoke_server *server)
{
    struct cluster_executor *executor = &cluster->executor;
    if (atomic_exchange(&executor->taken, true))
        return yoke_error_set(YOKE_INVALID, "another server has this cluster: close it before, or "
                                            "open another connection");
    executor->remote_only = yoke_server_workers(server) == 0;
    executor->room = submit_room(cluster);
    executor->estimate = NULL;
    executor->nodes = 0;
    executor->looked = executor->seen = executor->missed = 0;
    yoke_executor_options options = YOKE_EXECUTOR_OPTIONS_INIT;
    options.runs = runs;
    options.check = check;
    options.close = close_executor;
    options.take = take;
    options.context = cluster;
    if (cluster->session) {
        options.digest = digest;
        options.learn = learn;
        options.let_go = let_go;
    }
    yoke_status status = yoke_executor_open(server, &options, &executor->handle);
    if (status == YOKE_OK)
        return start(cluster, server);
    atomic_store(&executor->taken, false);
    return status;
}
