/* Nodes tell who they are, and programs ask them: see info.h. Also the statistics of a node,
 * which are part of that. */
#include "info.h"
#include "base/extensible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yoke/version.h>

#include "cluster/blobs/cache.h"
#include "cluster/transport/clock.h"
#include "cluster/transport/machine.h"

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
    pthread_mutex_lock(&node->lock);
    yoke_node_statistics now = node->counts;
    pthread_mutex_unlock(&node->lock);
    const struct cache_counts cached = cache_count(node->cache);
    now.blobs = cached.blobs;
    now.blob_bytes = cached.bytes;
    now.cached = cached.kept;
    return extensible_write(EXTENSIBLE(yoke_node_statistics, cached, "its size, the rest zero"),
                            statistics, &now);
}

static void look_at(struct yoke_node *node, struct wire_info *info)
{
    yoke_node_statistics now = {.size = sizeof now};
    yoke_node_get_statistics(node, &now);
    *info = (struct wire_info){
        .workers = now.workers,
        .cores = machine_cores(),
        .load = (uint64_t)(machine_load() * 100),
        .active = now.active,
        .taken = now.taken,
        .reported = now.reported,
        .lost = now.lost,
        .malformed = now.malformed,
    };
    snprintf(info->name, sizeof info->name, "%s", node->connection.name);
    machine_name(info->host, sizeof info->host);
    snprintf(info->version, sizeof info->version, "%s", yoke_version());
    name_kernels(info->kernels);
}

void info_answer(void *context, natsMsg *question)
{
    struct yoke_node *node = context;
    const char *reply = natsMsg_GetReply(question);
    if (reply) {
        struct wire_info info;
        look_at(node, &info);
        size_t size;
        unsigned char *bytes = wire_info_write(&info, &size);
        if (bytes)
            natsConnection_Publish(node->connection.nats, reply, bytes, (int)size);
        free(bytes);
    }
    natsMsg_Destroy(question);
}

/* ---- the program ----------------------------------------------------------------------------- */

static void hand_on(const struct wire_info *told, yoke_duration latency, yoke_node_visit visit,
                    void *context)
{
    const yoke_node_info info = {
        .name = told->name,
        .host = told->host,
        .version = told->version,
        .kernels = told->kernels,
        .workers = (unsigned)told->workers,
        .cores = (unsigned)told->cores,
        .load = (double)told->load / 100,
        .active = told->active,
        .taken = told->taken,
        .reported = told->reported,
        .malformed = told->malformed,
        .lost = told->lost,
        .latency = latency,
    };
    visit(&info, context);
}

natsStatus info_ask(struct connection *connection, yoke_duration patience, yoke_node_visit visit,
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
    /* All of the time: nobody knows how many nodes there are. */
    while (status == NATS_OK && (left = end - clock_now()) > 0) {
        natsMsg *message;
        struct wire_info info;
        status = natsSubscription_NextMsg(&message, answers, left / 1000000 + 1);
        if (status != NATS_OK)
            break;
        if (wire_info_read(&info, natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message)))
            hand_on(&info, clock_now() - begin, visit, context);
        else if (!natsMsg_IsNoResponders(message))
            ++*malformed;
        natsMsg_Destroy(message);
    }
    natsSubscription_Destroy(answers);
    natsInbox_Destroy(inbox);
    /* Where there is no node the hub says so. */
    return status == NATS_TIMEOUT || status == NATS_NO_RESPONDERS ? NATS_OK : status;
}
