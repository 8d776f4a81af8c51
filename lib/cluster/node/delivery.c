/* Jobs on a node: run, reported. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/transport/clock.h"
#include "delivery.h"

/* How many results may travel together; bytes bound them earlier. */
#define RESULTS_MOST 256

/* Jobs taken beyond the workers, so that none of them waits for the hub: one, since what is taken
 * and not run is charged for the node's death all the same. */
#define AHEAD 1

/* ---- coming and going, with the lock --------------------------------------------------------- */

bool delivery_has_room(const struct yoke_node *node)
{
    return node->running < node->counts.workers + AHEAD;
}

struct delivery *delivery_open(struct yoke_node *node, natsMsg *message, const char *client,
                               size_t count)
{
    struct delivery *delivery = calloc(1, sizeof *delivery + count * sizeof(struct item));
    if (!delivery)
        return NULL;
    delivery->node = node;
    delivery->message = message;
    snprintf(delivery->client, sizeof delivery->client, "%s", client);
    delivery->count = delivery->missing = (unsigned)count;
    for (size_t i = 0; i < count; i++)
        delivery->items[i].delivery = delivery;
    delivery->next = node->deliveries;
    delivery->link = &node->deliveries;
    if (delivery->next)
        delivery->next->link = &delivery->next;
    node->deliveries = delivery;
    node->counts.active += count;
    return delivery;
}

void delivery_close_if_over(struct delivery *delivery)
{
    struct yoke_node *node = delivery->node;
    /* The hub may have the jobs back while their kernels still run, which know the items. */
    if (delivery->message || delivery->running || delivery->held)
        return;
    *delivery->link = delivery->next;
    if (delivery->next)
        delivery->next->link = delivery->link;
    node->counts.active -= delivery->count;
    if (node->draining)
        pthread_cond_broadcast(&node->over);
    for (unsigned i = 0; i < delivery->count; i++)
        yoke_job_release(delivery->items[i].job);
    free(delivery);
}

void delivery_tell_hub(struct yoke_node *node, const natsMsg *message, const char *what)
{
    natsConnection_PublishString(node->connection.nats, natsMsg_GetReply(message), what);
}

/* The hub keeps the results, so it may forget the jobs; or it takes them back. */
static void part_with(struct delivery *delivery, const char *what)
{
    delivery_tell_hub(delivery->node, delivery->message, what);
    natsMsg_Destroy(delivery->message);
    delivery->message = NULL;
}

static void begin(struct item *item)
{
    item->running = true;
    /* A message takes the room of one job, as several come together only when they are quick. */
    if (item->delivery->running++ == 0)
        item->delivery->node->running++;
}

/* Whether there is room for another job now, which there was not before. */
static bool stop(struct item *item)
{
    struct yoke_node *node = item->delivery->node;
    bool room = delivery_has_room(node);
    item->running = false;
    if (--item->delivery->running == 0)
        node->running--;
    return !room && delivery_has_room(node);
}

/* ---- reporting ------------------------------------------------------------------------------- */

/* Results have no names for the hub: what comes twice, for whatever reason, counts once all the
 * same. */
void delivery_address(void *node, const char *channel, const struct outbox_part *first,
                      struct outbox_address *address)
{
    (void)node;
    snprintf(address->subject, SUBJECT_SIZE, "%s%s.%" PRIu64,
             wire_is_session_client(channel) ? SESSION_SUBJECT : RESULTS_SUBJECT, channel,
             first->sequence);
}

/* With the lock. */
static void note_reported(struct delivery *delivery, bool stored)
{
    delivery->held--;
    delivery->node->counts.reported += stored;
    if (delivery->message && !stored) /* else it has been returned meanwhile */
        part_with(delivery, HUB_RETURN);
    else if (delivery->message && --delivery->missing == 0)
        /* Not before the hub has every result: should we die before, it gives the jobs to another
         * node, and the ledger drops what comes twice. */
        part_with(delivery, HUB_DONE);
    delivery_close_if_over(delivery);
}

void delivery_note_reported(void *owner, const struct outbox_part *part)
{
    struct yoke_node *node = owner;
    pthread_mutex_lock(&node->lock);
    note_reported(part->context, part->end == OUTBOX_STORED);
    pthread_mutex_unlock(&node->lock);
}

/* Takes the bytes, NULL for want of memory. The item's delivery is held until that is noted, and
 * may be gone afterwards. */
static void report(struct item *item, unsigned char *bytes, size_t size)
{
    static const atomic_uint most = RESULTS_MOST, one = 1;
    struct delivery *delivery = item->delivery;
    /* A result that is kept is let go by itself. */
    const atomic_uint *together = wire_is_session_client(delivery->client) ? &one : &most;
    if (bytes && outbox_post(delivery->node->outbox, delivery->client, together, item->sequence,
                             bytes, size, delivery))
        return;
    free(bytes);
    /* As if the hub had refused it: the jobs go back, and another node may have the memory. */
    const struct outbox_part part = {.context = delivery, .end = OUTBOX_REFUSED};
    delivery_note_reported(delivery->node, &part);
}

/* With the lock; whether there is anything to report. */
static bool hold_to_report(struct item *item)
{
    struct delivery *delivery = item->delivery;
    if (item->reported || !delivery->message)
        return false;
    item->reported = true;
    delivery->held++;
    return true;
}

void delivery_report_failure(struct item *item, yoke_state state, yoke_status status,
                             const char *message)
{
    struct wire_result result = {.sequence = item->sequence, .state = state, .status = status};
    snprintf(result.message, sizeof result.message, "%s", message);
    yoke_log(YOKE_LOG_INFO, "job %s.%" PRIu64 ": %s", item->delivery->client, item->sequence,
             message);
    size_t size;
    unsigned char *bytes = wire_result_write(&result, &size);
    item->reported = true;
    item->delivery->held++;
    report(item, bytes, size);
}

