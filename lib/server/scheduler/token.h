/* Tokens: who holds one may run jobs of the team. See engine.h. */
#ifndef SERVER_TOKEN_H
#define SERVER_TOKEN_H

#include "server/workers/team.h"

/* One more token, if there may be one. */
bool token_take(struct team *team);

/* One token for a worker that counts as giving way, and then does no more. */
bool token_take_back(struct team *team);

/* Tells these that there may be a token. */
void token_tell_giving_way(struct team *team);

/* One token less, of a thread that works for the team. */
void token_give(struct team *team);

/* Whether there are more tokens than workers: since a resize, or a blocked worker's return; or who
 * gave way wants its own back, and what it gave way to has been taken. */
static inline bool token_is_surplus(struct team *team)
{
    unsigned tokens = atomic_load_explicit(&team->tokens, memory_order_relaxed);
    unsigned workers = atomic_load_explicit(&team->workers, memory_order_relaxed);
    unsigned wanted = atomic_load_explicit(&team->giving_way, memory_order_relaxed);
    return tokens > workers ||
           (wanted && tokens + wanted > workers &&
            !queue_has_above(&team->engine->queue, atomic_load(&team->giving_level)));
}

/* Whether there may be one more token. */
static inline bool token_may_be_taken(struct team *team)
{
    return atomic_load(&team->tokens) + atomic_load(&team->giving_way) <
           atomic_load(&team->workers);
}

/* Takes a ticket of the team, if there is one: a token that counts as searching. */
bool token_redeem_ticket(struct team *team);

#endif
