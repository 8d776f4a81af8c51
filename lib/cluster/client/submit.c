/* From jobs of the server to messages for the hub: what can be sent, and the outbox it goes by.
 * See submit.h. */
#include "submit.h"
#include "cluster/ledger/updates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/durable/store.h"
#include "cluster/ledger/ledger_keys.h"
#include "cluster/transport/kernels.h"

/* How often a poison job may kill: a node's neighbour of it is charged for its death as well, and
 * so is every job that the hub's own death interrupts. */
#define DELIVERIES_DEFAULT 8

static const yoke_outcome no_memory = {
    .state = YOKE_STATE_FAILED, .status = YOKE_NO_MEMORY, .message = "no memory to send the job"};

/* ---- what can be sent ------------------------------------------------------------------------ */

size_t submit_room(yoke_cluster *cluster)
{
    uint64_t room = connection_room(&cluster->connection);
    return room > WIRE_ENVELOPE ? (size_t)room - WIRE_ENVELOPE : 0;
}

bool submit_can(const yoke_cluster *cluster, const yoke_work_item *item)
{
    return (item->kernel_name || kernels_of(item->kernel)) && item->tries <= WIRE_TRIES_MAX &&
           item->argument_size <= cluster->executor.room &&
           item->result_size <= cluster->executor.room;
}

/* There is a session: else the server, which is given no digest(), refuses keys. */
static yoke_status check_key(const yoke_cluster *cluster, const char *key)
{
    if (!ledger_keys_valid(key))
        return yoke_error_set(YOKE_INVALID,
                              "key \"%.70s\": expected letters, digits, _ and -, with dots between "
                              "them, at most %d",
                              key, YOKE_CLUSTER_KEY_MAX);
    if (atomic_load(&cluster->session->replaced))
        return yoke_error_set(
            YOKE_CANCELLED, "key \"%s\": another program has taken over the name of this one", key);
    return YOKE_OK;
}

yoke_status submit_check(const yoke_cluster *cluster, const yoke_work_item *item)
{
    size_t room = cluster->executor.room;
    if (item->kernel_name && !wire_name_valid(item->kernel_name, YOKE_CLUSTER_NAME_MAX))
        return yoke_error_set(
            YOKE_INVALID, "kernel_name \"%.60s\": expected letters, digits, _ and -, at most %d",
            item->kernel_name, YOKE_CLUSTER_NAME_MAX);
    if (!item->kernel_name && !kernels_of(item->kernel))
        return yoke_error_set(YOKE_INVALID, "no node can run this job: its kernel is not "
                                            "registered, see yoke_kernel_register()");
    if (item->node && !wire_name_valid(item->node, YOKE_CLUSTER_NAME_MAX))
        return yoke_error_set(YOKE_INVALID,
                              "node \"%.60s\": expected letters, digits, _ and -, at most %d",
                              item->node, YOKE_CLUSTER_NAME_MAX);
    if (item->argument_size > room || item->result_size > room)
        return yoke_error_set(YOKE_INVALID,
                              "argument and result may have %zu bytes each, not %zu and "
                              "%zu: split the job, or raise the hub's max_payload",
                              room, item->argument_size, item->result_size);
    if (item->tries > WIRE_TRIES_MAX)
        return yoke_error_set(YOKE_INVALID, "a job on a node may have %d tries, not %u",
                              WIRE_TRIES_MAX, item->tries);
    return item->key ? check_key(cluster, item->key) : YOKE_OK;
}

/* ---- as it is sent --------------------------------------------------------------------------- */

static void write_channel(char channel[CHANNEL_SIZE], const yoke_work_item *item)
{
    const struct kernel *kernel = item->kernel_name ? NULL : kernels_of(item->kernel);
    kernels_channel(channel, kernel ? kernel->name : item->kernel_name,
                    kernel ? kernel->version : item->kernel_version, item->node);
}

static struct wire_job wire_of(const yoke_work_item *item)
{
    return (struct wire_job){
        .time_limit = (uint64_t)item->time_limit,
        .deliveries = item->deliveries ? item->deliveries : DELIVERIES_DEFAULT,
        .tries = item->tries,
        .result_size = item->result_size,
        .argument = item->argument,
        .argument_size = item->argument_size,
    };
}

uint64_t submit_digest(const yoke_work_item *item)
{
    char channel[CHANNEL_SIZE];
    write_channel(channel, item);
    const struct wire_job wire = wire_of(item);
    return ledger_keys_digest(channel, &wire);
}

/* What the server says of many jobs in the same words it has in one position. */
static bool goes_with(const yoke_work_item *item, const yoke_work_item *other)
{
    return other && item->kernel == other->kernel && item->kernel_name == other->kernel_name &&
           item->kernel_version == other->kernel_version && item->node == other->node;
}

/* NULL without memory. */
static struct ledger_job *create(yoke_cluster *cluster, const yoke_work_item *item,
                                 struct batch_estimate *estimate)
{
    char channel[CHANNEL_SIZE];
    if (!estimate) {
        write_channel(channel, item);
        estimate = ledger_estimate(cluster->ledger, channel);
    }
    if (!estimate)
        return NULL;
    const struct wire_job wire = wire_of(item);
    struct key key = {.known = true};
    if (item->key) {
        key.digest = ledger_keys_digest(estimate->channel, &wire);
        snprintf(key.text, sizeof key.text, "%s", item->key);
    }
    struct ledger_job *job = ledger_create(&wire, item->job, item->key ? &key : NULL);
    if (job)
        job->estimate = estimate;
    return job;
}

