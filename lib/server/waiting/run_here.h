/* Running a job where it is waited for. */
#ifndef SERVER_RUN_HERE_H
#define SERVER_RUN_HERE_H

#include "server/jobs/job.h"

/* Does what the job still needs, if the calling thread can do it now: if the job has ended without
 * having started, calls its callback, on any thread; if it is queued and the thread is inside a job
 * or callback, runs it, as the worker that the thread is or as a proxy. True when it has done so;
 * the job is then settled. */
bool run_here(yoke_job *job);

#endif
