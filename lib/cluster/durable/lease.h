/* Taking the name of a durable program: see session.h. */
#ifndef CLUSTER_LEASE_H
#define CLUSTER_LEASE_H

#include "session.h"

void lease_subject(char subject[SUBJECT_SIZE], const struct session *session);

/* YOKE_OK when no program has the name. */
yoke_status lease_ask(struct session *session, yoke_duration timeout);

/* Says that we own it. */
yoke_status lease_say(struct session *session);

/* Says so, and enters what there was before, all of it, into the ledger. We have subscribed. */
yoke_status lease_load(struct session *session);

#endif
