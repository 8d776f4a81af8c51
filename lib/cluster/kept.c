#include "kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cluster.h"
#include "keyed.h"

/* How long one that leaves waits for the hub to do anything, in nanoseconds. */
#define LEAVE_WAIT ((int64_t)5 * 1000000000)

/* ---- losing the name ------------------------------------------------------------------------- */

static void end_job(void *context, struct yoke_remote *job)
{
    (void)context;
    pthread_mutex_lock(&job->ledger->lock);
    ledger_cancel(job, "another program has taken over the name of this one");
    pthread_mutex_unlock(&job->ledger->lock);
    ledger_drop(job);
}

static void note_replaced(struct kept *kept)
{
    if (atomic_exchange(&kept->replaced, true))
        return;
    yoke_log(YOKE_LOG_WARNING, "another program has taken over the name %s",
             kept->connection->name);
    keyed_visit(kept->ledger, end_job, NULL);
}

/* ---- what comes in --------------------------------------------------------------------------- */

static bool says_that_we_own_it(const struct kept *kept, const natsMsg *message)
{
    size_t size = strlen(kept->life);
    return (size_t)natsMsg_GetDataLength(message) == size &&
           memcmp(natsMsg_GetData(message), kept->life, size) == 0;
}

static void take_owner(struct kept *kept, const natsMsg *message, uint64_t place)
{
    if (says_that_we_own_it(kept, message))
        return;
    if (place < atomic_load(&kept->owner))
        keeping_remove(kept, place, 0);
    else
        note_replaced(kept);
}

/* False: it is no job of ours, or we have no memory for it. */
static bool enter(struct kept *kept, const struct wire_entry *entry, const char *key,
                  uint64_t place)
{
    struct keyed keyed = {.digest = entry->digest, .entry = place};
    if (!keyed_key_valid(key))
        return false;
    snprintf(keyed.key, sizeof keyed.key, "%s", key);
    const struct wire_job wire = {.sequence = entry->sequence, .result_size = entry->result_size};
    bool found;
    struct yoke_remote *job = ledger_add(kept->ledger, entry->lane, &wire, NULL, &keyed, &found);
    bool entered = job && !found;
    /* Where it is at the hub is not known, but it is there. */
    const struct outbox_part part = {.end = OUTBOX_STORED,
                                     .place = atomic_load(&kept->connection->last)};
    if (entered)
        ledger_stored(job, &part);
    yoke_remote_release(job);
    return entered;
}

/* Behind our own word all entries are ours, but for one that a dead program had on its way. */
static void take_entry(struct kept *kept, const natsMsg *message, const char *key, uint64_t place)
{
    struct wire_entry entry;
    bool good =
        wire_entry_read(&entry, natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
    bool earlier = place < atomic_load(&kept->owner);
    pthread_mutex_lock(&kept->ledger->lock);
    struct yoke_remote *job = keyed_find(kept->ledger, key);
    bool known = good && job && job->sequence == entry.sequence;
    pthread_mutex_unlock(&kept->ledger->lock);
    if (!good)
        ledger_malformed(kept->ledger);
    if (!known && (!good || !earlier || !enter(kept, &entry, key, place)))
        keeping_remove(kept, place, 0);
}

static void take_result(struct kept *kept, const natsMsg *message, const char *number,
                        uint64_t place)
{
    char node[YOKE_CLUSTER_NAME_MAX + 1] = "unknown";
    struct wire_reader reader;
    struct wire_result result = {.state = YOKE_STATE_FAILED,
                                 .status = YOKE_SYSTEM,
                                 .message = "its node sent a malformed result"};
    bool good = wire_results_open(&reader, node, natsMsg_GetData(message),
                                  (size_t)natsMsg_GetDataLength(message)) == 1;
    if (good)
        wire_result_next(&reader, &result);
    else
        ledger_malformed(kept->ledger);
    char *end;
    uint64_t sequence = strtoull(number, &end, 10);
    if (*end || (good && result.sequence != sequence)) {
        keeping_remove(kept, place, 0);
        return;
    }
    result.sequence = sequence;
    if (!ledger_end(kept->ledger, good ? node : "unknown", &result, place))
        keeping_remove(kept, place, 0);
}

void kept_take(struct kept *kept, const natsMsg *message, uint64_t place)
{
    const char *subject = natsMsg_GetSubject(message);
    const char *what = subject + strlen(KEPT_SUBJECT) + strlen(kept->client) + 1;
    if (strcmp(what, "owner") == 0)
        take_owner(kept, message, place);
    else if (strncmp(what, "key.", 4) == 0)
        take_entry(kept, message, what + 4, place);
    else
        take_result(kept, message, what, place);
}

bool kept_read_facts(natsMsg *message, uint64_t *place, uint64_t *number)
{
    jsMsgMetaData *facts = NULL;
    if (natsMsg_GetMetaData(&facts, message) != NATS_OK)
        return false;
    *place = facts->Sequence.Stream;
    *number = facts->Sequence.Consumer;
    jsMsgMetaData_Destroy(facts);
    return true;
}

static void take_message(void *context, natsMsg *message)
{
    struct kept *kept = context;
    uint64_t place, number;
    if (kept_read_facts(message, &place, &number) && !atomic_load(&kept->replaced))
        kept_take(kept, message, place);
    natsMsg_Ack(message, NULL);
    natsMsg_Destroy(message);
}

/* A node tells of jobs that it begins, or another program asks whether we live. */
static void take_started(void *context, natsMsg *message)
{
    struct kept *kept = context;
    const char *reply = natsMsg_GetReply(message);
    if (reply && natsMsg_GetDataLength(message) == 0)
        natsConnection_PublishString(kept->connection->nats, reply, kept->life);
    else
        cluster_take_news(kept->ledger, message);
    natsMsg_Destroy(message);
}

/* ---- there and back -------------------------------------------------------------------------- */

static yoke_status subscribe(struct kept *kept)
{
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof subject, STARTED_SUBJECT "%s", kept->client);
    natsStatus status =
        natsConnection_SubscribeSync(&kept->started.subscription, kept->connection->nats, subject);
    snprintf(subject, sizeof subject, KEPT_SUBJECT "%s.>", kept->client);
    if (status == NATS_OK)
        status = connection_subscribe(kept->connection, &kept->messages.subscription, KEPT_STREAM,
                                      subject, kept->life);
    return status == NATS_OK ? YOKE_OK : connection_failed(status, "cannot ask for results");
}

