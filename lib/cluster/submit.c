/* Jobs on their way to the hub. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "keeping.h"
#include "kernels.h"
#include "keyed.h"

/* How often a poison job may kill: a node's neighbour of it is charged for its death as well, and
 * so is every job that the hub's own death interrupts. */
#define DELIVERIES_DEFAULT 8

size_t cluster_room(yoke_cluster *cluster)
{
    uint64_t room = connection_room(&cluster->connection);
    return room > WIRE_ENVELOPE ? (size_t)room - WIRE_ENVELOPE : 0;
}

static yoke_status check_task(yoke_cluster *cluster, const yoke_cluster_task *task)
{
    if (!task || task->size != sizeof *task)
        return yoke_error_set(YOKE_INVALID, "task.size must be sizeof(yoke_cluster_task): start "
                                            "from YOKE_CLUSTER_TASK_INIT");
    if (!task->kernel || !wire_name_valid(task->kernel, YOKE_CLUSTER_NAME_MAX) || !task->version)
        return yoke_error_set(YOKE_INVALID,
                              "a job names a kernel, by at most %d letters, digits, "
                              "_ and -, and its version from 1 up",
                              YOKE_CLUSTER_NAME_MAX);
    if (task->node && !wire_name_valid(task->node, YOKE_CLUSTER_NAME_MAX))
        return yoke_error_set(YOKE_INVALID,
                              "node \"%.60s\": expected letters, digits, _ and -, at most %d",
                              task->node, YOKE_CLUSTER_NAME_MAX);
    if (task->argument_size && !task->argument)
        return yoke_error_set(YOKE_INVALID, "argument is NULL, but its size is %zu",
                              task->argument_size);
    if (task->key && !keyed_key_valid(task->key))
        return yoke_error_set(YOKE_INVALID,
                              "key \"%.70s\": expected letters, digits, _ and -, with dots between "
                              "them, at most %d",
                              task->key, YOKE_CLUSTER_KEY_MAX);
    if (task->key && !cluster->kept)
        return yoke_error_set(YOKE_INVALID,
                              "key \"%s\": only programs that are opened as durable have keys",
                              task->key);
    if (task->key && atomic_load(&cluster->kept->replaced))
        return yoke_error_set(YOKE_CANCELLED,
                              "key \"%s\": another program has taken over the name of this one",
                              task->key);
    if (task->time_limit < 0)
        return yoke_error_set(YOKE_INVALID, "time_limit must not be negative");
    size_t room = cluster_room(cluster);
    if (task->argument_size > room || task->result_size > room)
        return yoke_error_set(YOKE_INVALID,
                              "argument and result may have %zu bytes each, not %zu and "
                              "%zu: split the job, or raise the hub's max_payload",
                              room, task->argument_size, task->result_size);
    return YOKE_OK;
}

static void address(void *owner, const char *lane, const struct outbox_part *first,
                    struct outbox_address *address)
{
    const yoke_cluster *cluster = owner;
    snprintf(address->subject, SUBJECT_SIZE, JOBS_SUBJECT "%s" JOBS_ANY, lane);
    wire_id_write(address->id, cluster->client, first->sequence);
}

static void note_stored(void *owner, const struct outbox_part *part)
{
    yoke_cluster *cluster = owner;
    struct yoke_remote *job = part->context;
    if (!ledger_stored(job, part)) {
        connection_cancel(&cluster->connection, cluster->client, part->sequence);
        connection_remove_job(&cluster->connection, part->alone ? part->place : 0);
    }
    ledger_drop(job);
}

yoke_status cluster_open_outbox(yoke_cluster *cluster)
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

/* Without memory false, and nothing is on its way. */
static bool post(void *context, struct yoke_remote *job)
{
    yoke_cluster *cluster = context;
    const struct pace *pace = job->pace;
    size_t size;
    if (job->keyed)
        return keeping_send(cluster->kept, job);
    unsigned char *bytes = wire_job_write(&job->wire, &size);
    ledger_hold(job);
    if (bytes &&
        outbox_post(cluster->outbox, pace->lane, &pace->most, job->sequence, bytes, size, job))
        return true;
    free(bytes);
    ledger_drop(job);
    return false;
}

bool cluster_post_again(void *context, struct yoke_remote *job)
{
    yoke_cluster *cluster = context;
    const struct wire_result lost = {
        .sequence = job->sequence,
        .state = YOKE_STATE_LOST,
        .status = YOKE_LOST,
        .message = "the hub has lost its disk, and an earlier program had submitted the job",
    };
    if (!job->keyed || job->keyed->known)
        return post(context, job);
    ledger_end(cluster->ledger, "none", &lost, 0);
    return true;
}

yoke_status cluster_submit(yoke_cluster *cluster, const yoke_cluster_task *task, unsigned tries,
                           void *owner, yoke_remote **job)
{
    yoke_status status = check_task(cluster, task);
    if (status != YOKE_OK)
        return status;
    struct wire_job wire = {
        .time_limit = (uint64_t)task->time_limit,
        .deliveries = task->deliveries ? task->deliveries : DELIVERIES_DEFAULT,
        .tries = tries,
        .result_size = task->result_size,
        .argument = task->argument,
        .argument_size = task->argument_size,
    };
    char lane[LANE_SIZE];
    kernel_lane(lane, task->kernel, task->version, task->node);
    struct keyed keyed = {.known = true};
    if (task->key) {
        keyed.digest = keyed_digest(lane, &wire);
        snprintf(keyed.key, sizeof keyed.key, "%s", task->key);
    }
    bool found;
    yoke_remote *added =
        ledger_add(cluster->ledger, lane, &wire, owner, task->key ? &keyed : NULL, &found);
    if (!added)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a job");
    if (found && added->keyed->digest != keyed.digest) {
        yoke_remote_release(added);
        return yoke_error_set(YOKE_INVALID,
                              "key \"%s\": there is another task of that key, which has not been "
                              "released: choose another key",
                              task->key);
    }
    if (!found && !post(cluster, added)) {
        ledger_disown(added);
        yoke_remote_cancel(added);
        yoke_remote_release(added);
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a job");
    }
    if (job)
        *job = added;
    else
        yoke_remote_release(added);
    return YOKE_OK;
}

yoke_status yoke_cluster_submit(yoke_cluster *cluster, const yoke_cluster_task *task,
                                yoke_remote **job)
{
    return cluster_submit(cluster, task, 1, NULL, job);
}

/* ---- what is there already ------------------------------------------------------------------- */

struct visit {
    yoke_remote_visit visit;
    void *context;
};

static void visit_keyed(void *context, struct yoke_remote *job)
{
    const struct visit *visit = context;
    pthread_mutex_lock(&job->ledger->lock);
    bool there = !job->keyed->gone;
    job->keyed->handles += there;
    pthread_mutex_unlock(&job->ledger->lock);
    if (there)
        visit->visit(job->keyed->key, job, visit->context);
    else
        ledger_drop(job);
}

yoke_status yoke_cluster_collect(yoke_cluster *cluster, yoke_remote_visit visit, void *context)
{
    struct visit call = {visit, context};
    if (!visit || !cluster->kept)
        return yoke_error_set(
            YOKE_INVALID, visit ? "only programs that are opened as durable have jobs to collect"
                                : "visit is NULL; pass what is to be called");
    return keyed_visit(cluster->ledger, visit_keyed, &call)
               ? YOKE_OK
               : yoke_error_set(YOKE_NO_MEMORY, "no memory for a list of jobs");
}
