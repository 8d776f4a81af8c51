/* Finds a permit and a worker record in another server for a thread that runs one of its jobs: see
 * proxy.h. */
#include "proxy.h"

#include <stdlib.h>
#include <string.h>

#include "base/delay.h"
#include "server/jobs/waiters.h"
#include "server/lifecycle/blocked.h"
#include "server/scheduler/parking.h"
#include "server/scheduler/permit.h"
#include "server/scheduler/place.h"
#include "server/server.h"
#include "server/workers/team.h"

/* ---- permits --------------------------------------------------------------------------------- */

/* Also a pending permit, which no worker has redeemed yet. It counts as searching, which this
 * thread does not do. */
static struct team *take_permit(struct scheduler *scheduler)
{
    for (struct team *team = atomic_load(&scheduler->teams); team;
         team = atomic_load(&team->next)) {
        if (permit_redeem_pending(team)) {
            atomic_fetch_sub(&scheduler->searching, 1);
            return team;
        }
        if (permit_take(team))
            return team;
    }
    return NULL;
}

static struct team *find_permit(yoke_server *server, const struct place *place)
{
    struct team *team = NULL;
    for (unsigned node = 0; node < server->nodes && !team; node++)
        if (!place || place_has_node(server, place, node))
            team = take_permit(&server->schedulers[node]);
    return team || !place ? team : find_permit(server, NULL);
}

static void give_permit(struct worker *worker)
{
    struct team *team = worker->lender;
    parking_give_number(worker);
    delay_here();
    if (team)
        permit_give(team);
    scheduler_notify(worker->scheduler);
}

/* ---- the workers ----------------------------------------------------------------------------- */

static struct proxy *create(struct scheduler *scheduler)
{
    struct proxy *proxy = aligned_alloc(alignof(struct proxy), sizeof *proxy);
    if (!proxy)
        return NULL;
    memset(proxy, 0, sizeof *proxy);
    atomic_init(&proxy->busy, true);
    proxy->worker.server = scheduler->server;
    proxy->worker.scheduler = scheduler;
    atomic_init(&proxy->worker.slot, NUMBER_NONE);
    atomic_init(&proxy->worker.bound, NUMBER_NONE);
    atomic_init(&proxy->worker.number, NUMBER_NONE);
    proxy->next = atomic_load(&scheduler->proxies);
    while (!atomic_compare_exchange_weak(&scheduler->proxies, &proxy->next, proxy))
        ;
    return proxy;
}

/* Proxies are kept for the next thread until the server goes, as their counters are part of the
 * statistics. */
static struct proxy *find_free(struct scheduler *scheduler)
{
    struct proxy *proxy = atomic_load(&scheduler->proxies);
    while (proxy && atomic_exchange(&proxy->busy, true))
        proxy = proxy->next;
    return proxy ? proxy : create(scheduler);
}

struct worker *proxy_enter(const yoke_job *job)
{
    yoke_server *server = job->server;
    struct team *team = find_permit(server, job->place);
    if (!team && !atomic_load(&server->helpers_blocked))
        return NULL;
    delay_here();
    struct proxy *proxy = find_free(team ? team->scheduler : server->schedulers);
    if (!proxy) {
        if (team) {
            permit_give(team);
            scheduler_notify(team->scheduler);
        }
        return NULL;
    }
    struct worker *worker = &proxy->worker;
    atomic_fetch_add(&server->proxies_at_work, 1);
    worker->lender = team;
    worker->outer = self.latest;
    worker->thread_worker = self.latest ? self.latest->thread_worker : worker;
    self.latest = worker;
    parking_take_number(worker, !team);
    delay_here();
    if (team)
        scheduler_notify(
            worker->scheduler); /* a pending permit that was searching is not any more */
    return worker;
}

void proxy_leave(struct worker *worker)
{
    yoke_server *server = worker->server;
    struct proxy *proxy = (struct proxy *)worker;
    self.latest = worker->outer;
    give_permit(worker);
    atomic_store(&proxy->busy, false);
    delay_here();
    /* The server may be released as soon as `proxies_at_work` is 0; but the thread that frees it
     * takes this lock first, see blocked_quiesce(). */
    blocked_lock();
    atomic_fetch_sub(&server->proxies_at_work, 1);
    waiters_tell(server);
    blocked_unlock();
}

void proxy_block(struct worker *worker)
{
    give_permit(worker);
}

void proxy_resume(struct worker *worker)
{
    struct team *team = worker->lender;
    parking_take_number(worker, !team || scheduler_retake_permit(team));
}

void proxy_free_all(struct scheduler *scheduler)
{
    for (struct proxy *proxy = atomic_load(&scheduler->proxies), *next; proxy; proxy = next) {
        next = proxy->next;
        trace_free(&proxy->worker.trace);
        free(proxy);
    }
}
