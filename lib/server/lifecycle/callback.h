/* Calling a job back on the calling thread, which is a worker or an external thread. */
#ifndef SERVER_CALLBACK_H
#define SERVER_CALLBACK_H

#include "server/jobs/job.h"

/* Calls the job's callback, if it has one; false when that failed. */
bool callback_run(yoke_job *job);

#endif
