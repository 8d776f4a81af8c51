/* What the hub sends to a node. */
#ifndef CLUSTER_MAIL_H
#define CLUSTER_MAIL_H

#include "node.h"

/* Takes what the hub has sent: runs it, or answers why not. Without a kernel the message tells
 * which. Owns the message. */
void mail_accept(struct yoke_node *node, const struct kernel *kernel, natsMsg *message);

#endif
