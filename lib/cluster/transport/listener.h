/* A thread that handles what comes in on a subscription. NATS has such threads too, but does not
 * tell when the last call has returned. */
#ifndef CLUSTER_LISTENER_H
#define CLUSTER_LISTENER_H

#include <nats/nats.h>
#include <pthread.h>
#include <stdbool.h>
#include <yoke/status.h>

struct listener {
    natsSubscription *subscription; /* a synchronous one, from now on the listener's */
    void (*handle)(void *context, natsMsg *message); /* which destroys the message */
    void *context;
    pthread_t thread;
    bool started;
};

/* The three first fields are set. */
yoke_status listener_start(struct listener *listener);

/* Blocks until the last call has returned; the connection must be closed before. */
void listener_stop(struct listener *listener);

#endif
