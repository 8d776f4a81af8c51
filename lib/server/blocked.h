/* Who is blocked on whom: threads that sleep until one of some jobs has ended, and the search for
 * waits after which nobody could ever go on. */
#ifndef SERVER_BLOCKED_H
#define SERVER_BLOCKED_H

#include "worker.h"

/* Notes that the calling thread, a worker, is blocked until one of the jobs, of any servers, has
 * ended; false when none of them can end before the calling thread goes on. */
bool blocked_enter(yoke_job *const *jobs, size_t count);
void blocked_leave(void);

/* Whether the calling thread, which is blocked, can still go on. To be asked now and then by one
 * that blocked_is_helping(): whose kernel it helps may become certain only when others have ended.
 */
bool blocked_can_go_on(void);

/* Whether the calling thread runs an OpenMP task of a kernel that another thread runs. */
bool blocked_is_helping(void);

/* The thread begins a kernel that runs in no other, or has ended it: `job` is NULL. */
static inline void blocked_note_kernel(struct worker *thread, const yoke_job *job, int64_t since)
{
    atomic_store_explicit(&thread->kernel_job, job, memory_order_relaxed);
    atomic_store_explicit(&thread->kernel_since, since, memory_order_relaxed);
}

/* Between the two, the server of a job that is not settled stays, and so does the worker that has
 * claimed it. */
void blocked_lock(void);
void blocked_unlock(void);

/* Returns once no thread is looking at a job or worker that was settled or idle before the call;
 * what belongs to them may be freed then. */
void blocked_quiesce(void);

/* After a fork, in the child: nobody is. */
void blocked_reset(void);

#endif
