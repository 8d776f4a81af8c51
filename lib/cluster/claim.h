/* Taking the name of a durable program: see kept.h. */
#ifndef CLUSTER_CLAIM_H
#define CLUSTER_CLAIM_H

#include "kept.h"

void claim_subject(char subject[SUBJECT_SIZE], const struct kept *kept);

/* YOKE_OK when no program has the name. */
yoke_status claim_ask(struct kept *kept, yoke_duration timeout);

/* Says that we own it. */
yoke_status claim_say(struct kept *kept);

/* Says so, and enters what there was before, all of it, into the ledger. We have subscribed. */
yoke_status claim_load(struct kept *kept);

#endif
