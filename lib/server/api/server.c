/* Opening, closing and releasing a server, and waiting for all of its jobs: the public calls. A
 * close first ends what is queued, then waits for what runs, and only then stops the threads. */
#include "server/server.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/delay.h"
#include "base/error.h"
#include "base/extensible.h"
#include "base/log.h"
#include "base/stopwatch.h"
#include "resize.h"
#include "server/jobs/fork.h"
#include "server/jobs/job_memory.h"
#include "server/jobs/server_check.h"
#include "server/jobs/target.h"
#include "server/lifecycle/blocked.h"
#include "server/lifecycle/external.h"
#include "server/lifecycle/helping.h"
#include "server/lifecycle/run.h"
#include "server/lifecycle/settle.h"
#include "server/scheduler/executor.h"
#include "server/scheduler/keys.h"
#include "server/scheduler/parking.h"
#include "server/scheduler/place.h"
#include "server/scheduler/steal.h"
#include "server/waiting/proxy.h"
#include "server/workers/forked.h"
#include "server/workers/team.h"
#include "topology/claims.h"
#include "topology/plan.h"

/* ---- what there is ----------------------------------------------------------------------------
 */

unsigned yoke_server_workers(const yoke_server *server)
{
    if (server_check(server) != YOKE_OK || atomic_load(&server->phase) != SERVER_OPEN)
        return 0;
    return server->remote_only ? 0 : atomic_load(&server->workers);
}

/* ---- opening --------------------------------------------------------------------------------- */

static void free_scheduler(struct scheduler *scheduler)
{
    for (struct team *team = atomic_load(&scheduler->teams), *next; team; team = next) {
        next = atomic_load(&team->next);
        team_free(team);
    }
    proxy_free_all(scheduler);
    free(scheduler->nearest);
}

static void server_free(yoke_server *server)
{
    for (unsigned node = 0; server->schedulers && node < server->nodes; node++)
        free_scheduler(&server->schedulers[node]);
    executor_free(server);
    place_free_all(server);
    target_free_all(server);
    free(server->keys);
    pthread_mutex_destroy(&server->places_lock);
    trace_free(&server->trace.never_started);
    pthread_mutex_destroy(&server->control);
    yoke_topology_release(server->topology);
    free(server->affinity);
    free(server->timer.heap);
    addresses_free(&server->addresses);
    free(server->schedulers);
    free(server);
    job_memory_trim();
}

/* Invariants that hold when all threads are gone, whatever happened before. */
static void check_at_rest(yoke_server *server)
{
    for (unsigned node = 0; node < server->nodes; node++) {
        struct scheduler *scheduler = &server->schedulers[node];
        unsigned pending = 0;
        for (struct team *team = scheduler->teams; team; team = team->next)
            pending += atomic_load(&team->pending);
        debug_assert(atomic_load(&scheduler->searching) == pending);
        debug_assert(!scheduler->queue.list.first && !atomic_load(&scheduler->queue.filled));
        (void)pending;
    }
    for (unsigned i = 0; i < NUMBERS / 64; i++)
        debug_assert(!atomic_load(&server->numbers[i]));
}

static void stop_teams(yoke_server *server)
{
    for (unsigned node = 0; node < server->nodes; node++)
        for (struct team *team = server->schedulers[node].teams; team; team = team->next)
            team_stop(team);
    for (unsigned node = 0; node < server->nodes; node++)
        for (struct team *team = server->schedulers[node].teams; team; team = team->next)
            team_join(team);
    check_at_rest(server);
}

static struct scheduler *allocate_schedulers(yoke_server *server)
{
    struct scheduler *schedulers =
        aligned_alloc(alignof(struct scheduler), server->nodes * sizeof *schedulers);
    if (!schedulers)
        return NULL;
    memset(schedulers, 0, server->nodes * sizeof *schedulers);
    for (unsigned node = 0; node < server->nodes; node++) {
        schedulers[node].server = server;
        schedulers[node].node = node;
        schedulers[node].queue.state = QUEUE_IDLE;
    }
    return schedulers;
}

static yoke_server *allocate_server(yoke_topology *topology)
{
    yoke_server *server = aligned_alloc(alignof(yoke_server), sizeof *server);
    if (!server)
        return NULL;
    memset(server, 0, sizeof *server);
    server->generation = fork_generation();
    server->nodes = plan_nodes(topology);
    server->affinity = os_affinity_take();
    server->floating = floating_mode();
    server->opened = os_now();
    atomic_init(&server->timer.next, INT64_MAX);
    server->dependent.dependent = true;
    pthread_mutex_init(&server->control, NULL);
    pthread_mutex_init(&server->places_lock, NULL);
    server->schedulers = allocate_schedulers(server);
    server->topology = topology;
    if (server->schedulers && steal_prepare(server))
        return server;
    server->topology = NULL; /* the caller's still */
    server_free(server);
    return NULL;
}

