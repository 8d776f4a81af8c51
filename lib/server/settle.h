/* The end of a job after its end: its callback has been called, waiters wake up, and those that
 * come after it get their turn, or end for its sake, which settles these in turn. */
#ifndef SERVER_SETTLE_H
#define SERVER_SETTLE_H

#include "job.h"

/* Settles an ended job whose callback has been called. The server is still there. */
void settle(yoke_job *job);

/* Calls the callback of a job that has ended without having run, and settles it: on a worker or
 * guest. The server may be gone afterwards. */
void settle_unrun(yoke_job *job);

/* The same, but a worker calls the callback, if there is one: for threads that must not. */
void settle_or_enqueue(yoke_job *job);

/* Likewise, but a job that is settled, for which the answer is true, has still to be counted: the
 * server is there until all such jobs are. */
bool settle_uncounted(yoke_job *job);
void settle_count(yoke_server *server, uint64_t jobs);

/* A job, held by the caller, has been pushed to the held ones: from now on its predecessors, of
 * which some may have settled before, lead to it. */
void settle_predecessors(yoke_job *job, const yoke_task *task);

#endif
