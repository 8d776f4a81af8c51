#include "token.h"

#include "base/debug.h"
#include "base/delay.h"
#include "wake.h"

bool token_take(struct team *team)
{
    unsigned tokens = atomic_load(&team->tokens);
    while (tokens + atomic_load(&team->giving_way) < atomic_load(&team->workers))
        if (atomic_compare_exchange_weak(&team->tokens, &tokens, tokens + 1)) {
            delay_here();
            wake_sentry(team); /* T4 */
            return true;
        }
    return false;
}

bool token_take_back(struct team *team)
{
    unsigned tokens = atomic_load(&team->tokens);
    while (tokens < atomic_load(&team->workers))
        if (atomic_compare_exchange_weak(&team->tokens, &tokens, tokens + 1)) {
            delay_here();
            atomic_fetch_sub(&team->giving_way, 1);
            wake_sentry(team); /* T4 */
            return true;
        }
    return false;
}

void token_tell_giving_way(struct team *team)
{
    if (atomic_load(&team->giving_way)) {
        atomic_fetch_add(&team->given, 1);
        os_wake(&team->given, OS_EVERYONE);
    }
}

void token_give(struct team *team)
{
    unsigned before = atomic_fetch_sub(&team->tokens, 1);
    debug_assert(before > 0);
    (void)before;
    delay_here();
    token_tell_giving_way(team);
}

bool token_redeem_ticket(struct team *team)
{
    unsigned tickets = atomic_load(&team->tickets);
    while (tickets)
        if (atomic_compare_exchange_weak(&team->tickets, &tickets, tickets - 1))
            return true;
    return false;
}
