/* Jobs that come after others.
 *
 * A job whose predecessors have not all settled is *held*: QUEUED, and in the server's queue of
 * held jobs, from which it can be cancelled and time out like any other but not be claimed to run.
 * An edge leads from each predecessor to it. The last of them to settle moves it to an engine's
 * queue; the first that was not done ends it instead, unless its policy is to run all the same.
 * Edges hold a reference to the job they lead to, which may end before its predecessors. That one
 * holds its predecessors, whose results its kernel may read, until it settles: no longer, so that
 * who keeps the last handle of a chain does not keep the chain.
 *
 * Edges are drawn and removed under one lock for all servers: a job may be asked for its
 * predecessors by a thread that waits for it in a job of another server, which has no other means
 * to keep the job's own server from being released. */
#ifndef SERVER_AFTER_H
#define SERVER_AFTER_H

#include "job.h"

struct edge {
    yoke_job *from, *to;
    bool drawn;        /* and `from` has not settled */
    struct edge *next; /* of the same predecessor */
};

struct after {
    yoke_after_policy policy;
    size_t missing; /* predecessors that have not settled; one more until all edges are drawn */
    size_t count;
    size_t first; /* edges before this one are not drawn any more; see after_hold_predecessor() */
    struct edge edges[];
};

/* After a fork, in the child. */
void after_reset(void);

/* YOKE_OK when the task's predecessors may be named. */
yoke_status after_check(const yoke_server *server, const yoke_task *task);

/* Makes the edges, not drawn yet, of a job that is not pushed yet; false when there is no memory.
 */
bool after_prepare(yoke_job *job, const yoke_task *task);

/* Lets go of the predecessors of a job that has ended, or was never pushed, if it has any. */
void after_forget(yoke_job *job);

/* Draws an edge; false when the job that it comes from has settled before. */
bool after_draw(struct edge *edge);

/* The edges to those that follow a job which has settled, by `next`; they are not drawn any more.
 */
struct edge *after_take_followers(yoke_job *job);

/* A predecessor of the held job has settled, or its last edge has been drawn: whether it is its
 * turn now. */
bool after_count_down(yoke_job *job);

/* A predecessor that a held job, the submission of which has returned, waits for, with a reference;
 * NULL when there is none any more. Any thread that holds the job. Cost: for all calls of a job
 * together one look at each of its predecessors. */
yoke_job *after_hold_predecessor(yoke_job *job);

#endif
