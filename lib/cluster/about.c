#include "about.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yoke/version.h>

#include "cache.h"
#include "clock.h"
#include "machine.h"

#define PATIENCE_DEFAULT YOKE_SECONDS(0.5)

/* ---- the node -------------------------------------------------------------------------------- */

static void name_kernels(char kernels[WIRE_KERNELS_SIZE])
{
    size_t length = 0;
    kernels[0] = '\0';
    for (const struct kernel *kernel = kernels_first(); kernel; kernel = kernel->next) {
        char word[YOKE_CLUSTER_NAME_MAX + 16];
        int size = snprintf(word, sizeof word, "%s%s.%u", length ? " " : "", kernel->name,
                            kernel->version);
        if (length + (size_t)size >= WIRE_KERNELS_SIZE)
            return;
        memcpy(kernels + length, word, (size_t)size + 1);
        length += (size_t)size;
    }
}

yoke_status yoke_node_get_statistics(yoke_node *node, yoke_node_statistics *statistics)
{
    if (!statistics || statistics->size != sizeof *statistics)
        return yoke_error_set(YOKE_INVALID, "statistics.size must be sizeof(yoke_node_statistics)");
    pthread_mutex_lock(&node->lock);
    *statistics = node->counts;
    pthread_mutex_unlock(&node->lock);
    const struct cache_counts cached = cache_count(node->cache);
    statistics->blocks = cached.blocks;
    statistics->block_bytes = cached.bytes;
    statistics->cached = cached.kept;
    statistics->size = sizeof *statistics;
    return YOKE_OK;
}

static void look_at(struct yoke_node *node, struct wire_about *about)
{
    yoke_node_statistics now = {.size = sizeof now};
    yoke_node_get_statistics(node, &now);
    *about = (struct wire_about){
        .workers = now.workers,
        .cores = machine_cores(),
        .load = (uint64_t)(machine_load() * 100),
        .active = now.active,
        .taken = now.taken,
        .reported = now.reported,
        .lost = now.lost,
        .malformed = now.malformed,
    };
    snprintf(about->name, sizeof about->name, "%s", node->connection.name);
    machine_name(about->host, sizeof about->host);
    snprintf(about->version, sizeof about->version, "%s", yoke_version());
    name_kernels(about->kernels);
}

void about_answer(void *context, natsMsg *question)
{
    struct yoke_node *node = context;
    const char *reply = natsMsg_GetReply(question);
    if (reply) {
        struct wire_about about;
        look_at(node, &about);
        size_t size;
        unsigned char *bytes = wire_about_write(&about, &size);
        if (bytes)
            natsConnection_Publish(node->connection.nats, reply, bytes, (int)size);
        free(bytes);
    }
    natsMsg_Destroy(question);
}

/* ---- the program ----------------------------------------------------------------------------- */

static void hand_on(const struct wire_about *about, yoke_duration latency, yoke_node_visit visit,
                    void *context)
{
    const yoke_node_info info = {
        .name = about->name,
        .host = about->host,
        .version = about->version,
        .kernels = about->kernels,
        .workers = (unsigned)about->workers,
        .cores = (unsigned)about->cores,
        .load = (double)about->load / 100,
        .active = about->active,
        .taken = about->taken,
        .reported = about->reported,
        .malformed = about->malformed,
        .lost = about->lost,
        .latency = latency,
    };
    visit(&info, context);
}

natsStatus about_ask(struct connection *connection, yoke_duration patience, yoke_node_visit visit,
                     void *context, unsigned *malformed)
{
    natsInbox *inbox = NULL;
    natsSubscription *answers = NULL;
    natsStatus status = natsInbox_Create(&inbox);
    if (status == NATS_OK)
        status = natsConnection_SubscribeSync(&answers, connection->nats, inbox);
    if (status == NATS_OK)
        status = natsConnection_PublishRequestString(connection->nats, NODES_SUBJECT, inbox, "");
    int64_t begin = clock_now(), left;
    int64_t end = begin + (patience ? patience : PATIENCE_DEFAULT);
    while (status == NATS_OK && (left = end - clock_now()) > 0) {
        natsMsg *message;
        struct wire_about about;
        status = natsSubscription_NextMsg(&message, answers, left / 1000000 + 1);
        if (status != NATS_OK)
            break;
        if (wire_about_read(&about, natsMsg_GetData(message),
                            (size_t)natsMsg_GetDataLength(message)))
            hand_on(&about, clock_now() - begin, visit, context);
        else if (!natsMsg_IsNoResponders(message))
            ++*malformed;
        natsMsg_Destroy(message);
    }
    natsSubscription_Destroy(answers);
    natsInbox_Destroy(inbox);
    /* Where there is no node the hub says so. */
    return status == NATS_TIMEOUT || status == NATS_NO_RESPONDERS ? NATS_OK : status;
}
