/* The side that submits. */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "annex.h"
#include "connection.h"
#include "kept.h"
#include "ledger.h"
#include "listener.h"
#include "outbox.h"
#include "recall.h"

struct yoke_cluster {
    yoke_executor_source source; /* first: see yoke/executor.h */
    struct connection connection;
    struct ledger *ledger;
    struct outbox *outbox;
    struct listener results, started;
    struct kept *kept; /* NULL: the program is not durable */
    struct recall recall;
    struct annex annex;
    char client[WIRE_CLIENT_SIZE];
};

#endif
