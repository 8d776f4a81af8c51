/* Cancelled jobs of a node. */
#ifndef CLUSTER_CANCEL_H
#define CLUSTER_CANCEL_H

#include "node.h"

/* Takes the word that a job is cancelled, or all of a program that has left. */
void cancel_accept(void *node, natsMsg *message);

/* With the lock: whether that has come already. */
bool cancel_came_before(const struct yoke_node *node, const char *client, uint64_t sequence);

#endif
