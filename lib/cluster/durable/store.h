/* What a durable program has the hub keep: see session.h. */
#ifndef CLUSTER_STORE_H
#define CLUSTER_STORE_H

#include "session.h"

yoke_status store_open(struct session *session);

/* Has the hub keep an entry of the job, and then gives that to the nodes. Without memory false. */
bool store_send(struct session *session, struct ledger_job *job);

/* The hub need not keep the job of that key any more: its entry goes first. The key is free. */
void store_let_go(struct session *session, const char *key);

/* Removes what is there, and then the other, if it is not 0. */
void store_remove(struct session *session, uint64_t position, uint64_t then);

#endif
