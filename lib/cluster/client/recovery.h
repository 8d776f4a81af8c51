/* Watches over what the hub keeps for a program. A hub that comes back without its disk, or with an
 * old one, has forgotten jobs, results, and who asked for them. */
#ifndef CLUSTER_RECOVERY_H
#define CLUSTER_RECOVERY_H

#include <pthread.h>
#include <stdbool.h>

#include "cluster/ledger/ledger.h"
#include "cluster/transport/connection.h"

/* One that the hub sends something to. */
struct recipient {
    const char *stream; /* NULL: there is none */
    natsSubscription *subscription;
    jsConsumerInfo *info; /* as the hub was told */
};

struct recovery {
    struct connection *connection;
    struct ledger *ledger;
    struct recipient recipients[2];
    /* Sends a job that the hub has lost. False: to be done once more. */
    bool (*send)(void *context, struct ledger_job *job);
    /* Called once the connection is there again, and before any job is sent; likewise. */
    bool (*look)(void *context);
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool started, closed;
    pthread_t thread;
};

/* The fields up to `context` are set, but for `info`. */
yoke_status recovery_start(struct recovery *recovery);

/* Blocks until the last call of `send` has returned. Before that nothing it needs may go. */
void recovery_stop(struct recovery *recovery);

#endif
