/* What runs on the calling thread, and whether it is to leave early. */
#ifndef SERVER_RUNNING_H
#define SERVER_RUNNING_H

#include "server/worker.h"

/* The job whose kernel runs on the calling thread, or a part of it; NULL in a callback and where
 * there is none. */
const yoke_job *running_job(void);

/* Whether a running job should leave early: it was cancelled or is out of time, or its server
 * closes. */
bool running_should_leave(const yoke_job *job);

#endif
