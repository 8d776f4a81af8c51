/* A proxy worker: what a thread is while it runs a job of a server that it is no worker of, since
 * it waits for that job inside a job of another server, or in a callback.
 *
 * It is a worker of the job's server in all that others can see: it has a permit of one of the
 * teams meanwhile, so that no more kernels run at the same time than the server has workers, a
 * number of its own, and counters of its own. Without a permit to be had the thread sleeps until it
 * is told that the server has none left to run its jobs (WATCH_STUCK). Only where OpenMP tasks of a
 * job of the server are waiting does it do without: a kernel with a permit may itself be waiting
 * for these.
 *
 * A thread may be several workers at a time, a job of one server inside that of another. All of
 * them hang together by `outer`; the first of them, `thread_worker`, speaks for the thread. */
#ifndef SERVER_PROXY_H
#define SERVER_PROXY_H

#include "server/worker.h"

struct proxy {
    struct worker worker;
    struct proxy *next; /* of the scheduler, most recent first */
    atomic_bool busy;
};

/* Makes the calling thread a worker of the job's server, which cannot go away as long: the caller
 * has blocked_lock() and has seen that the job is not settled. NULL when that is not possible now.
 */
struct worker *proxy_enter(const yoke_job *job);

/* Without the lock. The server may be gone afterwards. */
void proxy_leave(struct worker *worker);

/* Around a sleep. */
void proxy_block(struct worker *worker);
void proxy_resume(struct worker *worker);

/* None is in use any more. */
void proxy_free_all(struct scheduler *scheduler);

#endif
