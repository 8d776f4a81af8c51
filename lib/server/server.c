#include "server.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/delay.h"
#include "base/error.h"
#include "base/stopwatch.h"
#include "blocked.h"
#include "fork.h"
#include "forked.h"
#include "guest.h"
#include "helping.h"
#include "job_memory.h"
#include "keys.h"
#include "outside.h"
#include "parking.h"
#include "place.h"
#include "proxy.h"
#include "resize.h"
#include "run.h"
#include "server_check.h"
#include "settle.h"
#include "steal.h"
#include "target.h"
#include "team.h"

/* ---- what there is ----------------------------------------------------------------------------
 */

unsigned yoke_server_workers(const yoke_server *server)
{
    if (server_check(server) != YOKE_OK || atomic_load(&server->phase) != SERVER_OPEN)
        return 0;
    return server->remote_only ? 0 : atomic_load(&server->workers);
}

const yoke_topology *server_topology(const yoke_server *server)
{
    return server->topology;
}

/* ---- opening --------------------------------------------------------------------------------- */

static void free_engine(struct engine *engine)
{
    for (struct team *team = atomic_load(&engine->teams), *next; team; team = next) {
        next = atomic_load(&team->next);
        team_free(team);
    }
    proxy_free_all(engine);
    free(engine->nearest);
}

static void server_free(yoke_server *server)
{
    for (unsigned node = 0; server->engines && node < server->nodes; node++)
        free_engine(&server->engines[node]);
    outside_free(server);
    place_free_all(server);
    target_free_all(server);
    free(server->keys);
    pthread_mutex_destroy(&server->places_lock);
    trace_free(&server->trace.unrun);
    pthread_mutex_destroy(&server->control);
    yoke_topology_release(server->topology);
    free(server->affinity);
    free(server->timer.heap);
    free(server->engines);
    free(server);
    job_memory_trim();
}

/* What must be so when all threads are gone, whatever happened before. */
static void check_at_rest(yoke_server *server)
{
    for (unsigned node = 0; node < server->nodes; node++) {
        struct engine *engine = &server->engines[node];
        unsigned tickets = 0;
        for (struct team *team = engine->teams; team; team = team->next)
            tickets += atomic_load(&team->tickets);
        debug_assert(atomic_load(&engine->searching) == tickets);
        debug_assert(!engine->queue.list.first && !atomic_load(&engine->queue.filled));
        (void)tickets;
    }
    for (unsigned i = 0; i < NUMBERS / 64; i++)
        debug_assert(!atomic_load(&server->numbers[i]));
}

static void stop_teams(yoke_server *server)
{
    for (unsigned node = 0; node < server->nodes; node++)
        for (struct team *team = server->engines[node].teams; team; team = team->next)
            team_stop(team);
    for (unsigned node = 0; node < server->nodes; node++)
        for (struct team *team = server->engines[node].teams; team; team = team->next)
            team_join(team);
    check_at_rest(server);
}

static struct engine *allocate_engines(yoke_server *server)
{
    struct engine *engines = aligned_alloc(alignof(struct engine), server->nodes * sizeof *engines);
    if (!engines)
        return NULL;
    memset(engines, 0, server->nodes * sizeof *engines);
    for (unsigned node = 0; node < server->nodes; node++) {
        engines[node].server = server;
        engines[node].node = node;
        engines[node].queue.state = QUEUE_IDLE;
    }
    return engines;
}

