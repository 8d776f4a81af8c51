/* A thread that is no worker, and ends jobs or calls them back: an *external thread*. It becomes a
 * worker without a team, so that blocked.c finds it when it waits for a job in a callback. */
#ifndef SERVER_EXTERNAL_H
#define SERVER_EXTERNAL_H

#include "server/worker.h"

/* Answers the worker that the calling thread is from now on: `external`, unless it is one
 * already. */
struct worker *external_enter(struct worker *external, yoke_server *server);

/* The calling thread is what it was before. */
void external_leave(const struct worker *external);

#endif
