/* Makes a child process forget what the threads of its parent were about. */
#ifndef SERVER_FORKED_H
#define SERVER_FORKED_H

#include <stdbool.h>

/* Asks the system to tell of forks, once per process. False when it refuses. */
bool forked_watch(void);

#endif
