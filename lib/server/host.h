/* Host threads: each opens the parallel region of one team and is its keeper. */
#ifndef SERVER_HOST_H
#define SERVER_HOST_H

struct host;

/* Runs `run(argument)` on a host thread. 0, ENOMEM without memory for one, EAGAIN when the process
 * may not have one. */
int host_start(void (*run)(void *argument), void *argument, struct host **started);

/* Waits until `run` has returned. */
void host_join(struct host *host);

/* After a fork, in the child: there are no host threads any more. */
void host_reset(void);

#endif
