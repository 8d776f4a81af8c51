/* Jobs on a node: run, reported. */
#ifndef CLUSTER_DELIVERY_H
#define CLUSTER_DELIVERY_H

#include "node.h"

/* All that stands here is called with the lock, but for what the outbox calls.
 *
 * A delivery with so many items, of which none runs yet. NULL without memory. */
struct delivery *delivery_open(struct yoke_node *node, natsMsg *message, const char *client,
                               size_t count);

void delivery_run(struct item *item, const struct kernel *kernel, const struct wire_job *wire);

/* Reports that the job ended so, for that reason. */
void delivery_report_failure(struct item *item, yoke_state state, yoke_status status,
                             const char *message);

/* The last call of whoever is done with the delivery. */
void delivery_close_if_over(struct delivery *delivery);

/* What the hub is told of a job, in JetStream's own words. natsMsg_Ack() and its like are not used:
 * they look at the subscription that the message came by, which may be gone by then. */
#define HUB_DONE    "+ACK"
#define HUB_AT_WORK "+WPI"
#define HUB_RETURN  "-NAK"
#define HUB_FORGET  "+TERM"
void delivery_tell_hub(struct yoke_node *node, const natsMsg *message, const char *what);

/* Sends what their kernels do not, for jobs that are over time by far. The delivery may be gone
 * afterwards, in this and the next two. */
void delivery_give_up_late(struct delivery *delivery, int64_t now);

/* Hands the jobs back to the hub, for another node to take, unless their results are on their
 * way. */
void delivery_return(struct delivery *delivery);

/* What the outbox calls. */
void delivery_address(void *node, const char *channel, const struct outbox_part *first,
                      struct outbox_address *address);
void delivery_note_reported(void *node, const struct outbox_part *part);

/* Whether another job may be taken. */
bool delivery_has_room(const struct yoke_node *node);

#endif
