/* Threads that are blocked: each sleeps until one of some jobs has ended. Before a thread blocks, a
 * search finds out whether it could ever go on. */
#ifndef SERVER_BLOCKED_H
#define SERVER_BLOCKED_H

#include "server/worker.h"

/* Notes that the calling thread, a worker, is blocked until one of the jobs, of any servers, has
 * ended; false when none of them can end before the calling thread goes on. */
bool blocked_enter(yoke_job *const *jobs, size_t count);
void blocked_leave(void);

/* Between the two, the server of a job that is not settled stays, and so does the worker that has
 * claimed it. */
void blocked_lock(void);
void blocked_unlock(void);

/* Returns once no thread is looking at a job or worker that was settled or idle before the call;
 * what belongs to them may be freed then. */
void blocked_quiesce(void);

/* After a fork, in the child: no thread is blocked. */
void blocked_reset(void);

#endif
