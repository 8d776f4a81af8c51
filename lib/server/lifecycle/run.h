/* Running a claimed job to its end. */
#ifndef SERVER_RUN_H
#define SERVER_RUN_H

#include "server/worker.h"

/* Runs the job's kernel and callback on the calling worker and settles it; only its callback when
 * it has ended without having started. `start` is the time if the caller knows it, else 0. Answers
 * the time of the end, so that the next job need not read the clock, or 0 when that was too long
 * ago: a callback has run since. */
int64_t run_job(struct worker *worker, yoke_job *job, int64_t start);

/* Calls the context's kernel, and notes its status and, if it failed, why. */
void run_kernel(yoke_context *context);

#endif
