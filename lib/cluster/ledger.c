#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "kernels.h"
#include "keyed.h"

struct ledger *ledger_open(void)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    struct yoke_remote **jobs = calloc(LEDGER_BUCKETS, sizeof(struct yoke_remote *));
    if (!ledger || !jobs)
        return free(ledger), free(jobs), NULL;
    ledger->jobs = jobs;
    ledger->buckets = LEDGER_BUCKETS;
    clock_condition_open(&ledger->ended);
    pthread_mutex_init(&ledger->lock, NULL);
    ledger->references = 1;
    ledger->last_finished = &ledger->finished;
    ledger->opened = clock_now();
    return ledger;
}

/* With the lock, which is given back. */
static void drop_reference(struct ledger *ledger)
{
    bool last = --ledger->references == 0;
    pthread_mutex_unlock(&ledger->lock);
    if (!last)
        return;
    while (ledger->nodes) {
        struct ledger_node *node = ledger->nodes;
        ledger->nodes = node->next;
        free(node);
    }
    pace_free_all(ledger->paces);
    pthread_cond_destroy(&ledger->ended);
    pthread_mutex_destroy(&ledger->lock);
    free(ledger->jobs);
    free(ledger);
}

/* ---- the table, with the lock ---------------------------------------------------------------- */

struct yoke_remote **ledger_find(struct ledger *ledger, uint64_t sequence)
{
    struct yoke_remote **place = &ledger->jobs[sequence & (ledger->buckets - 1)];
    while (*place && (*place)->sequence != sequence)
        place = &(*place)->next;
    return place;
}

/* Numbers follow each other: with as many buckets as jobs hardly two share one. Without memory the
 * table only becomes slower. */
static void make_room(struct ledger *ledger)
{
    size_t old = ledger->buckets;
    struct yoke_remote **before = ledger->jobs;
    struct yoke_remote **jobs =
        ledger->counts.active < old ? NULL : calloc(2 * old, sizeof(struct yoke_remote *));
    if (!jobs)
        return;
    ledger->jobs = jobs;
    ledger->buckets = 2 * old;
    for (size_t i = 0; i < old; i++) {
        while (before[i]) {
            struct yoke_remote *job = before[i];
            before[i] = job->next;
            job->next = NULL;
            *ledger_find(ledger, job->sequence) = job;
        }
    }
    free(before);
}

static void free_job(struct yoke_remote *job)
{
    free((void *)job->wire.argument);
    free(job->result);
    free(job->output);
    free(job->keyed);
    free(job);
}

static uint64_t *count_of(yoke_cluster_statistics *counts, yoke_state state)
{
    switch (state) {
    case YOKE_STATE_DONE:
        return &counts->done;
    case YOKE_STATE_CANCELLED:
        return &counts->cancelled;
    case YOKE_STATE_TIMED_OUT:
        return &counts->timed_out;
    case YOKE_STATE_LOST:
        return &counts->lost;
    default:
        return &counts->failed;
    }
}

void ledger_note_started(struct ledger *ledger, struct yoke_remote *job)
{
    if (job->started || !job->owner)
        return;
    job->started = true;
    ledger->unstarted--;
    ledger->heard = clock_now();
    if (ledger->tell)
        ledger->tell(ledger->tell_context);
}

static void hand_to_owner(struct ledger *ledger, struct yoke_remote *job)
{
    ledger_note_started(ledger, job);
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the owner has a reference to the last one
    *ledger->last_finished = job;
    ledger->last_finished = &job->next_finished;
    if (ledger->tell)
        ledger->tell(ledger->tell_context);
}

struct yoke_remote *ledger_take_finished(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    struct yoke_remote *job = ledger->finished;
    if (job) {
        ledger->finished = job->next_finished;
        if (!ledger->finished)
            ledger->last_finished = &ledger->finished;
    }
    pthread_mutex_unlock(&ledger->lock);
    return job;
}

void ledger_disown(struct yoke_remote *job)
{
    pthread_mutex_lock(&job->ledger->lock);
    job->ledger->unstarted -= job->owner && !job->started;
    job->owner = NULL;
    pthread_mutex_unlock(&job->ledger->lock);
}

void ledger_unhold(struct ledger *ledger, struct yoke_remote *job)
{
    if (--job->references == 0) {
        free_job(job);
        ledger->references--;
    }
}

void ledger_take_out(struct ledger *ledger, struct yoke_remote **place)
{
    struct yoke_remote *job = *place;
    *place = job->next;
    ledger->counts.active--;
    ++*count_of(&ledger->counts, job->state);
    if (job->owner)
        hand_to_owner(ledger, job);
    if (job->awaited || ledger->counts.active == 0)
        pthread_cond_broadcast(&ledger->ended);
    ledger_unhold(ledger, job);
}

