/* What a worker sleeps on that is called by name: the sentry, and those that are parked. */
#ifndef SERVER_BELL_H
#define SERVER_BELL_H

#include "server/worker.h"

/* Rings the worker's bell. */
void bell_ring(struct worker *worker);

/* Sleeps until the bell has rung. It must have been muted before the worker could be found. */
void bell_await(struct worker *worker);

#endif
