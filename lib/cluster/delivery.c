/* A job on a node: read, run, reported. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"
#include "node.h"

/* ---- coming and going, with the lock --------------------------------------------------------- */

static struct delivery *delivery_open(struct yoke_node *node, natsMsg *message, const char *id)
{
    struct delivery *delivery = calloc(1, sizeof *delivery);
    if (!delivery)
        return NULL;
    delivery->node = node;
    delivery->message = message;
    snprintf(delivery->id, sizeof delivery->id, "%s", id);
    delivery->next = node->deliveries;
    delivery->place = &node->deliveries;
    if (delivery->next)
        delivery->next->place = &delivery->next;
    node->deliveries = delivery;
    node->counts.active++;
    return delivery;
}

/* The last call of whoever is done with the delivery. */
static void close_if_over(struct delivery *delivery)
{
    struct yoke_node *node = delivery->node;
    if (delivery->message || delivery->running)
        return;
    *delivery->place = delivery->next;
    if (delivery->next)
        delivery->next->place = delivery->place;
    node->counts.active--;
    pthread_cond_broadcast(&node->changed);
    yoke_job_release(delivery->job);
    free(delivery);
}

void delivery_tell_hub(struct yoke_node *node, const natsMsg *message, const char *what)
{
    natsConnection_PublishString(node->connection.nats, natsMsg_GetReply(message), what);
}

/* ---- reporting ------------------------------------------------------------------------------- */

/* The hub keeps the result now, so it may forget the job; or it takes the job back. */
static void note_reported(void *context, uint64_t stored)
{
    struct delivery *delivery = context;
    struct yoke_node *node = delivery->node;
    pthread_mutex_lock(&node->lock);
    delivery_tell_hub(node, delivery->message, stored ? HUB_DONE : HUB_RETURN);
    node->counts.reported += stored != 0;
    natsMsg_Destroy(delivery->message);
    delivery->message = NULL;
    close_if_over(delivery);
    pthread_mutex_unlock(&node->lock);
}

/* With the lock; the delivery may be gone afterwards. */
static void report(struct delivery *delivery, struct wire_result *result)
{
    struct yoke_node *node = delivery->node;
    if (delivery->reported) {
        close_if_over(delivery);
        return;
    }
    delivery->reported = true;
    snprintf(result->node, sizeof result->node, "%s", node->connection.name);
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof subject, RESULTS_SUBJECT "%s", delivery->id);
    size_t size;
    unsigned char *bytes = wire_result_write(result, &size);
    if (!bytes ||
        !outbox_post(node->outbox, subject, delivery->id, bytes, size, note_reported, delivery)) {
        free(bytes);
        note_reported(delivery, 0);
    }
}

static void report_failure(struct delivery *delivery, yoke_state state, yoke_status status,
                           const char *message)
{
    struct wire_result result = {.state = state, .status = status};
    snprintf(result.message, sizeof result.message, "%s", message);
    report(delivery, &result);
}

void delivery_give_up(struct delivery *delivery)
{
    report_failure(delivery, YOKE_STATE_TIMED_OUT, YOKE_TIMED_OUT,
                   "the job's time limit is over, and its kernel does not heed it");
}

void delivery_return(struct delivery *delivery)
{
    if (delivery->reported)
        return;
    delivery->reported = true;
    note_reported(delivery, 0);
}

/* ---- running --------------------------------------------------------------------------------- */

/* The kernel cannot be clocked from here, but a worker runs its jobs one after the other: this one
 * began when it came, or when the one before it on this thread had ended. */
static uint64_t running_time(const struct delivery *delivery)
{
    static _Thread_local int64_t last_end;
    int64_t now = ledger_now();
    int64_t began = delivery->submitted > last_end ? delivery->submitted : last_end;
    last_end = now;
    return (uint64_t)(now - began);
}

