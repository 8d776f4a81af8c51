/* The side that submits. */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "cluster/durable/session.h"
#include "cluster/executor/executor.h"
#include "cluster/ledger/ledger.h"
#include "cluster/transport/connection.h"
#include "cluster/transport/listener.h"
#include "cluster/transport/outbox.h"
#include "recovery.h"

struct yoke_cluster {
    yoke_executor_source source; /* first: see yoke/executor.h */
    struct connection connection;
    struct ledger *ledger;
    struct outbox *outbox;
    struct listener results, started;
    struct session *session; /* NULL: the program is not durable */
    struct recovery recovery;
    struct cluster_executor executor;
    char client[WIRE_CLIENT_SIZE];
};

#endif
