/* The side that submits. */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "connection.h"
#include "kept.h"
#include "ledger.h"
#include "listener.h"
#include "outbox.h"
#include "recall.h"

struct yoke_cluster {
    struct connection connection;
    struct ledger *ledger;
    struct outbox *outbox;
    struct listener results, started;
    struct kept *kept; /* NULL: the program is not durable */
    struct recall recall;
    char client[WIRE_CLIENT_SIZE];
};

/* As yoke_cluster_submit(), for a kernel that is run so often when it fails. When a job with an
 * owner has ended, ledger_take_finished() hands it over, with its handle: that is not to be
 * released before. */
yoke_status cluster_submit(yoke_cluster *cluster, const yoke_cluster_task *task, unsigned tries,
                           void *owner, yoke_remote **job);

/* Sends a job that the hub has lost once more. */
bool cluster_post_again(void *cluster, struct yoke_remote *job);

yoke_status cluster_open_outbox(yoke_cluster *cluster);

/* How many bytes an argument or a result may have. */
size_t cluster_room(yoke_cluster *cluster);

#endif
