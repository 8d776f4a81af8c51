/* What else there is to a job's state: see also yoke_state_text(). */
#ifndef SERVER_STATE_H
#define SERVER_STATE_H

#include "yoke/server.h"

/* What yoke_job_result() answers of a job that has ended so. */
yoke_status state_result(yoke_state state);

#endif
