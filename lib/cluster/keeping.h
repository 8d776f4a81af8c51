/* What a durable program has the hub keep: see kept.h. */
#ifndef CLUSTER_KEEPING_H
#define CLUSTER_KEEPING_H

#include "kept.h"

yoke_status keeping_open(struct kept *kept);

/* Has the hub keep an entry of the job, and then gives that to the nodes. Without memory false. */
bool keeping_send(struct kept *kept, struct ledger_job *job);

/* The hub need not keep the job of that key any more: its entry goes first. The key is free. */
void keeping_let_go(struct kept *kept, const char *key);

/* Removes what is there, and then the other, if it is not 0. */
void keeping_remove(struct kept *kept, uint64_t place, uint64_t then);

#endif
