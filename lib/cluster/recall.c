#include "recall.h"

#include <stdlib.h>

#include "clock.h"
#include "unanswered.h"

/* Between two looks at whether the connection was lost, in nanoseconds: a job that is lost may well
 * wait as long again. Looking costs less than a microsecond. */
#define LOOK_WAIT ((int64_t)500 * 1000000)

/* ---- what the hub has lost ------------------------------------------------------------------- */

/* The last place in the stream of jobs that one of ours has, or had. */
static uint64_t last_place(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    uint64_t last = ledger->last;
    pthread_mutex_unlock(&ledger->lock);
    return last;
}

/* Jobs do not go away while they are held, and sending takes locks of its own. */
static size_t hold_lost(struct ledger *ledger, uint64_t last, struct ledger_job **held)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger->buckets; i++) {
        for (struct ledger_job *job = ledger->jobs[i]; job; job = job->next) {
            if (job->place <= last)
                continue;
            job->place = 0;
            job->references++;
            held[count++] = job;
        }
    }
    return count;
}

/* Sends every job that lies, as far as we know, behind `last` in the stream of jobs, and has not
 * ended. Without memory some are left out, and the answer is false. */
static bool send_lost(struct recall *recall, uint64_t last)
{
    struct ledger *ledger = recall->ledger;
    pthread_mutex_lock(&ledger->lock);
    struct ledger_job **held = malloc((size_t)(ledger->active + 1) * sizeof *held);
    size_t count = held ? hold_lost(ledger, last, held) : 0;
    ledger->last = last;
    pthread_mutex_unlock(&ledger->lock);
    bool sent = held;
    for (size_t i = 0; i < count; i++) {
        sent = recall->send(recall->context, held[i]) && sent;
        ledger_drop(ledger, held[i]);
    }
    free(held);
    if (count)
        yoke_log(YOKE_LOG_WARNING, "the hub has lost its disk: %zu jobs are sent again", count);
    return sent;
}

/* ---- watching -------------------------------------------------------------------------------- */

/* Whether it was closed meanwhile. */
static bool wait_a_little(struct recall *recall)
{
    pthread_mutex_lock(&recall->lock);
    if (!recall->closed)
        clock_wait(&recall->changed, &recall->lock, clock_now() + LOOK_WAIT);
    bool closed = recall->closed;
    pthread_mutex_unlock(&recall->lock);
    return closed;
}

/* The hub may know the one who asks for results; else it is told again. */
static natsStatus ask_for_results(struct recall *recall)
{
    natsStatus status = NATS_OK;
    for (int i = 0; status == NATS_OK && i < 2 && recall->recipients[i].stream; i++) {
        jsErrCode error = 0;
        status = js_AddConsumer(NULL, recall->connection->stream, recall->recipients[i].stream,
                                recall->recipients[i].info->Config, NULL, &error);
        status = error ? NATS_OK : status;
    }
    return status;
}

/* False: to be done once more. */
static bool look(struct recall *recall, int64_t *created)
{
    struct connection *connection = recall->connection;
    if (connection_prepare(connection) != NATS_OK || ask_for_results(recall) != NATS_OK)
        return false;
    bool other = *created != connection->created;
    uint64_t last = other ? 0 : connection->last;
    bool emptied = last < last_place(recall->ledger);
    if (!recall->look(recall->context, emptied))
        return false;
    if (emptied && !send_lost(recall, last))
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
        unanswered_look(recall->connection, recall->ledger);
    }
    nats_ReleaseThreadMemory();
    return NULL;
}

yoke_status recall_start(struct recall *recall)
{
    for (int i = 0; i < 2 && recall->recipients[i].stream; i++) {
        struct recipient *recipient = &recall->recipients[i];
        natsStatus found =
            connection_describe(recall->connection, recipient->subscription, &recipient->info);
        if (found != NATS_OK)
            return connection_failed(found, "cannot ask for results");
    }
    clock_condition_open(&recall->changed);
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
    for (int i = 0; i < 2; i++)
        jsConsumerInfo_Destroy(recall->recipients[i].info);
}
