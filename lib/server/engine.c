#include "engine.h"

#include "team.h"

void engine_notify(struct engine *engine)
{
    atomic_thread_fence(memory_order_seq_cst);
    if (!engine_wants(engine))
        return;
    struct team *teams = atomic_load(&engine->teams);
    for (struct team *team = teams; team; team = team->next)
        if (team_call_sentry(team))
            return;
    for (struct team *team = teams; team; team = team->next)
        if (atomic_load(&team->tokens) < atomic_load(&team->workers)) {
            team_wake_keeper(team);
            return;
        }
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
