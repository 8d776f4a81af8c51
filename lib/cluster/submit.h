/* Jobs of the server on their way to the hub. */
#ifndef CLUSTER_SUBMIT_H
#define CLUSTER_SUBMIT_H

#include "cluster.h"

/* How many bytes an argument or a result may have. */
size_t submit_room(yoke_cluster *cluster);

/* Whether a node could run it; and else why not. */
bool submit_can(const yoke_cluster *cluster, const yoke_work_item *item);
yoke_status submit_check(const yoke_cluster *cluster, const yoke_work_item *item);

/* What tells the task from others under its key. */
uint64_t submit_digest(const yoke_work_item *item);

/* Sends so many jobs at most; those for which there is no memory end. Answers the pace of the last.
 */
enum { SUBMIT_MOST = 64 };
struct pace *submit_send(yoke_cluster *cluster, const yoke_work_item *items, size_t count);

/* The task of a job that an earlier program has left. */
void submit_learn(yoke_cluster *cluster, const yoke_work_item *item);

/* Sends a job that the hub has lost once more; without memory false. */
bool submit_again(void *cluster, struct ledger_job *job);

yoke_status submit_open_outbox(yoke_cluster *cluster);

#endif
