#include "wake.h"

#include "base/delay.h"
#include "bell.h"
#include "server/server.h"

void wake_keeper(struct team *team)
{
    unsigned asleep = KEEPER_ASLEEP;
    if (atomic_load(&team->keeper) == KEEPER_ASLEEP &&
        atomic_compare_exchange_strong(&team->keeper, &asleep, KEEPER_AWAKE))
        os_wake(&team->keeper, 1);
}

/* The sentry, which counts as searching from now on and is to be rung; NULL when there is none. */
static struct worker *take_sentry(struct team *team)
{
    struct worker *sentry =
        atomic_load(&team->sentry) ? atomic_exchange(&team->sentry, NULL) : NULL;
    delay_here();
    if (sentry)
        atomic_fetch_add(&team->engine->searching, 1);
    return sentry;
}

static void ring_sentry(struct worker *sentry)
{
    bell_ring(sentry);
    self.called = true;
}

bool wake_sentry(struct team *team)
{
    struct worker *sentry = take_sentry(team);
    if (sentry)
        ring_sentry(sentry);
    return sentry != NULL;
}

bool wake_at_core(struct team *team)
{
    const yoke_server *server = team->engine->server;
    unsigned workers = atomic_load(&server->workers);
    unsigned here = topology_worker_here(server->topology, team->engine->node, workers);
    struct worker *sentry = here < workers ? take_sentry(team) : NULL;
    if (!sentry)
        return false;
    if (sentry->bound != here && topology_bind_other(server->topology, here, sentry->thread))
        sentry->called_to = here;
    ring_sentry(sentry);
    return true;
}
