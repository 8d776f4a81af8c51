/* A thread that is no worker, and ends jobs or calls them back: a *guest*, a worker without a team,
 * so that waits in callbacks are part of who waits for whom. */
#ifndef SERVER_GUEST_H
#define SERVER_GUEST_H

#include "server/worker.h"

/* Answers the worker that the calling thread is from now on: `guest`, unless it is one already. */
struct worker *guest_enter(struct worker *guest, yoke_server *server);

/* The calling thread is what it was before. */
void guest_leave(const struct worker *guest);

#endif
