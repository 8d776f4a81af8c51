/* How long the jobs of a kernel take, and so how many of them may go to a node together. */
#ifndef CLUSTER_BATCH_ESTIMATE_H
#define CLUSTER_BATCH_ESTIMATE_H

#include <stdatomic.h>
#include <stdint.h>

#include "cluster/transport/outbox.h"

struct batch_estimate {
    struct batch_estimate *next;
    char channel[CHANNEL_SIZE]; /* of kernels.h */
    uint64_t busy;              /* nanoseconds, a mean of the latest jobs; 0: not known */
    atomic_uint most;
};

/* The one of that channel, added to the list where it is missing; NULL without memory. */
struct batch_estimate *batch_estimate_find(struct batch_estimate **estimates, const char *channel);

/* Another job of the kernel took so many nanoseconds. */
void batch_estimate_note(struct batch_estimate *estimate, uint64_t busy);

void batch_estimate_free_all(struct batch_estimate *estimates);

#endif
