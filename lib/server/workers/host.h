/* Host threads: each opens the parallel region of one team and is its dispatcher. */
#ifndef SERVER_HOST_H
#define SERVER_HOST_H

#include <stdbool.h>
#include <stddef.h>

struct host;

/* Runs `run` on a host thread. `run` is told how many OpenMP threads rest there from the last time,
 * and returns how many it has had. Until host_started(), no other host starts: the threads that the
 * system grants one must still be there when OpenMP asks for them. 0, ENOMEM without memory for a
 * host, EAGAIN when the process may not have one. */
typedef unsigned (*host_run)(void *argument, unsigned resting);
int host_start(host_run run, void *argument, struct host **started);
void host_started(void);

/* The size of the stacks that OpenMP gives its threads; 0: the system's own choice. */
size_t host_stack_size(void);

/* Whether OpenMP's threads rest when their team has left; they end otherwise. */
bool host_threads_rest(void);

/* Waits until `run` has returned. */
void host_join(struct host *host);

/* After a fork, in the child: there are no host threads any more. */
void host_reset(void);

#endif
