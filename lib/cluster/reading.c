/* What the hub has kept of a durable program, as it comes in. */
#include "reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keeping.h"
#include "keyed.h"

/* ---- losing the name ------------------------------------------------------------------------- */

static void end_job(void *context, struct yoke_remote *job)
{
    (void)context;
    pthread_mutex_lock(&job->ledger->lock);
    ledger_cancel(job, "another program has taken over the name of this one");
    pthread_mutex_unlock(&job->ledger->lock);
    ledger_drop(job);
}

void reading_note_replaced(struct kept *kept)
{
    if (atomic_exchange(&kept->replaced, true))
        return;
    yoke_log(YOKE_LOG_WARNING, "another program has taken over the name %s",
             kept->connection->name);
    keyed_visit(kept->ledger, end_job, NULL);
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

void reading_take(struct kept *kept, const natsMsg *message, uint64_t place)
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
