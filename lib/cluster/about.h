/* Who the nodes are: a program asks, every node that lives answers. */
#ifndef CLUSTER_ABOUT_H
#define CLUSTER_ABOUT_H

#include "node.h"

/* The listener's handle; its context is the node. */
void about_answer(void *node, natsMsg *question);

/* Asks, and hands on what comes within the time. Counts answers that could not be read. */
natsStatus about_ask(struct connection *connection, yoke_duration patience, yoke_node_visit visit,
                     void *context, unsigned *malformed);

#endif
