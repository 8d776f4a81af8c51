/* Permits: a worker that has one may run jobs of the team. See scheduler.h. */
#ifndef SERVER_PERMIT_H
#define SERVER_PERMIT_H

#include "server/workers/team.h"

/* Takes a permit; false when there may be no more. */
bool permit_take(struct team *team);

/* Takes a permit for a worker that counts as giving way; if it gets one it counts no more. */
bool permit_take_back(struct team *team);

/* Tells workers that give way that there may be a permit. */
void permit_tell_giving_way(struct team *team);

/* Gives up the permit of a thread that works for the team. */
void permit_give(struct team *team);

/* Whether there are more permits than workers, since a resize or a blocked worker's return; or a
 * worker that gave way wants its own back, and the jobs that it gave way to have been taken. */
static inline bool permit_is_surplus(struct team *team)
{
    unsigned permits = atomic_load_explicit(&team->permits, memory_order_relaxed);
    unsigned workers = atomic_load_explicit(&team->workers, memory_order_relaxed);
    unsigned wanted = atomic_load_explicit(&team->giving_way, memory_order_relaxed);
    return permits > workers ||
           (wanted && permits + wanted > workers &&
            !queue_has_above(&team->scheduler->queue, atomic_load(&team->giving_level)));
}

/* Whether there may be one more permit. */
static inline bool permit_may_be_taken(struct team *team)
{
    return atomic_load(&team->permits) + atomic_load(&team->giving_way) <
           atomic_load(&team->workers);
}

/* Takes a pending permit of the team, if there is one: a permit that counts as searching. */
bool permit_redeem_pending(struct team *team);

#endif