static yoke_status note_ended(yoke_job *job, void *context)
{
    struct delivery *delivery = context;
    struct yoke_node *node = delivery->node;
    struct wire_result result = {
        .state = yoke_job_state(job),
        .status = yoke_job_status(job),
        .busy = running_time(delivery),
    };
    snprintf(result.message, sizeof result.message, "%s", yoke_job_message(job));
    void *bytes = NULL;
    if (result.state == YOKE_STATE_DONE && delivery->result_size) {
        bytes = malloc(delivery->result_size);
        result.bytes = bytes;
        result.size = delivery->result_size;
    }
    pthread_mutex_lock(&node->lock);
    delivery->running = false;
    node->running--;
    pthread_cond_broadcast(&node->changed);
    if (result.size && yoke_job_result(job, bytes, delivery->result_size) != YOKE_OK)
        report_failure(delivery, YOKE_STATE_FAILED, YOKE_NO_MEMORY, "no memory for the result");
    else
        report(delivery, &result);
    pthread_mutex_unlock(&node->lock);
    free(bytes);
    return YOKE_OK;
}

static void tell_started(struct delivery *delivery, uint64_t number)
{
    struct yoke_node *node = delivery->node;
    struct wire_started started = {.delivery = number};
    char client[WIRE_CLIENT_SIZE], subject[SUBJECT_SIZE];
    wire_id_read(delivery->id, client, &started.sequence);
    snprintf(started.node, sizeof started.node, "%s", node->connection.name);
    snprintf(subject, sizeof subject, STARTED_SUBJECT "%s", client);
    size_t size;
    unsigned char *bytes = wire_started_write(&started, &size);
    if (bytes)
        natsConnection_Publish(node->connection.nats, subject, bytes, (int)size);
    free(bytes);
}

static void run(struct delivery *delivery, const struct kernel *kernel, const struct wire_job *wire)
{
    struct yoke_node *node = delivery->node;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel->function;
    task.name = kernel->name;
    task.argument = wire->argument;
    task.argument_size = (size_t)wire->argument_size;
    task.result_size = (size_t)wire->result_size;
    task.time_limit = (yoke_duration)wire->time_limit;
    task.callback = note_ended;
    task.callback_context = delivery;
    delivery->submitted = ledger_now();
    if (wire->time_limit && wire->time_limit < (uint64_t)(INT64_MAX / 2))
        delivery->deadline = delivery->submitted + task.time_limit + node->silence;
    delivery->result_size = task.result_size;
    delivery->running = true;
    node->running++;
    if (yoke_submit(node->server, &task, &delivery->job) == YOKE_OK)
        return;
    delivery->running = false;
    node->running--;
    delivery_return(delivery);
}

/* With the lock. */
static void answer(struct delivery *delivery, const struct kernel *kernel)
{
    struct yoke_node *node = delivery->node;
    jsMsgMetaData *facts = NULL;
    uint64_t number =
        natsMsg_GetMetaData(&facts, delivery->message) == NATS_OK ? facts->NumDelivered : 1;
    jsMsgMetaData_Destroy(facts);
    struct wire_job wire;
    char text[80];
    if (!wire_job_read(&wire, natsMsg_GetData(delivery->message),
                       (size_t)natsMsg_GetDataLength(delivery->message))) {
        node->counts.malformed++;
        report_failure(delivery, YOKE_STATE_FAILED, YOKE_INVALID, "the job is malformed");
    } else if (number > wire.deliveries) {
        node->counts.lost++;
        snprintf(text, sizeof text, "lost after %" PRIu64 " deliveries", number - 1);
        report_failure(delivery, YOKE_STATE_LOST, YOKE_LOST, text);
    } else {
        tell_started(delivery, number);
        run(delivery, kernel, &wire);
    }
}

void delivery_accept(struct yoke_node *node, const struct kernel *kernel, natsMsg *message)
{
    const char *id = NULL;
    char client[WIRE_CLIENT_SIZE];
    uint64_t sequence;
    bool named = natsMsgHeader_Get(message, "Nats-Msg-Id", &id) == NATS_OK &&
                 wire_id_read(id, client, &sequence);
    pthread_mutex_lock(&node->lock);
    node->counts.taken++;
    struct delivery *delivery = named && !node->draining ? delivery_open(node, message, id) : NULL;
    if (delivery) {
        answer(delivery, kernel);
    } else if (named) {
        delivery_tell_hub(node, message, HUB_RETURN);
    } else { /* there is nobody to answer to */
        node->counts.malformed++;
        delivery_tell_hub(node, message, HUB_FORGET);
    }
    pthread_mutex_unlock(&node->lock);
    if (!delivery)
        natsMsg_Destroy(message);
}
