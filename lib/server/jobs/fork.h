/* What happens to servers when the process forks: the child has their memory and none of their
 * threads. Every fork starts a new generation in the child; a server or job of an older one is
 * unusable there. */
#ifndef SERVER_FORK_H
#define SERVER_FORK_H

#include <stdint.h>

/* The number of forks between the first process and this one. */
uint16_t fork_generation(void);

/* In a child, see forked.h. */
void fork_begin_generation(void);

#endif
