/* What the hub has kept of a durable program, as it comes in. */
#include "reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keeping.h"
#include "keyed.h"

/* ---- losing the name ------------------------------------------------------------------------- */

static void end_job(void *context, struct ledger_job *job)
{
    static const yoke_outcome replaced = {
        .state = YOKE_STATE_CANCELLED,
        .status = YOKE_CANCELLED,
        .message = "another program has taken over the name of this one"};
    struct kept *kept = context;
    ledger_end_as(kept->ledger, job, replaced);
    ledger_drop(kept->ledger, job);
}

void reading_note_replaced(struct kept *kept)
{
    if (atomic_exchange(&kept->replaced, true))
        return;
    yoke_log(YOKE_LOG_WARNING, "another program has taken over the name %s",
             kept->connection->name);
    keyed_visit(kept->ledger, end_job, kept);
}

/* ---- what comes in --------------------------------------------------------------------------- */

bool reading_says_that_we_own_it(const struct kept *kept, const natsMsg *message)
{
    size_t size = strlen(kept->life);
    return (size_t)natsMsg_GetDataLength(message) == size &&
           memcmp(natsMsg_GetData(message), kept->life, size) == 0;
}

static void take_owner(struct kept *kept, const natsMsg *message, uint64_t place)
{
    if (reading_says_that_we_own_it(kept, message))
        return;
    if (place < atomic_load(&kept->owner))
        keeping_remove(kept, place, 0);
    else
        reading_note_replaced(kept);
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
    struct pace *pace = ledger_pace(kept->ledger, entry->lane);
    struct ledger_job *job = pace ? ledger_create(&wire, NULL, &keyed) : NULL;
    if (!job)
        return false;
    job->pace = pace;
    ledger_enter(kept->ledger, &job, 1);
    /* Where it is at the hub is not known, but it is there. */
    const struct outbox_part part = {.end = OUTBOX_STORED,
                                     .place = atomic_load(&kept->connection->last)};
    ledger_stored(kept->ledger, job, &part);
    ledger_drop(kept->ledger, job);
    return true;
}

/* Behind our own word all entries are ours, but for one that a dead program had on its way. */
static void take_entry(struct kept *kept, const natsMsg *message, const char *key, uint64_t place)
{
    struct wire_entry entry;
    bool good =
        wire_entry_read(&entry, natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
    bool earlier = place < atomic_load(&kept->owner);
    pthread_mutex_lock(&kept->ledger->lock);
    struct ledger_job *job = keyed_find(kept->ledger, key);
    bool known = good && job && job->wire.sequence == entry.sequence, taken = job;
    pthread_mutex_unlock(&kept->ledger->lock);
    if (!good)
        ledger_malformed(kept->ledger);
    if (!known && (!good || !earlier || taken || !enter(kept, &entry, key, place)))
        keeping_remove(kept, place, 0);
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

static void take_result(struct kept *kept, natsMsg *message, const char *number, uint64_t place)
{
    char node[YOKE_CLUSTER_NAME_MAX + 1], *end;
    struct wire_result result;
    bool good = reading_result(message, node, &result);
    uint64_t sequence = strtoull(number, &end, 10);
    if (!good)
        ledger_malformed(kept->ledger);
    if (*end || (good && result.sequence != sequence)) {
        keeping_remove(kept, place, 0);
        natsMsg_Destroy(message);
        return;
    }
    result.sequence = sequence;
    if (!ledger_end_kept(kept->ledger, node, &result, message, place))
        keeping_remove(kept, place, 0);
}

void reading_take(struct kept *kept, natsMsg *message, uint64_t place)
{
    const char *subject = natsMsg_GetSubject(message);
    const char *what = subject + strlen(KEPT_SUBJECT) + strlen(kept->client) + 1;
    bool owner = strcmp(what, "owner") == 0;
    if (!owner && strncmp(what, "key.", 4) != 0) {
        take_result(kept, message, what, place);
        return;
    }
    if (owner)
        take_owner(kept, message, place);
    else
        take_entry(kept, message, what + 4, place);
    natsMsg_Destroy(message);
}

bool reading_facts(natsMsg *message, uint64_t *place, uint64_t *number)
{
    jsMsgMetaData *facts = NULL;
    if (natsMsg_GetMetaData(&facts, message) != NATS_OK)
        return false;
    *place = facts->Sequence.Stream;
    *number = facts->Sequence.Consumer;
    jsMsgMetaData_Destroy(facts);
    return true;
}
