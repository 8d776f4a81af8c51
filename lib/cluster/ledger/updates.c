/* What hub and nodes tell of jobs, as it goes into the ledger, and on to the server. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/transport/clock.h"
#include "ledger_keys.h"
#include "updates.h"

/* How many jobs are ended together: with one lock, and one look for who waits for the server. */
enum { ENDS_MOST = 32 };

bool updates_stored(struct ledger *ledger, struct ledger_job *job, const struct outbox_part *part)
{
    const yoke_outcome refused = {
        .state = YOKE_STATE_FAILED,
        .status = YOKE_SYSTEM,
        .message = "the hub does not take the job: too large",
    };
    if (part->end == OUTBOX_CLOSED)
        return true; /* and soon the ledger is as well */
    if (part->end != OUTBOX_STORED) {
        ledger_end_as(ledger, job, refused);
        return true;
    }
    pthread_mutex_lock(&ledger->lock);
    job->shared = !part->alone;
    job->position = part->position;
    ledger->last = part->position > ledger->last ? part->position : ledger->last;
    /* Whoever has ended it meanwhile had no position to remove it by: the caller has. */
    bool needed = !job->unneeded;
    pthread_mutex_unlock(&ledger->lock);
    return needed;
}

/* With the lock. NULL without memory. */
static const struct ledger_node *find_node(struct ledger *ledger, const char *name)
{
    struct ledger_node *node = ledger->nodes;
    while (node && strcmp(node->name, name) != 0)
        node = node->next;
    if (node || !(node = calloc(1, sizeof *node)))
        return node;
    snprintf(node->name, sizeof node->name, "%s", name);
    node->next = ledger->nodes;
    return ledger->nodes = node;
}

static void note_started(struct ledger *ledger, const struct wire_started *started)
{
    pthread_mutex_lock(&ledger->lock);
    const struct ledger_node *node = find_node(ledger, started->node);
    ledger->answered = true;
    ledger->heard = clock_now();
    const unsigned char *at = started->sequences;
    for (uint64_t i = 0; i < started->count; i++) {
        uint64_t sequence;
        at = yoke_unpack_u64(at, &sequence);
        struct ledger_job *job = *ledger_find(ledger, sequence);
        ledger->counts.retried += started->delivery > 1;
        if (!job) /* its result, which comes by another way, was faster */
            continue;
        if (job->job)
            yoke_executor_begin(ledger->executor, job->job);
        ledger_note_started(ledger, job);
        if (job->deliveries < LEDGER_NODES_MOST)
            job->nodes[job->deliveries] = node;
        job->deliveries++;
    }
    pthread_mutex_unlock(&ledger->lock);
}

static void note_progress(struct ledger *ledger, const struct wire_progress *progress)
{
    pthread_mutex_lock(&ledger->lock);
    const unsigned char *at = progress->jobs;
    for (uint64_t i = 0; i < progress->count; i++) {
        uint64_t sequence, done, total;
        at = yoke_unpack_u64(yoke_unpack_u64(yoke_unpack_u64(at, &sequence), &done), &total);
        struct ledger_job *job = *ledger_find(ledger, sequence);
        if (job && job->job)
            yoke_executor_progress(ledger->executor, job->job, done, total);
    }
    pthread_mutex_unlock(&ledger->lock);
}

/* ---- results --------------------------------------------------------------------------------- */

/* With the lock. */
static void count(struct ledger *ledger, const struct ledger_job *job,
                  const struct wire_result *result, int64_t now)
{
    yoke_cluster_statistics *counts = &ledger->counts;
    int64_t latency = now - job->submitted - (int64_t)result->busy;
    /* The clocks of two machines may differ in how fast they go. */
    latency = latency < 1 ? 1 : latency;
    ledger->latencies++;
    counts->bytes_received += result->size;
    counts->latency += latency;
    if (counts->latency_least == 0 || latency < counts->latency_least)
        counts->latency_least = latency;
    batch_estimate_note(job->estimate, result->busy);
}

/* The nodes that had the job, behind what its last one says. */
static void explain_loss(const struct ledger_job *job, struct wire_result *result)
{
    char text[WIRE_MESSAGE_SIZE];
    size_t length = (size_t)snprintf(text, sizeof text, "%.100s; it was with", result->message);
    for (unsigned i = 0; i < job->deliveries && i < LEDGER_NODES_MOST && length < sizeof text; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s %s", i ? "," : "",
                                   job->nodes[i] ? job->nodes[i]->name : "one");
    if (job->deliveries == 0)
        snprintf(text + length, sizeof text - length, " nodes that could not tell");
    memcpy(result->message, text, sizeof text);
}

