/* Ctrl-C, SIGTERM and a terminal that closes, for work that has something to write before it ends.
 */
#ifndef CLI_INTERRUPTION_H
#define CLI_INTERRUPTION_H

#include <signal.h>
#include <yoke/server.h>

struct interruption {
    sigset_t signals, before;
    int signal; /* that came; 0: none                                                            */
};

/* Those signals, except those that were ignored when the program started, as `nohup` does and
 * shells do for commands with `&`: blocked and fetched, these would no longer be ignored. */
void interruption_signals(sigset_t *signals);

/* From now on the calling thread and those that it starts leave these signals to the next call:
 * before a server is opened. */
void interruption_begin(struct interruption *interruption);

/* Waits for the job, which a signal cancels. A second one ends the process at once. */
void interruption_await(struct interruption *interruption, yoke_job *job);

#endif
