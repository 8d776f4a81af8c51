/* What a node tells programs of their jobs while these run; it is lost while the hub is away. */
#ifndef CLUSTER_NOTIFY_H
#define CLUSTER_NOTIFY_H

#include "delivery.h"

/* Tells the program which jobs begin here, so that it knows who had those that are lost; and what
 * jobs have told of their progress since the last time. */
void notify_started(const struct delivery *delivery, uint64_t number);
void notify_progress(struct delivery *delivery);

#endif