static bool is_remote_only(const yoke_server_options *options)
{
    return options->cluster && options->workers == 0;
}

static yoke_status open_topology(const yoke_server_options *options, yoke_topology **topology)
{
    yoke_topology_options wanted = YOKE_TOPOLOGY_OPTIONS_INIT;
    bool remote_only = is_remote_only(options);
    wanted.workers = remote_only ? 1 : options->workers == YOKE_WORKERS_ALL ? 0 : options->workers;
    wanted.bind = remote_only && !options->bind ? "none" : options->bind;
    return yoke_topology_open(&wanted, topology);
}

static yoke_status create(const yoke_server_options *options, yoke_server **server)
{
    yoke_topology *topology;
    yoke_status status = open_topology(options, &topology);
    if (status != YOKE_OK)
        return status;
    /* Before the threads start: servers that are opened meanwhile prefer other cores. */
    claims_take(topology);
    yoke_server *new = allocate_server(topology);
    if (!new) {
        yoke_topology_release(topology);
        return error_set(YOKE_NO_MEMORY, "no memory for a server");
    }
    new->remote_only = is_remote_only(options);
    new->trace.on = options->trace;
    new->capacity.jobs = options->queue_capacity;
    status = resize_first(new);
    if (status != YOKE_OK) {
        stop_teams(new);
        server_free(new);
        return status;
    }
    *server = new;
    return YOKE_OK;
}

/* Else the server is gone. */
static yoke_status join(yoke_server *server, struct yoke_cluster *cluster)
{
    const yoke_executor_source *source = (const yoke_executor_source *)cluster;
    yoke_status status = source->join(cluster, server);
    if (status != YOKE_OK)
        yoke_server_release(server);
    return status;
}

yoke_status yoke_server_open(const yoke_server_options *options, yoke_server **server)
{
    if (!server)
        return error_set(YOKE_INVALID, "server is NULL; pass where the handle is to go");
    static const yoke_server_options defaults = YOKE_SERVER_OPTIONS_INIT;
    yoke_server_options copy;
    options = extensible_read(EXTENSIBLE(yoke_server_options, cluster, "YOKE_SERVER_OPTIONS_INIT"),
                              options ? options : &defaults, &copy);
    if (!options)
        return YOKE_INVALID;
    /* A callback may open one, but only where it runs outside of OpenMP, on a thread of the
     * program. */
    bool in_kernel = self.frame && !self.frame->callback;
    if (omp_in_parallel() || in_kernel)
        return error_set(YOKE_DEADLOCK, "a server cannot be opened inside an OpenMP parallel "
                                        "region, nor in a job; open it before");
    if (!forked_watch())
        return error_set(YOKE_NO_MEMORY, "no memory to watch for forks");

    stopwatch_open();
    yoke_server *new = NULL;
    yoke_status status = create(options, &new);
    if (status != YOKE_OK)
        return status;
    stopwatch_ready();
    if (options->cluster)
        status = join(new, options->cluster);
    if (status == YOKE_OK)
        *server = new;
    return status;
}

/* ---- waiting for all ------------------------------------------------------------------------- */

/* Whether the calling thread is running a job of this server, or a nested task in its teams. */
static bool is_inside(const yoke_server *server)
{
    if (self.worker && self.worker->server == server)
        return true;
    for (const struct frame *frame = self.frame; frame; frame = frame->outer)
        if (frame->job->server == server)
            return true;
    return self.worker && helping_in(self.worker->thread_worker, server);
}

/* Settled jobs are counted before submitted ones: if the two are equal then nothing was under way
 * at the moment between. */
static bool all_settled(yoke_server *server)
{
    uint64_t settled = atomic_load(&server->never_started_settled);
    for (unsigned node = 0; node < server->nodes; node++)
        settled += scheduler_settled(&server->schedulers[node]);
    delay_here();
    uint64_t submitted = queue_submitted(&server->dependent);
    for (unsigned node = 0; node < server->nodes; node++)
        submitted += queue_submitted(&server->schedulers[node].queue);
    struct yoke_executor *executor = atomic_load(&server->executor);
    if (executor)
        submitted += queue_submitted(&executor->queue);
    debug_assert(settled <= submitted);
    return settled == submitted && !atomic_load(&server->proxies_at_work);
}

