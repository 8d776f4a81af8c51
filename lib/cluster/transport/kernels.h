/* The kernels that are registered in this process. */
#ifndef CLUSTER_KERNELS_H
#define CLUSTER_KERNELS_H

#include <yoke/cluster.h>

#include "connection.h"
#include "outbox.h"

/* They stay for the life of the process, and so do pointers to them. */
struct kernel {
    struct kernel *next;
    char name[YOKE_CLUSTER_NAME_MAX + 1];
    unsigned version;
    yoke_kernel function;
};

/* The latest one, from which the others follow; NULL: none. */
const struct kernel *kernels_first(void);

/* The one that has this function; NULL: none. Takes no lock, so that it may be asked anywhere. */
const struct kernel *kernels_of(yoke_kernel function);

/* The one of a job that came to that subject, a PLACED_SUBJECT; NULL: none. */
const struct kernel *kernels_at(const char *subject);
void kernels_name_at(char name[SUBJECT_SIZE], const char *subject); /* KERNEL:VERSION */

/* What follows JOBS_SUBJECT where jobs of that kernel go: to any node, or to the one that is named.
 */
void kernels_channel(char channel[CHANNEL_SIZE], const char *name, unsigned version,
                     const char *node);
bool kernels_channel_is_for_node(const char *channel);

/* What the consumer is called that all nodes share for it, in a stream of jobs created then. */
void kernels_consumer(char consumer[SUBJECT_SIZE], const struct kernel *kernel, int64_t created);

#endif
