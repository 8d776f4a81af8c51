/* Watches over what the hub keeps for a program. A hub that comes back without its disk, or with an
 * old one, has forgotten jobs, results, and who asked for them. */
#ifndef CLUSTER_RECALL_H
#define CLUSTER_RECALL_H

#include <pthread.h>
#include <stdbool.h>

#include "connection.h"
#include "ledger.h"

/* One that the hub sends something to. */
struct recipient {
    const char *stream; /* NULL: there is none */
    natsSubscription *subscription;
    jsConsumerInfo *info; /* as the hub was told */
};

struct recall {
    struct connection *connection;
    struct ledger *ledger;
    struct recipient recipients[2];
    bool (*send)(void *context, struct ledger_job *job);
    /* Called once the connection is there again, and then `emptied` when the hub has lost its disk,
     * or has an old one. False: to be done once more. */
    bool (*look)(void *context, bool emptied);
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool started, closed;
    pthread_t thread;
};

/* The fields up to `context` are set, but for `info`. */
yoke_status recall_start(struct recall *recall);

/* Blocks until the last call of `send` has returned. Before that nothing it needs may go. */
void recall_stop(struct recall *recall);

#endif
