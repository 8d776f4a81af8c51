/* Looks after every lost connection whether the hub still has what it had, and sends what it has
 * lost again: see recovery.h. */
#include "recovery.h"
#include "cluster/limits.h"

#include <stdlib.h>

#include "cluster/transport/clock.h"
#include "unanswered.h"

/* ---- what the hub has lost ------------------------------------------------------------------- */

/* The last position in the stream of jobs that one of ours has, or had. */
static uint64_t last_position(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    uint64_t last = ledger->last;
    pthread_mutex_unlock(&ledger->lock);
    return last;
}

/* Of the jobs stored up to `known` those behind `last` are lost, and marked as such until they have
 * been sent again, however often that fails. Those that have no position yet are not: the outbox
 * goes on sending them. */
static void mark_lost(struct ledger *ledger, uint64_t last, uint64_t known)
{
    pthread_mutex_lock(&ledger->lock);
    for (size_t i = 0; i < ledger->buckets; i++) {
        for (struct ledger_job *job = ledger->jobs[i]; job; job = job->next) {
            if (job->position <= last || job->position > known)
                continue;
            job->position = 0;
            job->lost = true;
        }
    }
    if (ledger->last == known)
        ledger->last = last;
    pthread_mutex_unlock(&ledger->lock);
}

/* With the lock; from that bucket on. A table that grows moves jobs to later buckets only. */
static struct ledger_job *find_lost(struct ledger *ledger, size_t *bucket)
{
    for (; *bucket < ledger->buckets; ++*bucket) {
        for (struct ledger_job *job = ledger->jobs[*bucket]; job; job = job->next) {
            if (job->lost)
                return job;
        }
    }
    return NULL;
}

/* The next one, with a reference: sending takes locks of its own. */
static struct ledger_job *take_lost(struct ledger *ledger, size_t *bucket)
{
    pthread_mutex_lock(&ledger->lock);
    struct ledger_job *job = find_lost(ledger, bucket);
    if (job) {
        job->lost = false;
        job->references++;
    }
    pthread_mutex_unlock(&ledger->lock);
    return job;
}

static void give_back_lost(struct ledger *ledger, struct ledger_job *job, bool sent)
{
    pthread_mutex_lock(&ledger->lock);
    job->lost = !sent;
    ledger_unhold(job);
    pthread_mutex_unlock(&ledger->lock);
}

/* False: without memory not all have been sent. */
static bool send_lost(struct recovery *recovery)
{
    struct ledger_job *job;
    size_t bucket = 0, count = 0;
    bool sent = true;
    while (sent && (job = take_lost(recovery->ledger, &bucket))) {
        sent = recovery->send(recovery->context, job);
        give_back_lost(recovery->ledger, job, sent);
        count += sent;
    }
    if (count)
        yoke_log(YOKE_LOG_WARNING, "the hub has lost its disk: %zu jobs are sent again", count);
    return sent;
}

/* ---- watching -------------------------------------------------------------------------------- */

/* Whether it was closed meanwhile. */
static bool wait_a_little(struct recovery *recovery)
{
    pthread_mutex_lock(&recovery->lock);
    if (!recovery->closed)
        clock_wait(&recovery->changed, &recovery->lock, clock_now() + RECOVERY_LOOK_WAIT);
    bool closed = recovery->closed;
    pthread_mutex_unlock(&recovery->lock);
    return closed;
}

/* The hub may know the one who asks for results; else it is told again. */
static natsStatus ask_for_results(struct recovery *recovery)
{
    natsStatus status = NATS_OK;
    for (int i = 0; status == NATS_OK && i < 2 && recovery->recipients[i].stream; i++) {
        jsErrCode error = 0;
        status = js_AddConsumer(NULL, recovery->connection->stream, recovery->recipients[i].stream,
                                recovery->recipients[i].info->Config, NULL, &error);
        status = error ? NATS_OK : status;
    }
    return status;
}

/* False: to be done once more. */
static bool look(struct recovery *recovery, int64_t *created)
{
    struct connection *connection = recovery->connection;
    /* Before the hub is asked: what is stored after that is there. */
    uint64_t known = last_position(recovery->ledger);
    if (connection_prepare(connection) != NATS_OK || ask_for_results(recovery) != NATS_OK)
        return false;
    /* A stream that was made anew counts from 1: what was stored before is gone, whatever its
     * position. A hub that comes back with an old disk has the same stream, which ends before
     * positions that we know. */
    uint64_t last = *created == connection->created ? connection->last : 0;
    if (last < known)
        mark_lost(recovery->ledger, last, known);
    *created = connection->created;
    return recovery->look(recovery->context) && send_lost(recovery);
}

static void *run(void *argument)
{
    struct recovery *recovery = argument;
    int64_t created = recovery->connection->created;
    uint64_t known = connection_reconnects(recovery->connection);
    while (!wait_a_little(recovery)) {
        /* Read before the look: should the connection be lost meanwhile, there is another one. */
        uint64_t reconnects = connection_reconnects(recovery->connection);
        if (reconnects != known && look(recovery, &created))
            known = reconnects;
        unanswered_look(recovery->connection, recovery->ledger);
    }
    nats_ReleaseThreadMemory();
    return NULL;
}

yoke_status recovery_start(struct recovery *recovery)
{
    for (int i = 0; i < 2 && recovery->recipients[i].stream; i++) {
        struct recipient *recipient = &recovery->recipients[i];
        natsStatus found =
            connection_describe(recovery->connection, recipient->subscription, &recipient->info);
        if (found != NATS_OK)
            return connection_failed(found, "cannot ask for results");
    }
    clock_condition_open(&recovery->changed);
    pthread_mutex_init(&recovery->lock, NULL);
    recovery->started = pthread_create(&recovery->thread, NULL, run, recovery) == 0;
    return recovery->started ? YOKE_OK
                             : yoke_error_set(YOKE_NO_THREADS, "the system refused a thread");
}

void recovery_stop(struct recovery *recovery)
{
    if (recovery->started) {
        pthread_mutex_lock(&recovery->lock);
        recovery->closed = true;
        pthread_cond_signal(&recovery->changed);
        pthread_mutex_unlock(&recovery->lock);
        pthread_join(recovery->thread, NULL);
        pthread_cond_destroy(&recovery->changed);
        pthread_mutex_destroy(&recovery->lock);
    }
    for (int i = 0; i < 2; i++)
        jsConsumerInfo_Destroy(recovery->recipients[i].info);
}
