/* Resets the library in a child process: it has the parent's memory, but none of its other threads.
 */
#ifndef SERVER_FORKED_H
#define SERVER_FORKED_H

#include <stdbool.h>

/* Registers for forks, once per process. False when the system refuses. */
bool forked_watch(void);

#endif
