/* Takes and gives permits, each by one compare-and-swap: see permit.h. */
#include "permit.h"

#include "base/debug.h"
#include "base/delay.h"
#include "wake.h"

bool permit_take(struct team *team)
{
    unsigned permits = atomic_load(&team->permits);
    while (permits + atomic_load(&team->giving_way) < atomic_load(&team->workers))
        if (atomic_compare_exchange_weak(&team->permits, &permits, permits + 1)) {
            delay_here();
            wake_standby(team); /* T4 */
            return true;
        }
    return false;
}

/* Not through permit_take(), which leaves a permit for each worker that gives way. */
bool permit_take_back(struct team *team)
{
    unsigned permits = atomic_load(&team->permits);
    while (permits < atomic_load(&team->workers))
        if (atomic_compare_exchange_weak(&team->permits, &permits, permits + 1)) {
            delay_here();
            atomic_fetch_sub(&team->giving_way, 1);
            wake_standby(team); /* T4 */
            return true;
        }
    return false;
}

void permit_tell_giving_way(struct team *team)
{
    if (atomic_load(&team->giving_way)) {
        atomic_fetch_add(&team->given, 1);
        os_wake(&team->given, OS_EVERYONE);
    }
}

void permit_give(struct team *team)
{
    unsigned before = atomic_fetch_sub(&team->permits, 1);
    debug_assert(before > 0);
    (void)before;
    delay_here();
    permit_tell_giving_way(team);
}

bool permit_redeem_pending(struct team *team)
{
    unsigned pending = atomic_load(&team->pending);
    while (pending)
        if (atomic_compare_exchange_weak(&team->pending, &pending, pending - 1))
            return true;
    return false;
}
