/* Waking up a team: its dispatcher, or the standby, which is faster. */
#ifndef SERVER_WAKE_H
#define SERVER_WAKE_H

#include "server/workers/team.h"

/* Wakes the dispatcher if it sleeps. */
void wake_dispatcher(struct team *team);

/* Calls the standby to search; false when there is none. */
bool wake_standby(struct team *team);

/* The same for a thread that will wait for the job it has submitted: calls the standby to the place
 * where the thread is running, if workers may run there. Waking up another core takes several times
 * as long as changing from one thread to the other here (43 and 5 microseconds after a rest of 1 ms
 * on a virtual machine). A thread that went on instead would have to share its core. */
bool wake_at_core(struct team *team);

#endif
