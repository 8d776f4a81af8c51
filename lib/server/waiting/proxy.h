/* A proxy worker: what a thread is while it runs a job of a server that it is no worker of, since
 * it waits for that job inside a job of another server, or in a callback.
 *
 * It is a worker of the job's server in all that others can see: it has a permit of one of the
 * teams meanwhile, so that no more kernels run at the same time than the server has workers, a
 * number of its own, and counters of its own. When there is no permit the thread sleeps until it is
 * told that the server has no thread left to run its jobs (WATCH_STUCK). It does without a permit
 * only while a thread waits inside an OpenMP task of one of the server's jobs: the kernel with the
 * permit may be waiting for that task.
 *
 * A thread may be several workers at a time, when it runs a job of one server inside that of
 * another. They are linked by `outer`; the first of them, `thread_worker`, has the fields of the
 * thread. */
#ifndef SERVER_PROXY_H
#define SERVER_PROXY_H

#include "server/worker.h"

struct proxy {
    struct worker worker;
    struct proxy *next; /* of the scheduler, most recent first */
    atomic_bool busy;
};

/* Makes the calling thread a worker of the job's server, or returns NULL when that is not possible
 * now. The caller has blocked_lock() and has seen that the job is not settled, so the server is
 * there; it then stays until proxy_leave(). */
struct worker *proxy_enter(const yoke_job *job);

/* Without the lock. The server may be gone afterwards. */
void proxy_leave(struct worker *worker);

/* Around a sleep. */
void proxy_block(struct worker *worker);
void proxy_resume(struct worker *worker);

/* Frees all proxies of the scheduler, none of which is in use any more. */
void proxy_free_all(struct scheduler *scheduler);

#endif
