/* A lock under which functions of the caller run, which may take long, and wait for jobs. These may
 * need the very worker that waits for the lock, and stand-ins are few: so who only helps with a
 * loop waits for a moment, and then leaves the loop; and who has called it lets a stand-in have its
 * permit. */
#ifndef NUMERIC_CALLBACK_LOCK_H
#define NUMERIC_CALLBACK_LOCK_H

#include <stdbool.h>

#include "base/lock.h"

/* All zero is a free one. */
struct callback_lock {
    struct lock lock;
    atomic_uint gives; /* how often it was given; a futex */
    atomic_uint sleepers;
};

/* How long a thread waits, in nanoseconds: most callbacks are short. */
enum { CALLBACK_LOCK_MOMENT = 1000000, CALLBACK_LOCK_FOREVER = -1 };

/* False when it could not be had: `patience` is 0, a moment, or for ever. */
bool callback_lock_take(struct callback_lock *lock, int64_t patience);
void callback_lock_give(struct callback_lock *lock);

#endif