/* The outbox has a reference from now on; without memory false. */
static bool post(yoke_cluster *cluster, struct ledger_job *job, unsigned char *bytes, size_t size)
{
    const struct batch_estimate *estimate = job->estimate;
    if (bytes && outbox_post(cluster->outbox, estimate->channel, &estimate->most,
                             job->wire.sequence, bytes, size, job))
        return true;
    free(bytes);
    return false;
}

/* Has the caller's reference. The job may be ended meanwhile, where a thread that submits sends it:
 * its bytes stay, as one with a key has its own, and the server holds one that it gives to take().
 * One without a key is the outbox's once it is posted, and may be gone when the call returns. */
static void post_first(yoke_cluster *cluster, struct ledger_job *job)
{
    bool keyed = job->key;
    size_t size = 0;
    unsigned char *bytes = keyed ? NULL : wire_job_write(&job->wire, &size);
    bool sent = keyed ? store_send(cluster->session, job) : post(cluster, job, bytes, size);
    if (!sent)
        ledger_end_as(cluster->ledger, job, no_memory);
    if (!sent || keyed)
        ledger_drop(cluster->ledger, job);
}

struct batch_estimate *submit_send(yoke_cluster *cluster, const yoke_work_item *items, size_t count)
{
    struct ledger_job *jobs[SUBMIT_MOST] = {NULL};
    const yoke_work_item *last = NULL;
    struct batch_estimate *estimate = NULL;
    size_t created = 0;
    for (size_t i = 0; i < count; i++) {
        struct ledger_job *job =
            create(cluster, &items[i], goes_with(&items[i], last) ? estimate : NULL);
        if (!job) {
            yoke_outcome failed = no_memory;
            failed.job = items[i].job;
            yoke_executor_end(cluster->executor.handle, &failed, 1);
            continue;
        }
        last = &items[i];
        estimate = job->estimate;
        jobs[created++] = job;
    }
    /* Before they are posted: a result may come before that call returns. */
    ledger_enter(cluster->ledger, jobs, created);
    for (size_t i = 0; i < created; i++)
        post_first(cluster, jobs[i]);
    return estimate;
}

void submit_learn(yoke_cluster *cluster, const yoke_work_item *item)
{
    struct wire_job wire = wire_of(item);
    void *argument = malloc(item->argument_size ? item->argument_size : 1);
    if (!argument)
        return; /* should the hub lose its disk, the job is lost */
    if (item->argument_size)
        memcpy(argument, item->argument, item->argument_size);
    wire.argument = argument;
    pthread_mutex_lock(&cluster->ledger->lock);
    struct ledger_job *job = ledger_keys_find(cluster->ledger, item->key);
    if (!job || !ledger_keys_learn(job, &wire))
        free(argument);
    pthread_mutex_unlock(&cluster->ledger->lock);
}

bool submit_again(void *context, struct ledger_job *job)
{
    static const yoke_outcome lost = {
        .state = YOKE_STATE_LOST,
        .status = YOKE_LOST,
        .message = "the hub has lost its disk, and an earlier program had submitted the job",
    };
    yoke_cluster *cluster = context;
    struct ledger *ledger = cluster->ledger;
    size_t size = 0;
    unsigned char *bytes = NULL;
    pthread_mutex_lock(&ledger->lock);
    bool active = job->active, known = !job->key || job->key->known;
    if (active && !job->key) {
        bytes = wire_job_write(&job->wire, &size); /* whose bytes go when it ends */
        job->references++;
    }
    pthread_mutex_unlock(&ledger->lock);
    if (!active)
        return true;
    if (!known)
        return ledger_end_as(ledger, job, lost), true;
    if (job->key) /* its entry first: the hub may have lost that as well */
        return store_send(cluster->session, job);
    bool sent = post(cluster, job, bytes, size);
    if (!sent)
        ledger_drop(ledger, job);
    return sent;
}

/* ---- the outbox ------------------------------------------------------------------------------ */

/* A message is named by its first job: sent again it has the same jobs, and the hub drops the
 * copy. */
static void address(void *owner, const char *channel, const struct outbox_part *first,
                    struct outbox_address *address)
{
    const yoke_cluster *cluster = owner;
    snprintf(address->subject, SUBJECT_SIZE, JOBS_SUBJECT "%s" JOBS_ANY, channel);
    wire_id_write(address->id, cluster->client, first->sequence);
}

static void note_stored(void *owner, const struct outbox_part *part)
{
    yoke_cluster *cluster = owner;
    struct ledger_job *job = part->context;
    if (!updates_stored(cluster->ledger, job, part)) {
        /* Of a server that was closed nobody needs the others of the message either. */
        bool whole = part->alone || !atomic_load(&cluster->executor.taken);
        connection_cancel(&cluster->connection, cluster->client, part->sequence);
        connection_remove_job(&cluster->connection, whole ? part->position : 0);
    }
    ledger_drop(cluster->ledger, job);
}

yoke_status submit_open_outbox(yoke_cluster *cluster)
{
    unsigned char head[WIRE_HEAD_SIZE];
    const struct outbox_options options = {
        .connection = &cluster->connection,
        .head = head,
        .head_size = wire_jobs_head(head, cluster->client),
        .address = address,
        .ended = note_stored,
        .owner = cluster,
    };
    return outbox_open(&cluster->outbox, &options);
}
