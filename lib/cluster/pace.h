/* How long the jobs of a kernel take, and so how many of them may go to a node together. */
#ifndef CLUSTER_PACE_H
#define CLUSTER_PACE_H

#include <stdatomic.h>
#include <stdint.h>

#include "outbox.h"

struct pace {
    struct pace *next;
    char lane[LANE_SIZE]; /* of kernels.h */
    uint64_t busy;        /* nanoseconds, a mean of the latest jobs; 0: not known */
    atomic_uint most;
};

/* The one of that lane, added to the list where it is missing; NULL without memory. */
struct pace *pace_find(struct pace **paces, const char *lane);

/* Another job of the kernel took so many nanoseconds. */
void pace_note(struct pace *pace, uint64_t busy);

void pace_free_all(struct pace *paces);

#endif
