#include "recall.h"

#include <time.h>

/* Between two looks at whether the connection was lost, in nanoseconds: a job that is lost may well
 * wait as long again. Looking costs less than a microsecond. */
#define LOOK_WAIT ((int64_t)500 * 1000000)

/* Whether it was closed meanwhile. */
static bool wait_a_little(struct recall *recall)
{
    int64_t next = ledger_now() + LOOK_WAIT;
    const struct timespec until = {(time_t)(next / 1000000000), (long)(next % 1000000000)};
    pthread_mutex_lock(&recall->lock);
    if (!recall->closed)
        pthread_cond_timedwait(&recall->changed, &recall->lock, &until);
    bool closed = recall->closed;
    pthread_mutex_unlock(&recall->lock);
    return closed;
}

/* The hub may know the one who asks for results; else it is told again. */
static natsStatus ask_for_results(struct recall *recall)
{
    jsErrCode error = 0;
    natsStatus status = js_AddConsumer(NULL, recall->connection->stream, RESULTS_STREAM,
                                       recall->consumer->Config, NULL, &error);
    return status != NATS_OK && error ? NATS_OK : status;
}

/* False: to be done once more. */
static bool look(struct recall *recall, int64_t *created)
{
    struct connection *connection = recall->connection;
    if (connection_prepare(connection) != NATS_OK || ask_for_results(recall) != NATS_OK)
        return false;
    bool other = *created != connection->created;
    uint64_t last = other ? 0 : connection->last;
    if (last < ledger_last_place(recall->ledger) &&
        !ledger_send_again(recall->ledger, last, recall->send, recall->context))
        return false;
    *created = connection->created;
    return true;
}

static void *run(void *argument)
{
    struct recall *recall = argument;
    int64_t created = recall->connection->created;
    uint64_t known = connection_reconnects(recall->connection);
    while (!wait_a_little(recall)) {
        uint64_t reconnects = connection_reconnects(recall->connection);
        if (reconnects != known && look(recall, &created))
            known = reconnects;
    }
    nats_ReleaseThreadMemory();
    return NULL;
}

yoke_status recall_start(struct recall *recall)
{
    natsStatus found =
        natsSubscription_GetConsumerInfo(&recall->consumer, recall->results, NULL, NULL);
    if (found != NATS_OK)
        return connection_failed(found, "cannot ask for results");
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&recall->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&recall->lock, NULL);
    recall->started = pthread_create(&recall->thread, NULL, run, recall) == 0;
    return recall->started ? YOKE_OK
                           : yoke_error_set(YOKE_NO_THREADS, "the system refused a thread");
}

void recall_stop(struct recall *recall)
{
    if (recall->started) {
        pthread_mutex_lock(&recall->lock);
        recall->closed = true;
        pthread_cond_signal(&recall->changed);
        pthread_mutex_unlock(&recall->lock);
        pthread_join(recall->thread, NULL);
        pthread_cond_destroy(&recall->changed);
        pthread_mutex_destroy(&recall->lock);
    }
    jsConsumerInfo_Destroy(recall->consumer);
}