static yoke_server *allocate_server(yoke_topology *topology)
{
    yoke_server *server = aligned_alloc(alignof(yoke_server), sizeof *server);
    if (!server)
        return NULL;
    memset(server, 0, sizeof *server);
    server->generation = fork_generation();
    server->nodes = topology_nodes(topology);
    server->affinity = os_affinity_take();
    server->floating = floating_mode();
    server->opened = os_now();
    atomic_init(&server->timer.next, INT64_MAX);
    server->held.held = true;
    pthread_mutex_init(&server->control, NULL);
    pthread_mutex_init(&server->places_lock, NULL);
    server->engines = allocate_engines(server);
    server->topology = topology;
    if (server->engines && steal_prepare(server))
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
    topology_hold(topology);
    yoke_server *new = allocate_server(topology);
    if (!new) {
        yoke_topology_release(topology);
        return error_set(YOKE_NO_MEMORY, "no memory for a server");
    }
    new->remote_only = is_remote_only(options);
    new->trace.on = options->trace;
    new->room.capacity = options->queue_capacity;
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
    if (options && options->size != sizeof *options)
        return error_set(YOKE_INVALID, "options.size is %zu; start from YOKE_SERVER_OPTIONS_INIT",
                         options->size);
    bool in_kernel = self.frame && !self.frame->callback; /* which may run in a callback, outside */
    if (omp_in_parallel() || in_kernel)
        return error_set(YOKE_DEADLOCK, "a server cannot be opened inside an OpenMP parallel "
                                        "region, nor in a job; open it before");
    if (!forked_watch())
        return error_set(YOKE_NO_MEMORY, "no memory to watch for forks");

    stopwatch_open();
    yoke_server *new = NULL;
    static const yoke_server_options defaults = YOKE_SERVER_OPTIONS_INIT;
    yoke_status status = create(options ? options : &defaults, &new);
    if (status != YOKE_OK)
        return status;
    stopwatch_ready();
    if (options && options->cluster)
        status = join(new, options->cluster);
    if (status == YOKE_OK)
        *server = new;
    return status;
}

/* ---- waiting for all ------------------------------------------------------------------------- */

bool server_is_inside(const yoke_server *server)
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
    uint64_t settled = atomic_load(&server->unrun_settled);
    for (unsigned node = 0; node < server->nodes; node++)
        settled += engine_settled(&server->engines[node]);
    delay_here();
    uint64_t submitted = queue_submitted(&server->held);
    for (unsigned node = 0; node < server->nodes; node++)
        submitted += queue_submitted(&server->engines[node].queue);
    struct yoke_executor *outside = atomic_load(&server->outside);
    if (outside)
        submitted += queue_submitted(&outside->queue);
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
    if (server_is_inside(server))
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
    const yoke_executor *executor = atomic_load(&server->outside);
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
        settle_unrun(job);
}

static void cancel_queued(yoke_server *server)
{
    static const struct verdict verdict = {YOKE_STATE_CANCELLED, YOKE_CANCELLED,
                                           "the server was closed before the job started", false};
    struct worker guest;
    guest_enter(&guest, server);
    /* All queues before any callback, and the held jobs last: none can then come to a queue that
     * was closed before, nor end for the sake of another. */
    struct yoke_executor *outside = atomic_load(&server->outside);
    for (unsigned node = 0; node < server->nodes; node++)
        queue_close(&server->engines[node].queue, &verdict);
    if (outside)
        queue_close(&outside->queue, &verdict);
    delay_here();
    queue_close(&server->held, &verdict);
    delay_here();
    for (unsigned node = 0; node < server->nodes; node++)
        finish_all(&server->engines[node].queue);
    if (outside)
        finish_all(&outside->queue);
    finish_all(&server->held);
    guest_leave(&guest);
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
    if (server_is_inside(server))
        return error_set(YOKE_DEADLOCK, "a job cannot close the server that runs it");
    if (begin_to_close(server)) {
        room_wake_all(&server->room);
        keys_close(server);
        cancel_queued(server);
        outside_close(server);
        wait_for_all(server, -1);
        delay_here();
        stop_teams(server);
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
    if (server_is_inside(server)) {
        log_write(YOKE_LOG_WARNING, "a job cannot release the server that runs it; ignored");
        return;
    }
    yoke_server_close(server);
    blocked_quiesce();
    server_free(server);
}
