#include "engine.h"

#include <stdlib.h>

#include "base/delay.h"
#include "outside.h"
#include "server/waiting/proxy.h"
#include "server/workers/team.h"
#include "steal.h"
#include "token.h"
#include "wake.h"

bool engine_wants(struct engine *engine)
{
    size_t queued = queue_length(&engine->queue);
    unsigned searching = atomic_load(&engine->searching);
    if (queued > searching)
        return true;
    return engine->nearest && queued + steal_available(engine) > searching;
}

/* Wakes one of the engine's own workers, or a keeper who will; false when all are at work. */
static bool engine_wake(struct engine *engine)
{
    struct team *teams = atomic_load(&engine->teams);
    for (struct team *team = teams; team; team = team->next)
        if (wake_sentry(team))
            return true;
    for (struct team *team = teams; team; team = team->next)
        if (token_may_be_taken(team)) {
            wake_keeper(team);
            return true;
        }
    return false;
}

/* Whether a worker of the engine may be woken: not while all are at work. */
static bool engine_may_wake(struct engine *engine)
{
    struct team *teams = atomic_load(&engine->teams);
    for (struct team *team = teams; team; team = atomic_load(&team->next))
        if (atomic_load(&team->sentry) || token_may_be_taken(team))
            return true;
    return false;
}

static bool engine_wake_thief(struct engine *engine)
{
    for (unsigned i = 0; engine->nearest && i + 1 < engine->server->nodes; i++) {
        struct engine *thief = engine->nearest[i];
        if (engine_wants(thief) && engine_wake(thief))
            return true;
    }
    return false;
}

void engine_notify(struct engine *engine)
{
    atomic_thread_fence(memory_order_seq_cst);
    delay_here();
    /* In a flood nothing more is done, without a look at words that change with every job. */
    if (engine->nearest || engine_may_wake(engine)) {
        if (!engine_wants(engine) || engine_wake(engine) || engine_wake_thief(engine))
            return;
    }
    outside_call(engine->server);
}

void engine_hand_over(struct engine *engine)
{
    struct team *team = atomic_load(&engine->teams);
    while (team && !wake_at_core(team))
        team = atomic_load(&team->next);
}

/* Jobs queued and tokens out, for each worker. */
static size_t engine_load(struct engine *engine)
{
    size_t load = queue_length(&engine->queue);
    for (struct team *team = atomic_load(&engine->teams); team; team = team->next)
        load += atomic_load_explicit(&team->tokens, memory_order_relaxed);
    return load;
}

bool engine_less_loaded(struct engine *a, struct engine *b)
{
    return engine_load(a) * atomic_load_explicit(&b->workers, memory_order_relaxed) <
           engine_load(b) * atomic_load_explicit(&a->workers, memory_order_relaxed);
}

void engine_each_worker(struct engine *engine, void (*see)(struct worker *worker, void *context),
                        void *context)
{
    for (struct team *team = atomic_load(&engine->teams); team; team = atomic_load(&team->next))
        for (unsigned i = 0; i < team->size; i++)
            see(&team->members[i], context);
    for (struct proxy *proxy = atomic_load(&engine->proxies); proxy; proxy = proxy->next)
        see(&proxy->worker, context);
}

static void add_settled(struct worker *worker, void *sum)
{
    *(uint64_t *)sum += atomic_load(&worker->settled);
}

uint64_t engine_settled(struct engine *engine)
{
    uint64_t sum = 0;
    engine_each_worker(engine, add_settled, &sum);
    return sum;
}

bool engine_retake_token(struct team *team)
{
    bool surplus = atomic_fetch_add(&team->tokens, 1) >= atomic_load(&team->workers);
    delay_here();
    wake_sentry(team); /* T4 */
    /* A keeper that was on its way finds one token less, and may not tell other engines. */
    engine_notify(team->engine);
    return surplus;
}
