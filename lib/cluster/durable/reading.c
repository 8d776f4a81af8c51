/* What the hub has kept of a durable program, as it comes in. */
#include "reading.h"
#include "cluster/ledger/updates.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/ledger/ledger_keys.h"
#include "store.h"

/* ---- losing the name ------------------------------------------------------------------------- */

static void end_job(void *context, struct ledger_job *job)
{
    static const yoke_outcome replaced = {
        .state = YOKE_STATE_CANCELLED,
        .status = YOKE_CANCELLED,
        .message = "another program has taken over the name of this one"};
    struct session *session = context;
    ledger_end_as(session->ledger, job, replaced);
    ledger_drop(session->ledger, job);
}

void reading_note_replaced(struct session *session)
{
    if (atomic_exchange(&session->replaced, true))
        return;
    yoke_log(YOKE_LOG_WARNING, "another program has taken over the name %s",
             session->connection->name);
    /* By now nothing is removed at the hub any more: these jobs are the other program's. */
    ledger_keys_visit(session->ledger, end_job, session);
}

/* ---- what comes in --------------------------------------------------------------------------- */

bool reading_says_that_we_own_it(const struct session *session, const natsMsg *message)
{
    size_t size = strlen(session->life);
    return (size_t)natsMsg_GetDataLength(message) == size &&
           memcmp(natsMsg_GetData(message), session->life, size) == 0;
}

static void take_owner(struct session *session, const natsMsg *message, uint64_t position)
{
    if (reading_says_that_we_own_it(session, message))
        return;
    /* The last word in the stream is the one that counts. */
    if (position < atomic_load(&session->owner))
        store_remove(session, position, 0);
    else
        reading_note_replaced(session);
}

/* False: it is no job of ours, or we have no memory for it. */
static bool enter(struct session *session, const struct wire_entry *entry, const char *key,
                  uint64_t position)
{
    struct key entered = {.digest = entry->digest, .entry = position};
    if (!ledger_keys_valid(key))
        return false;
    snprintf(entered.text, sizeof entered.text, "%s", key);
    const struct wire_job wire = {.sequence = entry->sequence, .result_size = entry->result_size};
    struct batch_estimate *estimate = ledger_estimate(session->ledger, entry->channel);
    struct ledger_job *job = estimate ? ledger_create(&wire, NULL, &entered) : NULL;
    if (!job)
        return false;
    job->estimate = estimate;
    ledger_enter(session->ledger, &job, 1);
    /* Where it is at the hub is not known, but it is there. */
    const struct outbox_part part = {.end = OUTBOX_STORED,
                                     .position = atomic_load(&session->connection->last)};
    updates_stored(session->ledger, job, &part);
    ledger_drop(session->ledger, job);
    return true;
}

/* Behind our own word all entries are ours, but for one that a dead program had on its way. */
static void take_entry(struct session *session, const natsMsg *message, const char *key,
                       uint64_t position)
{
    struct wire_entry entry;
    bool good =
        wire_entry_read(&entry, natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
    bool earlier = position < atomic_load(&session->owner);
    pthread_mutex_lock(&session->ledger->lock);
    /* Entries that we have posted come in here as well, and are known. */
    struct ledger_job *job = ledger_keys_find(session->ledger, key);
    bool known = good && job && job->wire.sequence == entry.sequence, taken = job;
    pthread_mutex_unlock(&session->ledger->lock);
    if (!good)
        updates_malformed(session->ledger);
    if (!known && (!good || !earlier || taken || !enter(session, &entry, key, position)))
        store_remove(session, position, 0);
}

bool reading_result(const natsMsg *message, char node[YOKE_CLUSTER_NAME_MAX + 1],
                    struct wire_result *result)
{
    struct wire_reader reader;
    *result = (struct wire_result){.state = YOKE_STATE_FAILED,
                                   .status = YOKE_SYSTEM,
                                   .message = "its node sent a malformed result"};
    bool good = wire_results_open(&reader, node, natsMsg_GetData(message),
                                  (size_t)natsMsg_GetDataLength(message)) == 1;
    if (good)
        wire_result_next(&reader, result);
    else
        snprintf(node, YOKE_CLUSTER_NAME_MAX + 1, "unknown");
    return good;
}

static void take_result(struct session *session, natsMsg *message, const char *number,
                        uint64_t position)
{
    char node[YOKE_CLUSTER_NAME_MAX + 1], *end;
    struct wire_result result;
    bool good = reading_result(message, node, &result);
    uint64_t sequence = strtoull(number, &end, 10);
    if (!good)
        updates_malformed(session->ledger);
    if (*end || (good && result.sequence != sequence)) {
        store_remove(session, position, 0);
        natsMsg_Destroy(message);
        return;
    }
    result.sequence = sequence;
    if (!updates_end_kept(session->ledger, node, &result, message, position))
        store_remove(session, position, 0);
}

void reading_take(struct session *session, natsMsg *message, uint64_t position)
{
    const char *subject = natsMsg_GetSubject(message);
    const char *what = subject + strlen(SESSION_SUBJECT) + strlen(session->client) + 1;
    bool owner = strcmp(what, "owner") == 0;
    if (!owner && strncmp(what, "key.", 4) != 0) {
        /* Which keeps the message, for a server that comes later. */
        take_result(session, message, what, position);
        return;
    }
    if (owner)
        take_owner(session, message, position);
    else
        take_entry(session, message, what + 4, position);
    natsMsg_Destroy(message);
}

bool reading_facts(natsMsg *message, uint64_t *position, uint64_t *number)
{
    jsMsgMetaData *facts = NULL;
    if (natsMsg_GetMetaData(&facts, message) != NATS_OK)
        return false;
    *position = facts->Sequence.Stream;
    *number = facts->Sequence.Consumer;
    jsMsgMetaData_Destroy(facts);
    return true;
}
