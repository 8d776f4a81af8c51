/* Jobs that end without having run. */
#ifndef SERVER_UNRUN_H
#define SERVER_UNRUN_H

#include "worker.h"

/* Who ends such jobs may be any thread. While it runs their callbacks it is a *guest*: a worker
 * without a team, so that waits in callbacks are part of who waits for whom. Answers the worker
 * that the calling thread is from now on: `guest`, unless it is one already. */
struct worker *unrun_enter(struct worker *guest, yoke_server *server);

/* Calls the callback of a job that has ended unrun, and settles it. The server may be gone
 * afterwards. */
void unrun_finish(yoke_job *job);

/* The same, but a worker calls the callback, if there is one: for threads that must not. */
void unrun_hand_over(yoke_job *job);

/* The calling thread is what it was before unrun_enter(). */
void unrun_leave(const struct worker *guest);

#endif
