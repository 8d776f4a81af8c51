/* Watches over what the hub keeps for a program. A hub that comes back without its disk, or with an
 * old one, has forgotten jobs, results, and who asked for them. */
#ifndef CLUSTER_RECALL_H
#define CLUSTER_RECALL_H

#include <pthread.h>
#include <stdbool.h>

#include "connection.h"
#include "ledger.h"

struct recall {
    struct connection *connection;
    struct ledger *ledger;
    natsSubscription *results; /* that the hub sends the results to */
    jsConsumerInfo *consumer;  /* as the hub was told to */
    bool (*send)(void *context, const struct pace *pace, const struct wire_job *job);
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool started, closed;
    pthread_t thread;
};

/* The fields up to `results`, `send` and its context are set. */
yoke_status recall_start(struct recall *recall);

/* Blocks until the last call of `send` has returned. Before that nothing it needs may go. */
void recall_stop(struct recall *recall);

#endif