static void end_as_cancelled(struct ledger *ledger, struct yoke_remote **place, const char *why)
{
    struct yoke_remote *job = *place;
    job->state = YOKE_STATE_CANCELLED;
    job->status = YOKE_CANCELLED;
    snprintf(job->message, sizeof job->message, "%s", why);
    ledger_take_out(ledger, place);
}

/* NULL without memory. */
static struct yoke_remote *create(const struct wire_job *wire, void *owner,
                                  const struct keyed *keyed)
{
    struct yoke_remote *job = calloc(1, sizeof *job);
    void *result = calloc(1, wire->result_size ? (size_t)wire->result_size : 1);
    void *argument = wire->argument_size ? malloc((size_t)wire->argument_size) : NULL;
    struct keyed *copy = keyed ? malloc(sizeof *copy) : NULL;
    if (!job || !result || (wire->argument_size && !argument) || (keyed && !copy))
        return free(job), free(result), free(argument), free(copy), NULL;
    if (argument)
        memcpy(argument, wire->argument, (size_t)wire->argument_size);
    job->wire = *wire;
    job->wire.argument = argument;
    job->owner = owner;
    if (copy)
        *copy = *keyed;
    job->keyed = copy;
    job->references = 2;
    job->state = YOKE_STATE_QUEUED;
    job->status = YOKE_NOT_DONE;
    job->result = result;
    job->result_size = (size_t)wire->result_size;
    return job;
}

/* With the lock. */
static void enter(struct ledger *ledger, struct yoke_remote *job)
{
    job->ledger = ledger;
    job->submitted = clock_now();
    if (!job->keyed || job->keyed->known)
        job->wire.sequence = ledger->next++;
    job->sequence = job->wire.sequence;
    job->next = NULL;
    make_room(ledger);
    *ledger_find(ledger, job->sequence) = job;
    ledger->references++;
    /* Those for one node may wait for long: they do not count for whether any node has room. */
    job->started = kernel_lane_is_placed(job->pace->lane);
    ledger->unstarted += job->owner && !job->started;
    ledger->counts.submitted++;
    ledger->counts.active++;
    ledger->counts.bytes_sent += job->wire.argument_size;
}

struct yoke_remote *ledger_add(struct ledger *ledger, const char *lane, const struct wire_job *wire,
                               void *owner, const struct keyed *keyed, bool *found)
{
    struct yoke_remote *job = create(wire, owner, keyed), *same = NULL;
    if (!job)
        return NULL;
    pthread_mutex_lock(&ledger->lock);
    if (keyed && (same = keyed_find(ledger, keyed->key)))
        keyed_meet(same, job);
    else if ((job->pace = pace_find(&ledger->paces, lane)))
        enter(ledger, job);
    if (job->pace && keyed)
        keyed_enter(ledger, job);
    bool entered = job->pace;
    pthread_mutex_unlock(&ledger->lock);
    if (!entered)
        free_job(job);
    *found = same;
    return entered ? job : same;
}

/* ---- the end --------------------------------------------------------------------------------- */

void ledger_part(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    ledger->withdraw = NULL;
    ledger->let_go = NULL;
    while (ledger->calls)
        pthread_cond_wait(&ledger->ended, &ledger->lock);
    pthread_mutex_unlock(&ledger->lock);
}

void ledger_close(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    ledger->closed = true;
    for (size_t i = 0; i < ledger->buckets; i++) {
        while (ledger->jobs[i])
            end_as_cancelled(ledger, &ledger->jobs[i], LEDGER_LEFT);
    }
    for (struct yoke_remote *job; (job = keyed_leave_next(ledger));)
        ledger_unhold(ledger, job);
    drop_reference(ledger);
}

void ledger_forget(struct yoke_remote *job)
{
    struct ledger *ledger = job->ledger;
    struct yoke_remote **place = ledger_find(ledger, job->sequence);
    *place = job->next;
    ledger->counts.submitted--;
    ledger->counts.active--;
    job->references -= keyed_leave(ledger, job); /* the caller has one more */
    ledger_unhold(ledger, job);
}

bool ledger_cancel(struct yoke_remote *job, const char *why)
{
    struct yoke_remote **place = ledger_find(job->ledger, job->sequence);
    bool active = *place == job;
    if (active)
        end_as_cancelled(job->ledger, place, why);
    return active;
}

void ledger_hold(struct yoke_remote *job)
{
    pthread_mutex_lock(&job->ledger->lock);
    job->references++;
    pthread_mutex_unlock(&job->ledger->lock);
}

void ledger_drop(struct yoke_remote *job)
{
    struct ledger *ledger = job->ledger;
    pthread_mutex_lock(&ledger->lock);
    bool last = --job->references == 0;
    if (last) {
        free_job(job);
        drop_reference(ledger);
    } else {
        pthread_mutex_unlock(&ledger->lock);
    }
}