static bool wait_for_all(yoke_server *server, int64_t deadline)
{
    atomic_fetch_add(&server->waiters, 1);
    atomic_thread_fence(memory_order_seq_cst);
    bool settled, in_time = true;
    for (;;) {
        unsigned idle = atomic_load(&server->idle);
        delay_here();
        settled = all_settled(server);
        if (settled || !in_time)
            break;
        in_time = os_sleep(&server->idle, idle, deadline);
    }
    atomic_fetch_sub(&server->waiters, 1);
    return settled;
}

yoke_status yoke_server_wait(yoke_server *server, yoke_duration timeout)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    if (timeout < 0 && timeout != YOKE_FOREVER)
        return error_set(YOKE_INVALID, "timeout is %lld ns; it must be 0 or more, or YOKE_FOREVER",
                         (long long)timeout);
    if (is_inside(server))
        return error_set(YOKE_DEADLOCK, "a job cannot wait for all jobs of its own server");
    if (!wait_for_all(server, os_deadline(timeout)))
        return error_set(YOKE_TIMED_OUT, "jobs are still queued or running");
    return YOKE_OK;
}

yoke_status yoke_server_collect(yoke_server *server, yoke_job_visit visit, void *context)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    const yoke_executor *executor = atomic_load(&server->executor);
    if (!visit || !executor || !executor->options.let_go)
        return error_set(YOKE_INVALID,
                         visit ? "only servers whose cluster is opened as durable have jobs to "
                                 "collect"
                               : "visit is NULL; pass what is to be called");
    if (atomic_load(&server->phase) != SERVER_OPEN)
        return server_check_refuse_closed();
    return keys_visit(server, visit, context);
}

/* ---- closing --------------------------------------------------------------------------------- */

static void finish_all(struct queue *queue)
{
    for (yoke_job *job; (job = queue_pop(queue, self.worker));)
        settle_never_started(job);
}

static void cancel_queued(yoke_server *server)
{
    static const struct outcome outcome = {YOKE_STATE_CANCELLED, YOKE_CANCELLED,
                                           "the server was closed before the job started", false};
    struct worker external;
    external_enter(&external, server);
    /* All queues are closed before any callback is called, and that of the dependent jobs last:
     * none of these can then come to a queue that was closed before, or end because of another job.
     */
    struct yoke_executor *executor = atomic_load(&server->executor);
    for (unsigned node = 0; node < server->nodes; node++)
        queue_close(&server->schedulers[node].queue, &outcome);
    if (executor)
        queue_close(&executor->queue, &outcome);
    delay_here();
    queue_close(&server->dependent, &outcome);
    delay_here();
    for (unsigned node = 0; node < server->nodes; node++)
        finish_all(&server->schedulers[node].queue);
    if (executor)
        finish_all(&executor->queue);
    finish_all(&server->dependent);
    external_leave(&external);
}

static bool begin_to_close(yoke_server *server)
{
    pthread_mutex_lock(&server->control);
    bool open = atomic_load(&server->phase) == SERVER_OPEN;
    if (open)
        atomic_store(&server->phase, SERVER_CLOSING);
    pthread_mutex_unlock(&server->control);
    return open;
}

yoke_status yoke_server_close(yoke_server *server)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    if (is_inside(server))
        return error_set(YOKE_DEADLOCK, "a job cannot close the server that runs it");
    if (begin_to_close(server)) {
        capacity_wake_all(&server->capacity);
        keys_close(server);
        cancel_queued(server);
        executor_close(server);
        wait_for_all(server, -1);
        delay_here();
        stop_teams(server); /* no job is left, and none can come */
        atomic_store(&server->closed, os_now());
        atomic_store(&server->phase, SERVER_CLOSED);
        os_wake(&server->phase, OS_EVERYONE);
    }
    while (atomic_load(&server->phase) != SERVER_CLOSED)
        os_sleep(&server->phase, SERVER_CLOSING, -1);
    return YOKE_OK;
}

void yoke_server_release(yoke_server *server)
{
    if (!server || server->generation != fork_generation())
        return;
    if (is_inside(server)) {
        log_write(YOKE_LOG_WARNING, "a job cannot release the server that runs it; ignored");
        return;
    }
    yoke_server_close(server);
    /* Threads that settled the last jobs may still be inside their lock. */
    blocked_quiesce();
    server_free(server);
}
