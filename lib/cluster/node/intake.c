/* Messages with jobs, as they come to a node: read, refused, parted, or run. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cancellations.h"
#include "delivery.h"
#include "intake.h"
#include "notify.h"

static uint64_t delivery_number(natsMsg *message)
{
    jsMsgMetaData *facts = NULL;
    uint64_t number = natsMsg_GetMetaData(&facts, message) == NATS_OK ? facts->NumDelivered : 1;
    jsMsgMetaData_Destroy(facts);
    return number;
}

/* What has come: jobs, or something else; and which one of its deliveries this is. */
struct intake {
    char client[WIRE_CLIENT_SIZE];
    struct wire_reader jobs;
    size_t count; /* 0: malformed */
    uint64_t sequence, number;
};

/* False where there is nobody to answer to. */
static bool read_intake(struct intake *intake, natsMsg *message)
{
    const char *id;
    intake->count = wire_jobs_open(&intake->jobs, intake->client, natsMsg_GetData(message),
                                   (size_t)natsMsg_GetDataLength(message));
    intake->number = delivery_number(message);
    return intake->count > 0 || (natsMsgHeader_Get(message, "Nats-Msg-Id", &id) == NATS_OK &&
                                 wire_id_read(id, intake->client, &intake->sequence));
}

/* With the lock: whether a job is not run, and its program told why. */
static bool refuse_job(struct item *item, const struct kernel *kernel, const struct wire_job *wire,
                       uint64_t number)
{
    struct delivery *delivery = item->delivery;
    struct yoke_node *node = delivery->node;
    char text[160], name[SUBJECT_SIZE];
    if (number > wire->deliveries) {
        node->counts.lost++;
        snprintf(text, sizeof text, "lost after %" PRIu64 " deliveries", number - 1);
        delivery_report_failure(item, YOKE_STATE_LOST, YOKE_LOST, text);
    } else if (cancellations_came_before(node, delivery->client, wire->sequence)) {
        snprintf(text, sizeof text, "cancelled before it came to node %s", node->connection.name);
        delivery_report_failure(item, YOKE_STATE_CANCELLED, YOKE_CANCELLED, text);
    } else if (!kernel) {
        kernels_name_at(name, natsMsg_GetSubject(delivery->message));
        snprintf(text, sizeof text, "node %s does not know the kernel %.60s", node->connection.name,
                 name);
        delivery_report_failure(item, YOKE_STATE_FAILED, YOKE_INVALID, text);
    } else {
        return false;
    }
    return true;
}

/* With the lock. All jobs of a message that has been delivered before have been so as often. */
static void answer(struct delivery *delivery, const struct kernel *kernel, struct intake *intake)
{
    /* Their numbers first: notify_started() tells of all of them, before the first one runs. */
    struct wire_reader ahead = intake->jobs;
    struct wire_job wire = {0};
    for (unsigned i = 0; i < intake->count && wire_job_next(&ahead, &wire); i++)
        delivery->items[i].sequence = wire.sequence;
    uint64_t number = intake->number + wire.earlier;
    if (number <= wire.deliveries && kernel)
        notify_started(delivery, number);
    /* Until a job cannot be submitted, which has all of them returned to the hub. */
    for (unsigned i = 0; delivery->message && i < intake->count; i++) {
        wire_job_next(&intake->jobs, &wire);
        if (!refuse_job(&delivery->items[i], kernel, &wire, number))
            delivery_run(&delivery->items[i], kernel, &wire);
    }
}

/* With the lock. */
static void refuse(struct delivery *delivery, uint64_t sequence)
{
    delivery->node->counts.malformed++;
    delivery->items[0].sequence = sequence;
    delivery_report_failure(&delivery->items[0], YOKE_STATE_FAILED, YOKE_INVALID,
                            "the job is malformed");
}

/* A node has died, or been cut off, that had these jobs together. One of them may have been the
 * cause, so from now on each goes its own way. Whether the hub has all of them now: else the
 * message is split once more, here or elsewhere, and by the names the hub drops what it has. */
static bool split(struct yoke_node *node, natsMsg *message, struct intake *intake)
{
    unsigned char head[WIRE_HEAD_SIZE];
    size_t head_size = wire_jobs_head(head, intake->client);
    struct wire_job wire;
    bool stored = true;
    while (stored && intake->count-- > 0 && wire_job_next(&intake->jobs, &wire)) {
        wire.earlier += intake->number - 1;
        size_t size;
        unsigned char *memory = wire_job_write(&wire, &size);
        unsigned char *bytes = memory ? memory + WIRE_HEAD_SIZE - head_size : NULL;
        char id[MESSAGE_ID_SIZE], job[WIRE_ID_SIZE];
        wire_id_write(job, intake->client, wire.sequence);
        snprintf(id, sizeof id, "%s.alone", job);
        jsPubOptions options;
        jsPubOptions_Init(&options);
        options.MsgId = id;
        if (bytes)
            memcpy(bytes, head, head_size);
        stored = bytes && js_Publish(NULL, node->connection.stream, natsMsg_GetSubject(message),
                                     bytes, (int)(head_size + size), &options, NULL) == NATS_OK;
        free(memory);
    }
    return stored;
}

/* With the lock; false when the hub has been told what to do with the message. */
static bool accept(struct yoke_node *node, const struct kernel *kernel, natsMsg *message,
                   struct intake *intake)
{
    /* Also one that comes while the node drains: it was asked for before that. */
    struct delivery *delivery = node->leaving ? NULL
                                              : delivery_open(node, message, intake->client,
                                                              intake->count ? intake->count : 1);
    if (!delivery) {
        delivery_tell_hub(node, message, HUB_RETURN);
        return false;
    }
    delivery->held++;
    if (intake->count > 0)
        answer(delivery, kernel, intake);
    else
        refuse(delivery, intake->sequence);
    delivery->held--;
    delivery_close_if_over(delivery);
    return true;
}

void intake_accept(struct yoke_node *node, const struct kernel *kernel, natsMsg *message)
{
    struct intake intake;
    if (!kernel)
        kernel = kernels_at(natsMsg_GetSubject(message));
    bool named = read_intake(&intake, message), taken = false;
    /* Without the lock: split() waits for the hub. */
    bool several = intake.count > 1 && intake.number > 1;
    const char *what = !named                          ? HUB_FORGET
                       : !several                      ? NULL
                       : split(node, message, &intake) ? HUB_DONE
                                                       : HUB_RETURN;
    pthread_mutex_lock(&node->lock);
    node->counts.taken++;
    node->counts.malformed += !named; /* and there is nobody to answer to */
    if (what)
        delivery_tell_hub(node, message, what);
    else
        taken = accept(node, kernel, message, &intake);
    pthread_mutex_unlock(&node->lock);
    if (!taken)
        natsMsg_Destroy(message);
}
