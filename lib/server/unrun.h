/* Jobs that end without having run. */
#ifndef SERVER_UNRUN_H
#define SERVER_UNRUN_H

#include "worker.h"

/* Calls the callback of a job that has ended unrun, and settles it. The server may be gone
 * afterwards. */
void unrun_finish(yoke_job *job);

/* The same, but a worker calls the callback, if there is one: for threads that must not. */
void unrun_hand_over(yoke_job *job);

#endif
