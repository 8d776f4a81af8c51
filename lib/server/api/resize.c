/* Shares the workers of a server out among its schedulers and teams, and starts teams for them. No
 * thread is ended by a resize: surplus workers park. */
#include "resize.h"

#include "base/debug.h"
#include "base/delay.h"
#include "base/error.h"
#include "server/jobs/server_check.h"
#include "server/scheduler/parking.h"
#include "server/scheduler/wake.h"
#include "server/server.h"
#include "server/workers/team.h"
#include "topology/plan.h"

/* How many of the first `workers` workers live on the node. */
static unsigned share_of(const yoke_server *server, unsigned node, unsigned workers)
{
    unsigned share = 0;
    for (unsigned worker = 0; worker < workers; worker++)
        share += plan_node_of(server->topology, worker) == node;
    return share;
}

static unsigned capacity_of(struct scheduler *scheduler)
{
    unsigned capacity = 0;
    for (struct team *team = atomic_load(&scheduler->teams); team; team = atomic_load(&team->next))
        capacity += team->capacity;
    return capacity;
}

/* Sees to it that every scheduler can have its share of `workers`. Their first teams have at least
 * `members_min` members. */
static yoke_status provide(yoke_server *server, unsigned workers, unsigned members_min)
{
    for (unsigned node = 0; node < server->nodes; node++) {
        struct scheduler *scheduler = &server->schedulers[node];
        unsigned share = share_of(server, node, workers);
        for (unsigned capacity = 0; (capacity = capacity_of(scheduler)) < share;) {
            yoke_status status = team_open(scheduler, share - capacity, capacity ? 0 : members_min);
            if (status != YOKE_OK)
                return status;
        }
    }
    return YOKE_OK;
}

static void share_out(struct scheduler *scheduler, unsigned workers)
{
    atomic_store(&scheduler->workers, workers);
    delay_here();
    for (struct team *team = atomic_load(&scheduler->teams); team;
         team = atomic_load(&team->next)) {
        unsigned share = workers < team->capacity ? workers : team->capacity;
        parking_set_workers(team, share);
        workers -= share;
    }
    debug_assert(workers == 0);
}

/* Moves the jobs of schedulers that have lost their last worker to one that has some. Idle first,
 * so that no more jobs come. */
static void clear_idle_queues(yoke_server *server)
{
    struct scheduler *heir = server->schedulers;
    while (!atomic_load(&heir->workers))
        heir++;
    for (unsigned node = 0; node < server->nodes; node++) {
        struct scheduler *scheduler = &server->schedulers[node];
        if (atomic_load(&scheduler->workers))
            continue;
        queue_set_state(&scheduler->queue, QUEUE_IDLE);
        delay_here();
        queue_move(&scheduler->queue, &heir->queue);
    }
}

/* Under `control`, with the teams provided. At no time may the teams have more workers together
 * than the server, or some would find no number: so it grows before them and shrinks after them. */
static void set_workers(yoke_server *server, unsigned workers)
{
    if (workers > atomic_load(&server->workers))
        atomic_store(&server->workers, workers);
    delay_here();
    for (unsigned node = 0; node < server->nodes; node++) {
        unsigned share = share_of(server, node, workers);
        if (share)
            queue_set_state(&server->schedulers[node].queue, QUEUE_OPEN);
        share_out(&server->schedulers[node], share);
    }
    delay_here();
    atomic_store(&server->workers, workers);
    clear_idle_queues(server);
    for (unsigned node = 0; node < server->nodes; node++) {
        struct scheduler *scheduler = &server->schedulers[node];
        delay_here();
        scheduler_notify(scheduler);
        scheduler_ask_forks(scheduler); /* who forked on the only worker has called nobody */
        for (struct team *team = scheduler->teams; team; team = atomic_load(&team->next))
            wake_dispatcher(team); /* to park the surplus */
    }
}

static unsigned schedulers_used(const yoke_server *server, unsigned workers)
{
    unsigned used = share_of(server, 0, workers) > 0;
    for (unsigned node = 1; node < server->nodes; node++)
        used += share_of(server, node, workers) > 0;
    return used ? used : 1;
}

yoke_status resize_first(yoke_server *server)
{
    unsigned workers = yoke_topology_workers(server->topology);
    /* libgomp spins for milliseconds after every wake-up unless there are more OpenMP threads than
     * processors: the members of all teams and one thread of the program. */
    unsigned used = schedulers_used(server, workers);
    unsigned members_min = (os_processors() + used - 1) / used;
    yoke_status status = provide(server, workers, members_min);
    if (status == YOKE_OK)
        set_workers(server, workers);
    return status;
}

yoke_status yoke_server_resize(yoke_server *server, unsigned workers)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    if (workers < 1 || workers > YOKE_WORKERS_MAX)
        return error_set(YOKE_INVALID, "%u workers asked for; allowed are 1 to %d", workers,
                         YOKE_WORKERS_MAX);
    if (server->remote_only)
        return error_set(YOKE_INVALID, "the server was opened without workers, and keeps none");
    pthread_mutex_lock(&server->control);
    if (atomic_load(&server->phase) != SERVER_OPEN)
        status = server_check_refuse_closed();
    else if ((status = provide(server, workers, 0)) == YOKE_OK)
        set_workers(server, workers);
    pthread_mutex_unlock(&server->control);
    return status;
}
