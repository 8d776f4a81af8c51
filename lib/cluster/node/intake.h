/* What the hub sends to a node. */
#ifndef CLUSTER_INTAKE_H
#define CLUSTER_INTAKE_H

#include "node.h"

/* Takes what the hub has sent: runs it, or answers why not. Without a kernel the message tells
 * which. Owns the message. */
void intake_accept(struct yoke_node *node, const struct kernel *kernel, natsMsg *message);

#endif
