#include "ledger.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "kernels.h"
#include "keyed.h"

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
    if (job->keyed) {
        free((void *)job->wire.argument);
        natsMsg_Destroy(job->keyed->message);
        free(job->keyed);
    }
    free(job);
}

void ledger_close(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->buckets; i++) {
        while (ledger->jobs[i])
            ledger_take_out(ledger, &ledger->jobs[i]);
    }
    for (struct ledger_job *job; (job = keyed_leave_next(ledger));)
        ledger_unhold(job);
    for (struct ledger_node *node; (node = ledger->nodes);) {
        ledger->nodes = node->next;
        free(node);
    }
    pace_free_all(ledger->paces);
    pthread_mutex_destroy(&ledger->lock);
    free(ledger->jobs);
    free(ledger);
}

/* ---- the table, with the lock ---------------------------------------------------------------- */

struct ledger_job **ledger_find(struct ledger *ledger, uint64_t sequence)
{
    struct ledger_job **place = &ledger->jobs[sequence & (ledger->buckets - 1)];
    while (*place && (*place)->wire.sequence != sequence)
        place = &(*place)->next;
    return place;
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
    if (ledger->told)
        yoke_executor_wake(ledger->executor);
}

void ledger_unhold(struct ledger_job *job)
{
    if (--job->references == 0)
        free_job(job);
}

yoke_job *ledger_take_out(struct ledger *ledger, struct ledger_job **place)
{
    struct ledger_job *job = *place;
    yoke_job *ended = job->job;
    *place = job->next;
    ledger->active--;
    ledger_note_started(ledger, job);
    job->active = false;
    job->job = NULL;
    ledger_unhold(job);
    return ended;
}

static void enter(struct ledger *ledger, struct ledger_job *job, int64_t now)
{
    job->submitted = now;
    job->active = true;
    if (!job->keyed || job->keyed->known)
        job->wire.sequence = ledger->next++;
    make_room(ledger);
    *ledger_find(ledger, job->wire.sequence) = job;
    ledger->active++;
    /* Those for one node may wait for long: they do not count for whether any node has room. */
    job->started = kernel_lane_is_placed(job->pace->lane);
    ledger->unstarted += !job->started;
    ledger->counts.bytes_sent += job->wire.argument_size;
    if (job->keyed)
        keyed_enter(ledger, job);
}

void ledger_forget(struct ledger *ledger, struct ledger_job *job)
{
    if (keyed_leave(ledger, job))
        ledger_unhold(job);
    ledger_take_out(ledger, ledger_find(ledger, job->wire.sequence));
}

/* ---- jobs ------------------------------------------------------------------------------------ */

struct ledger_job *ledger_create(const struct wire_job *wire, yoke_job *of_server,
                                 const struct keyed *keyed)
{
    struct ledger_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->wire = *wire;
    job->job = of_server;
    job->references = 2;
    if (!keyed)
        return job;
    job->references = 3;
    void *argument = malloc(wire->argument_size ? (size_t)wire->argument_size : 1);
    job->keyed = malloc(sizeof *keyed);
    job->wire.argument = argument;
    if (!argument || !job->keyed)
        return free(argument), free(job->keyed), free(job), NULL;
    if (wire->argument_size)
        memcpy(argument, wire->argument, (size_t)wire->argument_size);
    *job->keyed = *keyed;
    return job;
}

void ledger_discard(struct ledger_job *job)
{
    free_job(job);
}

struct pace *ledger_pace(struct ledger *ledger, const char *lane)
{
    pthread_mutex_lock(&ledger->lock);
    struct pace *pace = pace_find(&ledger->paces, lane);
    pthread_mutex_unlock(&ledger->lock);
    return pace;
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
        if (job->keyed)
            job->keyed->end = how;
        how.job = ledger_take_out(ledger, ledger_find(ledger, job->wire.sequence));
    }
    pthread_mutex_unlock(&ledger->lock);
    if (active && how.job)
        yoke_executor_end(executor, &how, 1);
    return active;
}
