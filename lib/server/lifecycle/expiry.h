/* Ending jobs whose time is over: see timer.h. */
#ifndef SERVER_EXPIRY_H
#define SERVER_EXPIRY_H

#include "server/jobs/job.h"

struct team;

/* On the dispatcher of `team`: ends the queued jobs whose time is over, and tells the running
 * ones. */
void expiry_run(yoke_server *server, const struct team *team);

#endif
