/* Wakes the dispatcher of a team, or calls its standby, also to a certain core: see wake.h. */
#include "wake.h"

#include "base/delay.h"
#include "server/server.h"
#include "topology/bind.h"
#include "wake_event.h"

void wake_dispatcher(struct team *team)
{
    /* A look first: in a flood the dispatcher is awake, and an exchange would take its cache line.
     */
    unsigned asleep = DISPATCHER_ASLEEP;
    if (atomic_load(&team->dispatcher) == DISPATCHER_ASLEEP &&
        atomic_compare_exchange_strong(&team->dispatcher, &asleep, DISPATCHER_AWAKE))
        os_wake(&team->dispatcher, 1);
}

/* Takes the standby, which counts as searching from now on, so the caller must signal it; NULL when
 * there is none. The exchange lets only one of several callers have it. */
static struct worker *take_standby(struct team *team)
{
    struct worker *standby =
        atomic_load(&team->standby) ? atomic_exchange(&team->standby, NULL) : NULL;
    delay_here();
    if (standby)
        atomic_fetch_add(&team->scheduler->searching, 1);
    return standby;
}

static void signal_standby(struct worker *standby)
{
    wake_event_signal(standby);
    self.called = true;
}

bool wake_standby(struct team *team)
{
    struct worker *standby = take_standby(team);
    if (standby)
        signal_standby(standby);
    return standby != NULL;
}

bool wake_at_core(struct team *team)
{
    const yoke_server *server = team->scheduler->server;
    unsigned workers = atomic_load(&server->workers);
    unsigned here = bind_worker_here(server->topology, team->scheduler->node, workers);
    struct worker *standby = here < workers ? take_standby(team) : NULL;
    if (!standby)
        return false;
    /* Binds it while it still sleeps, so that it wakes up on this core. */
    if (standby->bound != here && bind_thread(server->topology, here, standby->thread))
        standby->called_to = here;
    signal_standby(standby);
    return true;
}
