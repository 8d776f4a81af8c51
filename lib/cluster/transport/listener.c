/* A thread for one subscription: see listener.h. */
#include "listener.h"
#include "cluster/limits.h"

#include <stdint.h>

static void *run(void *argument)
{
    struct listener *listener = argument;
    for (;;) {
        natsMsg *message = NULL;
        natsStatus status = natsSubscription_NextMsg(&message, listener->subscription,
                                                     LIMIT_MILLISECONDS(LISTENER_WAIT));
        if (status == NATS_OK)
            listener->handle(listener->context, message);
        else if (status == NATS_CONNECTION_CLOSED || status == NATS_INVALID_SUBSCRIPTION)
            break;
        /* Else messages were dropped, more than fit: the hub sends again what it must not lose. */
    }
    nats_ReleaseThreadMemory();
    return NULL;
}

yoke_status listener_start(struct listener *listener)
{
    listener->started = pthread_create(&listener->thread, NULL, run, listener) == 0;
    return listener->started ? YOKE_OK
                             : yoke_error_set(YOKE_NO_THREADS, "the system refused a thread");
}

void listener_stop(struct listener *listener)
{
    if (listener->started)
        pthread_join(listener->thread, NULL);
    natsSubscription_Destroy(listener->subscription);
}
