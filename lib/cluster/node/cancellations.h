/* Cancelled jobs of a node. */
#ifndef CLUSTER_CANCELLATIONS_H
#define CLUSTER_CANCELLATIONS_H

#include "node.h"

/* Takes the word that a job is cancelled, or all of a program that has left. */
void cancellations_accept(void *node, natsMsg *message);

/* With the lock: whether that has come already. */
bool cancellations_came_before(const struct yoke_node *node, const char *client, uint64_t sequence);

#endif
