/* What a worker sleeps on that is called by name: the standby, and those that are parked. */
#ifndef SERVER_WAKE_EVENT_H
#define SERVER_WAKE_EVENT_H

#include "server/worker.h"

/* Signals the worker's wake event. */
void wake_event_signal(struct worker *worker);

/* Sleeps until its wake event has come. It must have been muted before the worker could be
 * found. */
void wake_event_await(struct worker *worker);

#endif