yoke_outcome updates_outcome(const struct ledger_job *job, const char *node,
                             struct wire_result *result)
{
    if (result->state == YOKE_STATE_DONE && result->size != job->wire.result_size) {
        result->state = YOKE_STATE_FAILED;
        result->status = YOKE_SIZE_MISMATCH;
        snprintf(result->message, sizeof result->message,
                 "node %s sent a result of %" PRIu64 " bytes, not %" PRIu64, node, result->size,
                 job->wire.result_size);
    } else if (result->state == YOKE_STATE_LOST) {
        explain_loss(job, result);
    }
    return (yoke_outcome){
        .state = result->state,
        .status = result->status,
        .message = result->message,
        .result = result->bytes,
        .node = node,
        .busy = (yoke_duration)result->busy,
        .output = result->output,
        .output_size = (size_t)result->output_size,
    };
}

/* With the lock: whether there is a job of the server to end so. */
static bool end(struct ledger *ledger, struct ledger_job *job, const char *node,
                struct wire_result *result, yoke_outcome *outcome)
{
    count(ledger, job, result, ledger->heard);
    if (job->job && (result->progress || result->total))
        yoke_executor_progress(ledger->executor, job->job, result->progress, result->total);
    *outcome = updates_outcome(job, node, result);
    outcome->job = ledger_take_out(ledger, job);
    return outcome->job;
}

static void note_answer(struct ledger *ledger)
{
    ledger->answered = true;
    ledger->heard = clock_now();
}

static void end_some(struct ledger *ledger, const char *node, struct wire_result *results,
                     size_t count_of_results)
{
    yoke_outcome outcomes[ENDS_MOST];
    size_t ended = 0;
    pthread_mutex_lock(&ledger->lock);
    note_answer(ledger);
    yoke_executor *executor = ledger->executor;
    for (size_t i = 0; i < count_of_results; i++) {
        struct ledger_job *job = *ledger_find(ledger, results[i].sequence);
        if (job)
            ended += end(ledger, job, node, &results[i], &outcomes[ended]);
        else
            /* Of a node that was cut off, say, when another one had been given the job. */
            ledger->counts.repeated++;
    }
    pthread_mutex_unlock(&ledger->lock);
    if (ended)
        yoke_executor_end(executor, outcomes, ended);
}

void updates_end(struct ledger *ledger, const char *node, struct wire_result *results, size_t count)
{
    for (size_t done = 0; done < count; done += ENDS_MOST)
        end_some(ledger, node, results + done, count - done < ENDS_MOST ? count - done : ENDS_MOST);
}

bool updates_end_kept(struct ledger *ledger, const char *node, struct wire_result *result,
                      natsMsg *message, uint64_t position)
{
    yoke_outcome outcome = {.job = NULL};
    pthread_mutex_lock(&ledger->lock);
    note_answer(ledger);
    yoke_executor *executor = ledger->executor;
    struct ledger_job *job = *ledger_find(ledger, result->sequence);
    /* The hub sends a message again that it has not heard acknowledged: then it is the result
     * that counts, at its position, and must stay there. At another position it is a second one. */
    bool needed = job || ledger_keys_has_result(ledger, result->sequence, position);
    bool kept = job && job->key;
    if (kept) {
        job->key->result = position;
        job->key->message = message;
    }
    if (job)
        end(ledger, job, node, result, &outcome);
    else
        ledger->counts.repeated += !needed;
    pthread_mutex_unlock(&ledger->lock);
    /* The message stays: the job is not let go before it has ended. */
    if (outcome.job)
        yoke_executor_end(executor, &outcome, 1);
    if (!kept)
        natsMsg_Destroy(message);
    return needed;
}

void updates_malformed(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    ledger->counts.malformed++;
    pthread_mutex_unlock(&ledger->lock);
}

void updates_take(struct ledger *ledger, const natsMsg *message)
{
    struct wire_started started;
    struct wire_progress progress;
    const void *bytes = natsMsg_GetData(message);
    size_t size = (size_t)natsMsg_GetDataLength(message);
    if (wire_started_read(&started, bytes, size))
        note_started(ledger, &started);
    else if (wire_progress_read(&progress, bytes, size))
        note_progress(ledger, &progress);
    else
        updates_malformed(ledger);
}
