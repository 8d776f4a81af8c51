/* What a node tells programs of their jobs while these run; it is lost while the hub is away. */
#include <stdio.h>
#include <stdlib.h>

#include "node.h"
#include "notify.h"

static void tell(const struct delivery *delivery, const unsigned char *bytes, size_t size)
{
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof subject, STARTED_SUBJECT "%s", delivery->client);
    natsConnection_Publish(delivery->node->connection.nats, subject, bytes, (int)size);
}

void notify_started(const struct delivery *delivery, uint64_t number)
{
    unsigned char *sequences = malloc(8 * (size_t)delivery->count), *at = sequences;
    if (!sequences)
        return;
    for (unsigned i = 0; i < delivery->count; i++)
        at = yoke_pack_u64(at, delivery->items[i].sequence);
    struct wire_started started = {
        .delivery = number, .count = delivery->count, .sequences = sequences};
    snprintf(started.node, sizeof started.node, "%s", delivery->node->connection.name);
    size_t size;
    unsigned char *bytes = wire_started_write(&started, &size);
    if (bytes)
        tell(delivery, bytes, size);
    free(bytes);
    free(sequences);
}

/* Whether the job has told something new; that is written, and where it ends is returned. */
static unsigned char *add_progress(struct item *item, unsigned char *at)
{
    uint64_t progress, total;
    if (!item->running || !item->job)
        return at;
    yoke_job_progress(item->job, &progress, &total);
    if (progress == item->progress && total == item->total)
        return at;
    /* Though it may get lost: then the next step tells it, or the result. */
    item->progress = progress;
    item->total = total;
    return yoke_pack_u64(yoke_pack_u64(yoke_pack_u64(at, item->sequence), progress), total);
}

void notify_progress(struct delivery *delivery)
{
    unsigned char *jobs = malloc(WIRE_PROGRESS_SIZE * (size_t)delivery->count), *at = jobs;
    for (unsigned i = 0; jobs && i < delivery->count; i++)
        at = add_progress(&delivery->items[i], at);
    const struct wire_progress progress = {(uint64_t)(at - jobs) / WIRE_PROGRESS_SIZE, jobs};
    size_t size;
    unsigned char *bytes = progress.count ? wire_progress_write(&progress, &size) : NULL;
    if (bytes)
        tell(delivery, bytes, size);
    free(bytes);
    free(jobs);
}
