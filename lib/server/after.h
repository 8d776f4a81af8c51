/* Jobs that come after others.
 *
 * A job whose predecessors have not all settled is *held*: QUEUED, and in the server's queue of
 * held jobs, from which it can be cancelled and time out like any other but not be claimed to run.
 * An edge leads from each predecessor to it. The last of them to settle moves it to an engine's
 * queue; the first that was not done ends it instead, unless its policy is to run all the same.
 * Edges hold a reference to the job they lead to, which may end before its predecessors. */
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
    struct edge edges[];
};

/* YOKE_OK when the task's predecessors may be named. */
yoke_status after_check(const yoke_server *server, const yoke_task *task);

/* Makes room for the edges of a job that is not pushed yet; false when there is no memory. */
bool after_prepare(yoke_job *job, const yoke_task *task);

/* Draws the edges of a job, held by the caller, that has been pushed to the held ones. */
void after_draw(yoke_job *job, const yoke_task *task);

/* A job that is followed has settled: it may be the turn of others. The server is still there. */
void after_settled(yoke_job *job);

/* A predecessor that a held job waits for, with a reference; NULL when it is not held any more. */
yoke_job *after_hold_predecessor(yoke_job *job);

#endif
