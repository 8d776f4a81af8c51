/* Jobs that come after others.
 *
 * A job whose predecessors have not all settled is *dependent*: QUEUED, and in the server's queue
 * of dependent jobs, from which it can be cancelled and time out like any other but not be claimed
 * to run. A dependency leads from each predecessor to it. The last of them to settle moves it to a
 * scheduler's queue; the first that was not done ends it instead, unless its policy is to run
 * anyway. Dependencies hold a reference to the job they lead to, which may end before its
 * predecessors. That one holds its predecessors, whose results its kernel may read, until it
 * settles: no longer, so that the last handle of a chain does not keep the chain.
 *
 * Other dependencies come from what jobs read and write, see addresses.h. They keep the order
 * alone: how the predecessor has ended does not matter, but it must have *passed*, which is to say
 * that it has ended and is missing nothing itself. A job that ends before its turn passes later.
 *
 * Dependencies are linked and removed under one lock for all servers: a job may be asked for its
 * predecessors by a thread that waits for it in a job of another server, which has no other means
 * to keep the job's own server from being released. */
#ifndef SERVER_AFTER_H
#define SERVER_AFTER_H

#include "job.h"

struct dependency {
    yoke_job *from, *to;
    bool ordered;            /* by an address: `from` must have passed, not just settled */
    bool linked;             /* and it has not */
    struct dependency *next; /* of the same predecessor */
};

struct after {
    yoke_after_policy policy;
    size_t missing; /* predecessors that have not settled; one more until all dependencies are
                       linked */
    size_t named;   /* by the task's `after`; the rest of the dependencies are ordered */
    size_t count;
    size_t first; /* dependencies before this one are not linked any more; see
                     after_hold_predecessor() */
    bool linked;  /* all dependencies are, as far as that was still needed */
    bool passed;
    bool asked; /* a predecessor was looked for here in vain, as the one or the other was due */
    struct access *accesses; /* see addresses.h; NULL: none; behind the dependencies */
    size_t accesses_size;    /* in bytes */
    struct dependency dependencies[];
};

/* After a fork, in the child. */
void after_reset(void);

/* YOKE_OK when the task's predecessors may be named. */
yoke_status after_check(const yoke_server *server, const yoke_task *task);

/* Makes the dependencies, not linked yet, of a job that is not pushed yet, with room for so many
 * ordered ones, and accesses of so many bytes; false when there is no memory. */
bool after_prepare(yoke_job *job, const yoke_task *task, size_t ordered, size_t accesses_size);

/* Adds an ordered dependency, for which there is room. */
void after_add(struct after *after, yoke_job *job, yoke_job *from);

/* Lets go of the predecessors that the task has named, if any, of a job that has ended, or was
 * never pushed; and of the others, of one that has passed. */
void after_forget(yoke_job *job);
void after_forget_ordered(yoke_job *job);

/* Links a dependency; false when the job that it comes from has settled before, or passed. */
bool after_link(struct dependency *dependency);

/* Takes the dependencies from a job which has settled to the jobs that follow it, without the
 * ordered ones unless it has passed, a list by `next`; they are not linked any more. */
struct dependency *after_take_followers(yoke_job *job);

/* True once, when the job, which has addresses, has passed; to be asked when it has settled, and
 * when it is not missing anything any more. `*asked`: as below. */
bool after_pass(yoke_job *job, bool *asked);

/* A predecessor of the dependent job has settled: whether it is its turn now. */
bool after_count_down(yoke_job *job);

/* Likewise, when its last dependency has been linked. `*asked`: threads that wait for jobs after it
 * have looked in vain for its predecessors before, and should look again. */
bool after_finish_linking(yoke_job *job, bool *asked);

/* A predecessor that has not settled, with a reference, or one that must end before an ordered one
 * can pass; NULL when there is none any more, or just then none of a job on that way, which will
 * have been asked. Any thread that holds the job, which is dependent. Cost: one look at each
 * predecessor, for all calls of a job together, and one at each that has ended before its turn and
 * not passed. */
yoke_job *after_hold_predecessor(yoke_job *job);

#endif
