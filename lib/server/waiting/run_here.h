/* Running a job where it is waited for. */
#ifndef SERVER_RUN_HERE_H
#define SERVER_RUN_HERE_H

#include "server/jobs/job.h"

/* Does what the job still needs, if that can be done by the calling thread and now: calls it back
 * if it has ended without having started, on any thread; runs it if it is queued, inside a job or
 * callback, as the worker that the thread is or as a proxy. Answers whether it has, and then the
 * job is settled. */
bool run_here(yoke_job *job);

#endif
