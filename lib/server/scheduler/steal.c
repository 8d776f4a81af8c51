/* Looks for jobs to take from the other nodes' schedulers, nearest first: see steal.h. */
#include "steal.h"

#include <stdlib.h>

#include "permit.h"
#include "server/server.h"
#include "server/workers/team.h"
#include "topology/distance.h"

bool steal_prepare(yoke_server *server)
{
    unsigned others = server->nodes - 1;
    for (unsigned node = 0; others && node < server->nodes; node++) {
        struct scheduler *scheduler = &server->schedulers[node];
        unsigned *order = calloc(others, sizeof *order);
        scheduler->nearest = calloc(others, sizeof(struct scheduler *));
        if (order && scheduler->nearest) {
            distance_order(server->topology, node, order);
            for (unsigned i = 0; i < others; i++)
                scheduler->nearest[i] = &server->schedulers[order[i]];
        }
        free(order);
        if (!order || !scheduler->nearest)
            return false;
    }
    return true;
}

static bool is_saturated(struct scheduler *scheduler)
{
    for (struct team *team = atomic_load(&scheduler->teams); team; team = atomic_load(&team->next))
        if (permit_may_be_taken(team))
            return false;
    return true;
}

size_t steal_available_at(struct scheduler *victim)
{
    /* In this order and only as far as needed: mostly nothing is queued, and then one look does. */
    size_t loose = queue_loose(&victim->queue);
    size_t searching = loose ? atomic_load(&victim->searching) : 0;
    return loose > searching && is_saturated(victim) ? loose - searching : 0;
}

size_t steal_available(struct scheduler *scheduler)
{
    size_t available = 0;
    for (unsigned i = 0; i + 1 < scheduler->server->nodes; i++)
        available += steal_available_at(scheduler->nearest[i]);
    return available;
}

yoke_job *steal_job(struct worker *thief)
{
    struct scheduler *scheduler = thief->scheduler;
    for (unsigned i = 0; i + 1 < scheduler->server->nodes; i++) {
        struct scheduler *victim = scheduler->nearest[i];
        yoke_job *job = steal_available_at(victim) ? queue_pop_loose(&victim->queue, thief) : NULL;
        if (job)
            return job;
    }
    return NULL;
}
