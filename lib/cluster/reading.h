/* What the hub has kept of a durable program, as it comes in. */
#ifndef CLUSTER_READING_H
#define CLUSTER_READING_H

#include "kept.h"

/* Takes what came as a message of the stream, with its place there; and that, and its number among
 * those that came. */
void reading_take(struct kept *kept, natsMsg *message, uint64_t place);
bool reading_facts(natsMsg *message, uint64_t *place, uint64_t *number);

/* The result that the message holds, and its node; false, and a failure, where it is malformed. */
bool reading_result(const natsMsg *message, char node[YOKE_CLUSTER_NAME_MAX + 1],
                    struct wire_result *result);

/* Whether a message about the owner of the name is our own word. */
bool reading_says_that_we_own_it(const struct kept *kept, const natsMsg *message);

/* Another program owns the name now: ends the jobs that have a key. */
void reading_note_replaced(struct kept *kept);

#endif
