/* A lock for critical sections of a few instructions: four bytes, one atomic operation to take and
 * one to give back, a short spin before sleeping. Made of C11 atomics, so that ThreadSanitizer sees
 * every hand-over. All zero is a free lock. Not recursive. */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "delay.h"
#include "os.h"

struct lock {
    atomic_uint word; /* LOCK_... below; the futex that sleepers wait on */
};

enum { LOCK_FREE, LOCK_HELD, LOCK_CONTENDED }; /* contended: held, and there may be sleepers */

/* The thread that holds a lock is about to give it, unless the system took its processor away. So
 * spin for as long as a sleep and a wake-up would take at the least. */
enum { LOCK_SPINS = 64 };

static inline bool lock_try(struct lock *lock)
{
    unsigned expected = LOCK_FREE;
    return atomic_compare_exchange_strong_explicit(&lock->word, &expected, LOCK_HELD,
                                                   memory_order_acquire, memory_order_relaxed);
}

static inline void lock_take(struct lock *lock)
{
    delay_here();
    if (lock_try(lock))
        return;
    for (int spin = 0; spin < LOCK_SPINS; spin++) {
        os_pause();
        if (atomic_load_explicit(&lock->word, memory_order_relaxed) == LOCK_FREE && lock_try(lock))
            return;
    }
    /* A thread that has slept takes the lock as LOCK_CONTENDED, as others may sleep still: at worst
     * that costs one wake-up of nobody. */
    while (atomic_exchange_explicit(&lock->word, LOCK_CONTENDED, memory_order_acquire) != LOCK_FREE)
        os_sleep(&lock->word, LOCK_CONTENDED, -1);
}

static inline void lock_give(struct lock *lock)
{
    if (atomic_exchange_explicit(&lock->word, LOCK_FREE, memory_order_release) == LOCK_CONTENDED)
        os_wake(&lock->word, 1);
    delay_here();
}

#endif
