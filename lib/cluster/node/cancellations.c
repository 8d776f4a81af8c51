/* Jobs that are cancelled, here or on their way here. */
#include <string.h>

#include "cancellations.h"
#include "delivery.h"

#define ALL UINT64_MAX

/* FNV-1a. A job that is taken for another one's would be one of 2^64. */
static uint64_t digest(const char *client, uint64_t sequence)
{
    uint64_t digest = UINT64_C(14695981039346656037);
    for (; *client; client++)
        digest = (digest ^ (unsigned char)*client) * UINT64_C(1099511628211);
    return (digest ^ sequence) * UINT64_C(1099511628211);
}

/* With the lock: those that come afterwards. */
static void remember(struct yoke_node *node, const char *client, uint64_t sequence)
{
    node->cancelled[node->cancels++ % CANCELLED_MOST] = digest(client, sequence);
}

bool cancellations_came_before(const struct yoke_node *node, const char *client, uint64_t sequence)
{
    uint64_t job = digest(client, sequence), all = digest(client, ALL);
    for (unsigned i = 0; i < CANCELLED_MOST && i < node->cancels; i++) {
        if (node->cancelled[i] == job || node->cancelled[i] == all)
            return true;
    }
    return false;
}

/* With the lock. A job that has not begun ends at once, and its delivery may be over with it. */
static void cancel_in(struct delivery *delivery, uint64_t sequence)
{
    delivery->held++;
    for (unsigned i = 0; i < delivery->count; i++) {
        struct item *item = &delivery->items[i];
        if (item->running && (sequence == ALL || item->sequence == sequence))
            yoke_job_cancel(item->job);
    }
    delivery->held--;
    delivery_close_if_over(delivery);
}

static void cancel(struct yoke_node *node, const char *client, uint64_t sequence)
{
    pthread_mutex_lock(&node->lock);
    remember(node, client, sequence);
    struct delivery *next;
    for (struct delivery *delivery = node->deliveries; delivery; delivery = next) {
        next = delivery->next;
        if (strcmp(delivery->client, client) == 0)
            cancel_in(delivery, sequence);
    }
    pthread_mutex_unlock(&node->lock);
}

/* Every node hears of it, as nobody else knows which one has the job, or will have it. */
void cancellations_accept(void *context, natsMsg *message)
{
    struct yoke_node *node = context;
    size_t size = (size_t)natsMsg_GetDataLength(message);
    char id[WIRE_ID_SIZE] = "", client[WIRE_CLIENT_SIZE];
    uint64_t sequence;
    if (size < sizeof id)
        memcpy(id, natsMsg_GetData(message), size);
    natsMsg_Destroy(message);
    if (wire_id_read(id, client, &sequence))
        cancel(node, client, sequence);
    else if (wire_id_read_all(id, client))
        cancel(node, client, ALL);
}