void delivery_give_up_late(struct delivery *delivery, int64_t now)
{
    delivery->held++; /* as a report that fails at once would close it */
    for (unsigned i = 0; delivery->message && i < delivery->count; i++) {
        struct item *item = &delivery->items[i];
        if (item->deadline && now > item->deadline && !item->reported)
            delivery_report_failure(
                item, YOKE_STATE_TIMED_OUT, YOKE_TIMED_OUT,
                "the job's time limit is over, and its kernel does not heed it");
    }
    delivery->held--;
    delivery_close_if_over(delivery);
}

void delivery_return(struct delivery *delivery)
{
    /* With every result on its way the jobs need not run a second time. */
    bool on_their_way = true;
    for (unsigned i = 0; i < delivery->count; i++)
        on_their_way = on_their_way && delivery->items[i].reported;
    if (delivery->message && !on_their_way)
        yoke_log(YOKE_LOG_INFO, "%u jobs of %s go back to the hub", delivery->count,
                 delivery->client);
    if (delivery->message && !on_their_way)
        part_with(delivery, HUB_RETURN);
    delivery_close_if_over(delivery);
}

/* ---- running --------------------------------------------------------------------------------- */

static void log_end(const struct item *item, const struct wire_result *result)
{
    bool done = result->state == YOKE_STATE_DONE;
    yoke_log(done ? YOKE_LOG_DEBUG : YOKE_LOG_INFO,
             "job %s.%" PRIu64 ": %s after %" PRIu64 ".%06" PRIu64 " s%s%s", item->delivery->client,
             item->sequence, done ? "done" : yoke_status_text(result->status),
             result->busy / 1000000000, result->busy / 1000 % 1000000, *result->message ? ": " : "",
             result->message);
}

/* Fills room for `size` bytes with the beginning of an output that is longer. */
static char *cut_output(const char *output, size_t size)
{
    static const char note[] = "\n[more was printed, and does not fit beside the result]\n";
    const size_t length = sizeof note - 1;
    char *cut = size > length ? malloc(size) : NULL;
    if (cut) {
        memcpy(cut, output, size - length);
        memcpy(cut + size - length, note, length);
    }
    return cut;
}

/* The message's part; NULL without memory. The hub lets no longer message through than one with the
 * longest result, so the output may have to be cut. */
static unsigned char *write_with_output(const struct item *item, struct wire_result *result,
                                        const char *output, size_t *size)
{
    size_t room = (size_t)connection_room(&item->delivery->node->connection);
    size_t taken = WIRE_ENVELOPE + (size_t)result->size, length = strlen(output);
    size_t fits = room > taken ? room - taken : 0;
    char *cut = length > fits ? cut_output(output, fits) : NULL;
    result->output = cut ? cut : output;
    result->output_size = length <= fits ? length : cut ? fits : 0;
    unsigned char *memory = wire_result_write(result, size);
    free(cut);
    return memory;
}

static unsigned char *write_result(const struct item *item, yoke_job *job, size_t *size)
{
    struct wire_result result = {
        .sequence = item->sequence,
        .state = yoke_job_state(job),
        .status = yoke_job_status(job),
        .busy = (uint64_t)yoke_job_busy(job),
    };
    snprintf(result.message, sizeof result.message, "%s", yoke_job_message(job));
    log_end(item, &result);
    if (result.state == YOKE_STATE_DONE)
        result.size = item->result_size;
    yoke_job_progress(job, &result.progress, &result.total);
    unsigned char *memory = write_with_output(item, &result, yoke_job_output(job), size);
    if (memory && result.size)
        yoke_job_result(job, wire_result_bytes(memory, *size, result.size), result.size);
    return memory;
}

static yoke_status note_ended(yoke_job *job, void *context)
{
    struct item *item = context;
    struct delivery *delivery = item->delivery;
    struct yoke_node *node = delivery->node;
    size_t size = 0;
    unsigned char *bytes = write_result(item, job, &size);
    pthread_mutex_lock(&node->lock);
    bool room = stop(item), held = hold_to_report(item);
    if (!held)
        delivery_close_if_over(delivery);
    pthread_mutex_unlock(&node->lock);
    /* Without the lock, which whoever they wake would wait for at once. */
    if (held)
        report(item, bytes, size);
    else
        free(bytes);
    if (room)
        pthread_cond_broadcast(&node->room);
    return YOKE_OK;
}

void delivery_run(struct item *item, const struct kernel *kernel, const struct wire_job *wire)
{
    struct yoke_node *node = item->delivery->node;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel->function;
    task.name = kernel->name;
    task.argument = wire->argument;
    task.argument_size = (size_t)wire->argument_size;
    task.result_size = (size_t)wire->result_size;
    task.time_limit = (yoke_duration)wire->time_limit;
    task.tries = (unsigned)wire->tries;
    task.callback = note_ended;
    task.callback_context = item;
    /* A kernel that looks at its limit ends by itself. Others are given as long again as a silent
     * node, and then their program need not wait for them any more. */
    if (wire->time_limit && wire->time_limit < (uint64_t)(INT64_MAX / 2))
        item->deadline = clock_now() + task.time_limit + node->silence;
    item->result_size = task.result_size;
    /* Before it is submitted: it may have ended when that returns. */
    begin(item);
    yoke_log(YOKE_LOG_DEBUG, "job %s.%" PRIu64 ": taken, for %s", item->delivery->client,
             item->sequence, kernel->name);
    if (yoke_submit(node->server, &task, &item->job) == YOKE_OK)
        return;
    if (stop(item))
        pthread_cond_broadcast(&node->room);
    delivery_return(item->delivery);
}
