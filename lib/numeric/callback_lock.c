/* Takes the lock, spinning, then sleeping, then sleeping as one who is away: see callback_lock.h.
 */
#include "callback_lock.h"

#include "server/waiting/absence.h"

/* Some 20 microseconds: most sources read a block or so, and to be woken takes as long. */
enum { SPINS = 500 };

static bool is_held(struct callback_lock *lock)
{
    return atomic_load(&lock->lock.word) != LOCK_FREE;
}

static void sleep_until_given(struct callback_lock *lock, int64_t deadline)
{
    atomic_fetch_add(&lock->sleepers, 1);
    unsigned seen = atomic_load(&lock->gives);
    if (is_held(lock))
        os_sleep(&lock->gives, seen, deadline);
    atomic_fetch_sub(&lock->sleepers, 1);
}

/* Coming back may take as long as a job, so the lock is taken after that. */
static void stay_away(struct callback_lock *lock)
{
    absence_begin();
    while (is_held(lock))
        sleep_until_given(lock, -1);
    absence_end();
}

bool callback_lock_take(struct callback_lock *lock, int64_t patience)
{
    for (int spin = 0; patience && spin < SPINS && is_held(lock); spin++)
        os_pause();
    if (lock_try(&lock->lock))
        return true;
    if (!patience)
        return false;
    sleep_until_given(lock, os_deadline(CALLBACK_LOCK_MOMENT)); /* being away costs more */
    while (!lock_try(&lock->lock)) {
        if (patience >= 0)
            return false;
        stay_away(lock);
    }
    return true;
}

void callback_lock_give(struct callback_lock *lock)
{
    lock_give(&lock->lock);
    delay_here();
    atomic_fetch_add(&lock->gives, 1);
    if (atomic_load(&lock->sleepers))
        os_wake(&lock->gives, OS_EVERYONE);
}