yoke_status kept_open(struct kept **opened, struct connection *connection, struct ledger *ledger,
                      const char *life, yoke_duration timeout)
{
    struct kept *kept = calloc(1, sizeof *kept);
    if (!kept)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a durable program");
    *opened = kept;
    kept->connection = connection;
    kept->ledger = ledger;
    pthread_mutex_init(&kept->lock, NULL);
    clock_condition_open(&kept->changed);
    wire_kept_client_write(kept->client, connection->name);
    snprintf(kept->life, sizeof kept->life, "%s", life);
    kept->messages.handle = take_message;
    kept->started.handle = take_started;
    kept->messages.context = kept->started.context = kept;
    yoke_status status = keeping_open(kept);
    if (status == YOKE_OK)
        status = claim_ask(kept, timeout);
    if (status == YOKE_OK)
        status = subscribe(kept);
    return status == YOKE_OK ? claim_load(kept) : status;
}

yoke_status kept_listen(struct kept *kept)
{
    yoke_status status = listener_start(&kept->messages);
    return status == YOKE_OK ? listener_start(&kept->started) : status;
}

bool kept_look(struct kept *kept, bool emptied)
{
    if (atomic_load(&kept->replaced))
        return true;
    char subject[SUBJECT_SIZE];
    natsMsg *found = NULL;
    claim_subject(subject, kept);
    natsStatus status =
        js_GetLastMsg(&found, kept->connection->stream, KEPT_STREAM, subject, NULL, NULL);
    bool ours = status == NATS_OK && says_that_we_own_it(kept, found);
    natsMsg_Destroy(found);
    if (status != NATS_OK && status != NATS_NOT_FOUND)
        return false;
    if (!ours && emptied)
        return claim_say(kept) == YOKE_OK;
    if (!ours)
        note_replaced(kept);
    return true;
}

/* It is hopeless when nothing is done for long. */
static void await_pending(struct kept *kept)
{
    natsConnection *nats = kept->connection->nats;
    pthread_mutex_lock(&kept->lock);
    while (kept->pending && natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED &&
           clock_wait(&kept->changed, &kept->lock, clock_now() + LEAVE_WAIT))
        ;
    pthread_mutex_unlock(&kept->lock);
}

void kept_leave(struct kept *kept)
{
    bool connected = natsConnection_Status(kept->connection->nats) == NATS_CONN_STATUS_CONNECTED;
    uint64_t owner = atomic_load(&kept->owner);
    if (connected && kept->outbox && owner) {
        await_pending(kept);
        keeping_remove(kept, owner, 0);
        await_pending(kept);
    }
    if (connected && kept->messages.subscription)
        js_DeleteConsumer(kept->connection->stream, KEPT_STREAM, kept->life, NULL, NULL);
}

void kept_close(struct kept *kept)
{
    if (!kept)
        return;
    listener_stop(&kept->messages);
    listener_stop(&kept->started);
    outbox_close(kept->outbox); /* which they post to */
    pthread_cond_destroy(&kept->changed);
    pthread_mutex_destroy(&kept->lock);
    free(kept);
}
