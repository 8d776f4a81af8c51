/* The last step of a job that has ended: its callback has been called; now its waiters wake up, and
 * the jobs that come after it get their turn, or end because of it, which settles these as well. */
#ifndef SERVER_SETTLE_H
#define SERVER_SETTLE_H

#include "server/jobs/job.h"

/* Settles an ended job whose callback has been called, and gives back the server's reference to it.
 * The caller sees to it that the server stays. */
void settle_job(yoke_job *job);

/* Calls the callback of a job that has ended without having run, and settles it: on a worker or
 * external thread. The server may be gone afterwards. */
void settle_never_started(yoke_job *job);

/* The same, but a worker calls the callback, if there is one: for threads that must not call any.
 */
void settle_or_enqueue(yoke_job *job);

/* Likewise, but a job that is settled, for which the answer is true, has still to be counted: the
 * server is there until all such jobs are. */
bool settle_uncounted(yoke_job *job);
void settle_count(yoke_server *server, uint64_t jobs);

/* After a job, to which the caller has a reference, was pushed to the dependent ones: links it to
 * its predecessors, of which some may have settled before. */
void settle_predecessors(yoke_job *job);

#endif
