/* The one word that all threads sleep on which watch several jobs: see watch.h. */
#include "watch.h"

#include <stdatomic.h>

#include "base/delay.h"
#include "base/os.h"

static atomic_uint changes; /* the futex */
static atomic_uint watchers;
static atomic_uint counts[WATCH_STUCK + 1];

void watch_enter(void)
{
    atomic_fetch_add(&watchers, 1);
    atomic_thread_fence(memory_order_seq_cst); /* pairs with the one in watch_tell() */
}

void watch_leave(void)
{
    atomic_fetch_sub(&watchers, 1);
}

unsigned watch_look(void)
{
    return atomic_load(&changes);
}

bool watch_sleep(unsigned seen, int64_t deadline)
{
    return os_sleep(&changes, seen, deadline);
}

void watch_tell(enum watch_event event)
{
    /* Counted also while nobody watches: a waiter compares with what it saw earlier. */
    if (event != WATCH_JOB)
        atomic_fetch_add(&counts[event], 1);
    delay_here();
    /* Either the watcher sees what the caller has changed, or the caller sees the watcher. */
    atomic_thread_fence(memory_order_seq_cst);
    if (!atomic_load(&watchers))
        return;
    delay_here();
    atomic_fetch_add(&changes, 1);
    os_wake(&changes, OS_EVERYONE);
}

unsigned watch_count(enum watch_event event)
{
    return atomic_load(&counts[event]);
}

void watch_reset(void)
{
    atomic_store(&watchers, 0);
}
