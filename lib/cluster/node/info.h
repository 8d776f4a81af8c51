/* Who the nodes are: a program asks, every node that lives answers. */
#ifndef CLUSTER_INFO_H
#define CLUSTER_INFO_H

#include "node.h"

/* The listener's handle; its context is the node. */
void info_answer(void *node, natsMsg *question);

/* Asks, and hands on what comes within the time. Counts answers that could not be read. */
natsStatus info_ask(struct connection *connection, yoke_duration patience, yoke_node_visit visit,
                    void *context, unsigned *malformed);

#endif
