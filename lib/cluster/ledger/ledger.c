/* The table of jobs under way, by number, and who has references to them: see ledger.h. */
#include "ledger.h"

#include <stdlib.h>
#include <string.h>

#include "cluster/transport/clock.h"
#include "cluster/transport/kernels.h"
#include "ledger_keys.h"

struct ledger *ledger_open(void)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    struct ledger_job **jobs = calloc(LEDGER_BUCKETS, sizeof(struct ledger_job *));
    if (!ledger || !jobs)
        return free(ledger), free(jobs), NULL;
    ledger->jobs = jobs;
    ledger->buckets = LEDGER_BUCKETS;
    pthread_mutex_init(&ledger->lock, NULL);
    return ledger;
}

static void free_job(struct ledger_job *job)
{
    if (job->key) {
        free((void *)job->wire.argument);
        natsMsg_Destroy(job->key->message);
        free(job->key);
    }
    free(job);
}

void ledger_close(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->buckets; i++) {
        while (ledger->jobs[i])
            ledger_take_out(ledger, ledger->jobs[i]);
    }
    for (struct ledger_job *job; (job = ledger_keys_leave_next(ledger));)
        ledger_unhold(job);
    for (struct ledger_node *node; (node = ledger->nodes);) {
        ledger->nodes = node->next;
        free(node);
    }
    batch_estimate_free_all(ledger->estimates);
    pthread_mutex_destroy(&ledger->lock);
    free(ledger->jobs);
    free(ledger);
}

/* ---- the table, with the lock ---------------------------------------------------------------- */

struct ledger_job **ledger_find(struct ledger *ledger, uint64_t sequence)
{
    struct ledger_job **link = &ledger->jobs[sequence & (ledger->buckets - 1)];
    while (*link && (*link)->wire.sequence != sequence)
        link = &(*link)->next;
    return link;
}

/* Numbers follow each other: with as many buckets as jobs hardly two share one. Without memory the
 * table only becomes slower. */
static void make_room(struct ledger *ledger)
{
    size_t old = ledger->buckets;
    struct ledger_job **before = ledger->jobs;
    struct ledger_job **jobs =
        ledger->active < old ? NULL : calloc(2 * old, sizeof(struct ledger_job *));
    if (!jobs)
        return;
    ledger->jobs = jobs;
    ledger->buckets = 2 * old;
    for (size_t i = 0; i < old; i++) {
        while (before[i]) {
            struct ledger_job *job = before[i];
            before[i] = job->next;
            job->next = NULL;
            *ledger_find(ledger, job->wire.sequence) = job;
        }
    }
    free(before);
}

void ledger_note_started(struct ledger *ledger, struct ledger_job *job)
{
    if (job->started)
        return;
    job->started = true;
    ledger->unstarted--;
    /* It waits at the hub no more: there may be room for another one. */
    if (ledger->told)
        yoke_executor_wake(ledger->executor);
}

static void give_back(struct ledger_job *job, unsigned references)
{
    job->references -= references;
    if (job->references == 0)
        free_job(job);
}

void ledger_unhold(struct ledger_job *job)
{
    give_back(job, 1);
}

/* The reference of the table is the caller's to give back. */
static yoke_job *take_out(struct ledger *ledger, struct ledger_job *job)
{
    yoke_job *ended = job->job;
    *ledger_find(ledger, job->wire.sequence) = job->next;
    ledger->active--;
    /* However it has ended, it is none of those that wait for a node any more. */
    ledger_note_started(ledger, job);
    job->active = false;
    job->job = NULL;
    return ended;
}

yoke_job *ledger_take_out(struct ledger *ledger, struct ledger_job *job)
{
    yoke_job *ended = take_out(ledger, job);
    give_back(job, 1);
    return ended;
}

static void enter(struct ledger *ledger, struct ledger_job *job, int64_t now)
{
    job->submitted = now;
    job->active = true;
    /* A job of an earlier program keeps the number that the hub knows it by. */
    if (!job->key || job->key->known)
        job->wire.sequence = ledger->next++;
    make_room(ledger);
    *ledger_find(ledger, job->wire.sequence) = job;
    ledger->active++;
    /* Those for one node may wait for long: they do not count for whether any node has room. */
    job->started = kernels_channel_is_for_node(job->estimate->channel);
    ledger->unstarted += !job->started;
    ledger->counts.bytes_sent += job->wire.argument_size;
    if (job->key)
        ledger_keys_enter(ledger, job);
}

void ledger_forget(struct ledger *ledger, struct ledger_job *job)
{
    unsigned references = 1 + ledger_keys_leave(ledger, job);
    take_out(ledger, job);
    give_back(job, references);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

struct ledger_job *ledger_create(const struct wire_job *wire, yoke_job *of_server,
                                 const struct key *key)
{
    struct ledger_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->wire = *wire;
    job->job = of_server;
    job->references = 2;
    if (!key)
        return job;
    job->references = 3;
    void *argument = malloc(wire->argument_size ? (size_t)wire->argument_size : 1);
    job->key = malloc(sizeof *key);
    job->wire.argument = argument;
    if (!argument || !job->key)
        return free(argument), free(job->key), free(job), NULL;
    if (wire->argument_size)
        memcpy(argument, wire->argument, (size_t)wire->argument_size);
    *job->key = *key;
    return job;
}

void ledger_discard(struct ledger_job *job)
{
    free_job(job);
}

struct batch_estimate *ledger_estimate(struct ledger *ledger, const char *channel)
{
    pthread_mutex_lock(&ledger->lock);
    struct batch_estimate *estimate = batch_estimate_find(&ledger->estimates, channel);
    pthread_mutex_unlock(&ledger->lock);
    return estimate;
}

void ledger_enter(struct ledger *ledger, struct ledger_job *const *jobs, size_t count)
{
    int64_t now = clock_now();
    pthread_mutex_lock(&ledger->lock);
    for (size_t i = 0; i < count; i++)
        enter(ledger, jobs[i], now);
    pthread_mutex_unlock(&ledger->lock);
}

void ledger_hold(struct ledger *ledger, struct ledger_job *job)
{
    pthread_mutex_lock(&ledger->lock);
    job->references++;
    pthread_mutex_unlock(&ledger->lock);
}

void ledger_drop(struct ledger *ledger, struct ledger_job *job)
{
    pthread_mutex_lock(&ledger->lock);
    ledger_unhold(job);
    pthread_mutex_unlock(&ledger->lock);
}

bool ledger_end_as(struct ledger *ledger, struct ledger_job *job, yoke_outcome how)
{
    pthread_mutex_lock(&ledger->lock);
    bool active = job->active;
    yoke_executor *executor = ledger->executor;
    if (active) {
        job->unneeded = how.state == YOKE_STATE_CANCELLED;
        if (job->key)
            job->key->end = how;
        how.job = ledger_take_out(ledger, job);
    }
    pthread_mutex_unlock(&ledger->lock);
    /* Without the lock: when the server is closing, callbacks run in this call. */
    if (active && how.job)
        yoke_executor_end(executor, &how, 1);
    return active;
}
