/* A lock under which functions of the caller run, which may take long, and wait for jobs: so who
 * waits for it lets stand-ins have its permit, and these jobs run. */
#ifndef NUMERIC_CALLBACK_LOCK_H
#define NUMERIC_CALLBACK_LOCK_H

#include "base/lock.h"

/* All zero is a free one. */
struct callback_lock {
    struct lock lock;
    atomic_uint gives; /* how often it was given; a futex */
    atomic_uint sleepers;
};

void callback_lock_take(struct callback_lock *lock);
void callback_lock_give(struct callback_lock *lock);

#endif
