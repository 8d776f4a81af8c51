/* What hub and nodes tell of jobs, as it goes into the ledger. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "keyed.h"

bool ledger_stored(struct yoke_remote *job, const struct outbox_part *part)
{
    struct ledger *ledger = job->ledger;
    if (part->end == OUTBOX_CLOSED)
        return true; /* and soon the ledger is as well */
    pthread_mutex_lock(&ledger->lock);
    if (part->end == OUTBOX_STORED) {
        job->stored = part->alone ? part->place : 0;
        job->place = part->place;
        ledger->last = part->place > ledger->last ? part->place : ledger->last;
    } else if (job->state < YOKE_STATE_DONE) {
        job->state = YOKE_STATE_FAILED;
        job->status = YOKE_SYSTEM;
        snprintf(job->message, WIRE_MESSAGE_SIZE, "the hub does not take the job: too large");
        ledger_take_out(ledger, ledger_find(ledger, job->sequence));
    }
    bool needed = job->state != YOKE_STATE_CANCELLED;
    pthread_mutex_unlock(&ledger->lock);
    return needed;
}

void ledger_started(struct ledger *ledger, const struct wire_started *started)
{
    pthread_mutex_lock(&ledger->lock);
    ledger->answered = true;
    const unsigned char *at = started->sequences;
    for (uint64_t i = 0; i < started->count; i++) {
        uint64_t sequence;
        at = yoke_unpack_u64(at, &sequence);
        struct yoke_remote *job = *ledger_find(ledger, sequence);
        ledger->counts.retried += started->delivery > 1;
        if (!job)
            continue;
        job->state = YOKE_STATE_RUNNING;
        ledger_note_started(ledger, job);
        size_t length = strlen(job->history);
        snprintf(job->history + length, sizeof job->history - length, "%s%s", length ? ", " : "",
                 started->node);
    }
    pthread_mutex_unlock(&ledger->lock);
}

void ledger_progress(struct ledger *ledger, const struct wire_progress *progress)
{
    pthread_mutex_lock(&ledger->lock);
    const unsigned char *at = progress->jobs;
    for (uint64_t i = 0; i < progress->count; i++) {
        uint64_t sequence, done, total;
        at = yoke_unpack_u64(yoke_unpack_u64(yoke_unpack_u64(at, &sequence), &done), &total);
        struct yoke_remote *job = *ledger_find(ledger, sequence);
        if (!job)
            continue;
        job->progress = done;
        job->total = total;
        if (job->owner && ledger->progressed)
            ledger->progressed(ledger->tell_context, job);
    }
    pthread_mutex_unlock(&ledger->lock);
}

static void count_latency(struct ledger *ledger, int64_t latency)
{
    yoke_cluster_statistics *counts = &ledger->counts;
    /* The clocks of two machines may differ in how fast they go. */
    latency = latency < 1 ? 1 : latency;
    ledger->latencies++;
    counts->latency += latency;
    if (counts->latency_least == 0 || latency < counts->latency_least)
        counts->latency_least = latency;
}

/* With the lock. Without memory the row is missing, and the job counts all the same. */
static void count_node(struct ledger *ledger, const char *name, uint64_t busy)
{
    struct ledger_node *node = ledger->nodes;
    while (node && strcmp(node->name, name) != 0)
        node = node->next;
    if (!node) {
        node = calloc(1, sizeof *node);
        if (!node)
            return;
        snprintf(node->name, sizeof node->name, "%s", name);
        node->next = ledger->nodes;
        ledger->nodes = node;
    }
    node->jobs++;
    node->busy += busy;
}

static void write_result(struct yoke_remote *job, const char *node,
                         const struct wire_result *result)
{
    job->state = result->state;
    job->status = result->status;
    job->progress = result->progress;
    job->total = result->total;
    job->output = result->output_size ? strndup(result->output, result->output_size) : NULL;
    if (result->state == YOKE_STATE_DONE && result->size != job->result_size) {
        job->state = YOKE_STATE_FAILED;
        job->status = YOKE_SIZE_MISMATCH;
        snprintf(job->message, sizeof job->message,
                 "node %s sent a result of %" PRIu64 " bytes, not %zu", node, result->size,
                 job->result_size);
    } else if (result->state == YOKE_STATE_LOST) {
        snprintf(job->message, sizeof job->message, "%.100s; it was with %.120s", result->message,
                 *job->history ? job->history : "nodes that could not tell");
    } else {
        snprintf(job->message, sizeof job->message, "%s", result->message);
        if (result->size)
            memcpy(job->result, result->bytes, job->result_size);
    }
}

bool ledger_end(struct ledger *ledger, const char *node, const struct wire_result *result,
                uint64_t place)
{
    pthread_mutex_lock(&ledger->lock);
    ledger->answered = true;
    struct yoke_remote **at = ledger_find(ledger, result->sequence), *job = *at;
    bool needed = job || (place && keyed_has_result(ledger, result->sequence, place));
    if (!job) {
        ledger->counts.repeated += !needed;
    } else {
        write_result(job, node, result);
        snprintf(job->node, sizeof job->node, "%s", node);
        job->busy = result->busy;
        if (job->keyed)
            job->keyed->result = place;
        ledger->counts.bytes_received += result->size;
        count_node(ledger, node, result->busy);
        count_latency(ledger, clock_now() - job->submitted - (int64_t)result->busy);
        pace_note(job->pace, result->busy);
        ledger_take_out(ledger, at);
    }
    pthread_mutex_unlock(&ledger->lock);
    return needed;
}

void ledger_malformed(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    ledger->counts.malformed++;
    pthread_mutex_unlock(&ledger->lock);
}

void ledger_take_news(struct ledger *ledger, const natsMsg *message)
{
    struct wire_started started;
    struct wire_progress progress;
    const void *bytes = natsMsg_GetData(message);
    size_t size = (size_t)natsMsg_GetDataLength(message);
    if (wire_started_read(&started, bytes, size))
        ledger_started(ledger, &started);
    else if (wire_progress_read(&progress, bytes, size))
        ledger_progress(ledger, &progress);
    else
        ledger_malformed(ledger);
}
