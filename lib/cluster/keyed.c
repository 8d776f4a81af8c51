#include "keyed.h"

#include <stdlib.h>
#include <string.h>

/* ---- keys ------------------------------------------------------------------------------------ */

bool keyed_key_valid(const char *key)
{
    size_t left = YOKE_CLUSTER_KEY_MAX;
    for (;;) { /* subjects of the hub have parts between dots, too, and none is empty */
        size_t length = strcspn(key, ".");
        char part[YOKE_CLUSTER_KEY_MAX + 1];
        if (length == 0 || length > left)
            return false;
        memcpy(part, key, length);
        part[length] = '\0';
        if (!wire_name_valid(part, length))
            return false;
        left -= length;
        if (!key[length])
            return true;
        if (left-- == 0)
            return false;
        key += length + 1;
    }
}

/* FNV-1a, 64 bits wide. */
static uint64_t mix(uint64_t digest, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        digest = (digest ^ at[i]) * UINT64_C(1099511628211);
    return digest;
}

#define NOTHING_MIXED UINT64_C(14695981039346656037)

uint64_t keyed_digest(const char *lane, const struct wire_job *job)
{
    unsigned char sizes[16];
    yoke_pack_u64(yoke_pack_u64(sizes, job->argument_size), job->result_size);
    uint64_t digest = mix(NOTHING_MIXED, lane, strlen(lane) + 1);
    digest = mix(digest, sizes, sizeof sizes);
    return mix(digest, job->argument, (size_t)job->argument_size);
}

/* ---- the table ------------------------------------------------------------------------------- */

static struct ledger_job **place_of(struct ledger *ledger, const char *key)
{
    struct ledger_job **place =
        &ledger->keyed[mix(NOTHING_MIXED, key, strlen(key)) % LEDGER_BUCKETS];
    while (*place && strcmp((*place)->keyed->key, key) != 0)
        place = &(*place)->keyed->next;
    return place;
}

struct ledger_job *keyed_find(struct ledger *ledger, const char *key)
{
    return *place_of(ledger, key);
}

void keyed_enter(struct ledger *ledger, struct ledger_job *job)
{
    job->keyed->next = NULL;
    *place_of(ledger, job->keyed->key) = job;
}

bool keyed_learn(struct ledger_job *job, const struct wire_job *task)
{
    if (job->keyed->known || !job->active)
        return false;
    free((void *)job->wire.argument);
    job->wire.time_limit = task->time_limit;
    job->wire.deliveries = task->deliveries;
    job->wire.tries = task->tries;
    job->wire.argument = task->argument;
    job->wire.argument_size = task->argument_size;
    job->keyed->known = true;
    return true;
}

bool keyed_has_result(const struct ledger *ledger, uint64_t sequence, uint64_t place)
{
    for (unsigned i = 0; i < LEDGER_BUCKETS; i++) {
        for (struct ledger_job *job = ledger->keyed[i]; job; job = job->keyed->next) {
            if (job->wire.sequence == sequence)
                return job->keyed->result == place;
        }
    }
    return false;
}

bool keyed_leave(struct ledger *ledger, struct ledger_job *job)
{
    struct ledger_job **place = place_of(ledger, job->keyed->key);
    if (*place != job)
        return false;
    *place = job->keyed->next;
    job->keyed->gone = true;
    return true;
}

struct ledger_job *keyed_leave_next(struct ledger *ledger)
{
    for (unsigned i = 0; i < LEDGER_BUCKETS; i++) {
        struct ledger_job *job = ledger->keyed[i];
        if (job && keyed_leave(ledger, job))
            return job;
    }
    return NULL;
}

bool keyed_visit(struct ledger *ledger, void (*visit)(void *context, struct ledger_job *job),
                 void *context)
{
    size_t count = 0, room = 0;
    struct ledger_job **held = NULL;
    pthread_mutex_lock(&ledger->lock);
    for (unsigned i = 0; i < LEDGER_BUCKETS; i++) {
        for (struct ledger_job *job = ledger->keyed[i]; job; job = job->keyed->next)
            room++;
    }
    held = calloc(room + 1, sizeof *held);
    for (unsigned i = 0; held && i < LEDGER_BUCKETS; i++) {
        for (struct ledger_job *job = ledger->keyed[i]; job; job = job->keyed->next) {
            job->references++;
            held[count++] = job;
        }
    }
    pthread_mutex_unlock(&ledger->lock);
    for (size_t i = 0; i < count; i++)
        visit(context, held[i]);
    bool visited = held;
    free(held);
    return visited;
}
