/* Running a claimed job to its end. */
#ifndef SERVER_RUN_H
#define SERVER_RUN_H

#include "worker.h"

/* Runs the job's kernel and callback on the calling worker and settles it. `start` is the time if
 * the caller knows it, else 0; answers the time of the end, or 0 when that has gone stale. */
int64_t run_job(struct worker *worker, yoke_job *job, int64_t start);

/* The rest of a job's life after its state is final: callback, then settled. */
void run_callback_and_settle(struct worker *worker, yoke_job *job);

#endif
