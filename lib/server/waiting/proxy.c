#include "proxy.h"

#include <stdlib.h>
#include <string.h>

#include "base/delay.h"
#include "server/jobs/waiters.h"
#include "server/lifecycle/blocked.h"
#include "server/scheduler/parking.h"
#include "server/scheduler/place.h"
#include "server/scheduler/token.h"
#include "server/server.h"
#include "server/workers/team.h"

/* ---- tokens ---------------------------------------------------------------------------------- */

/* A token that no worker has come for yet is as good as a new one. */
static struct team *take_token(struct engine *engine)
{
    for (struct team *team = atomic_load(&engine->teams); team; team = atomic_load(&team->next)) {
        if (token_redeem_ticket(team)) {
            atomic_fetch_sub(&engine->searching, 1);
            return team;
        }
        if (token_take(team))
            return team;
    }
    return NULL;
}

static struct team *find_token(yoke_server *server, const struct place *place)
{
    struct team *team = NULL;
    for (unsigned node = 0; node < server->nodes && !team; node++)
        if (!place || place_has_node(server, place, node))
            team = take_token(&server->engines[node]);
    return team || !place ? team : find_token(server, NULL);
}

static void give_token(struct worker *worker)
{
    struct team *team = worker->lender;
    parking_give_number(worker);
    delay_here();
    if (team)
        token_give(team);
    engine_notify(worker->engine);
}

/* ---- the workers ----------------------------------------------------------------------------- */

static struct proxy *create(struct engine *engine)
{
    struct proxy *proxy = aligned_alloc(alignof(struct proxy), sizeof *proxy);
    if (!proxy)
        return NULL;
    memset(proxy, 0, sizeof *proxy);
    atomic_init(&proxy->busy, true);
    proxy->worker.server = engine->server;
    proxy->worker.engine = engine;
    atomic_init(&proxy->worker.home, NUMBER_NONE);
    atomic_init(&proxy->worker.bound, NUMBER_NONE);
    atomic_init(&proxy->worker.number, NUMBER_NONE);
    proxy->next = atomic_load(&engine->proxies);
    while (!atomic_compare_exchange_weak(&engine->proxies, &proxy->next, proxy))
        ;
    return proxy;
}

static struct proxy *find_free(struct engine *engine)
{
    struct proxy *proxy = atomic_load(&engine->proxies);
    while (proxy && atomic_exchange(&proxy->busy, true))
        proxy = proxy->next;
    return proxy ? proxy : create(engine);
}

struct worker *proxy_enter(const yoke_job *job)
{
    yoke_server *server = job->server;
    struct team *team = find_token(server, job->place);
    if (!team && !atomic_load(&server->helpers_blocked))
        return NULL;
    delay_here();
    struct proxy *proxy = find_free(team ? team->engine : server->engines);
    if (!proxy) {
        if (team) {
            token_give(team);
            engine_notify(team->engine);
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
        engine_notify(worker->engine); /* a ticket that was searching is not any more */
    return worker;
}

void proxy_leave(struct worker *worker)
{
    yoke_server *server = worker->server;
    struct proxy *proxy = (struct proxy *)worker;
    self.latest = worker->outer;
    give_token(worker);
    atomic_store(&proxy->busy, false);
    delay_here();
    /* Whoever releases the server comes by this lock first: see blocked_quiesce(). */
    blocked_lock();
    atomic_fetch_sub(&server->proxies_at_work, 1);
    waiters_tell(server);
    blocked_unlock();
}

void proxy_block(struct worker *worker)
{
    give_token(worker);
}

void proxy_resume(struct worker *worker)
{
    struct team *team = worker->lender;
    parking_take_number(worker, !team || engine_retake_token(team));
}

void proxy_free_all(struct engine *engine)
{
    for (struct proxy *proxy = atomic_load(&engine->proxies), *next; proxy; proxy = next) {
        next = proxy->next;
        trace_free(&proxy->worker.trace);
        free(proxy);
    }
}
