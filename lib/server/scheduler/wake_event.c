/* Signals and awaits a worker's wake event: see wake_event.h. */
#include "wake_event.h"

void wake_event_signal(struct worker *worker)
{
    atomic_store(&worker->wake_event, 1);
    os_wake(&worker->wake_event, 1);
}

void wake_event_await(struct worker *worker)
{
    while (!atomic_load(&worker->wake_event))
        os_sleep(&worker->wake_event, 0, -1);
}
