#include "steal.h"

#include <stdlib.h>

#include "server/server.h"
#include "server/workers/team.h"
#include "token.h"

bool steal_prepare(yoke_server *server)
{
    unsigned others = server->nodes - 1;
    for (unsigned node = 0; others && node < server->nodes; node++) {
        struct engine *engine = &server->engines[node];
        unsigned *order = calloc(others, sizeof *order);
        engine->nearest = calloc(others, sizeof(struct engine *));
        if (order && engine->nearest) {
            topology_nearest(server->topology, node, order);
            for (unsigned i = 0; i < others; i++)
                engine->nearest[i] = &server->engines[order[i]];
        }
        free(order);
        if (!order || !engine->nearest)
            return false;
    }
    return true;
}

static bool is_saturated(struct engine *engine)
{
    for (struct team *team = atomic_load(&engine->teams); team; team = atomic_load(&team->next))
        if (token_may_be_taken(team))
            return false;
    return true;
}

size_t steal_available_at(struct engine *victim)
{
    size_t loose = queue_loose(&victim->queue);
    size_t searching = loose ? atomic_load(&victim->searching) : 0;
    return loose > searching && is_saturated(victim) ? loose - searching : 0;
}

size_t steal_available(struct engine *engine)
{
    size_t available = 0;
    for (unsigned i = 0; i + 1 < engine->server->nodes; i++)
        available += steal_available_at(engine->nearest[i]);
    return available;
}

yoke_job *steal_job(struct worker *thief)
{
    struct engine *engine = thief->engine;
    for (unsigned i = 0; i + 1 < engine->server->nodes; i++) {
        struct engine *victim = engine->nearest[i];
        yoke_job *job = steal_available_at(victim) ? queue_pop_loose(&victim->queue, thief) : NULL;
        if (job)
            return job;
    }
    return NULL;
}
