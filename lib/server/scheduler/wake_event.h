/* The futex of a single worker, on which it sleeps as the standby or parked. */
#ifndef SERVER_WAKE_EVENT_H
#define SERVER_WAKE_EVENT_H

#include "server/worker.h"

/* Signals the worker's wake event. */
void wake_event_signal(struct worker *worker);

/* Sleeps until the wake event was signalled. The worker must have set it to 0 before others could
 * find it as standby or parked. */
void wake_event_await(struct worker *worker);

#endif
