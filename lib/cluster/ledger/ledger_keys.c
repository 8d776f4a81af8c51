/* The table of jobs by key, and the digest that tells their tasks apart: see ledger_keys.h. */
#include "ledger_keys.h"

#include <stdlib.h>
#include <string.h>

/* ---- keys ------------------------------------------------------------------------------------ */

bool ledger_keys_valid(const char *key)
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

uint64_t ledger_keys_digest(const char *channel, const struct wire_job *job)
{
    unsigned char sizes[16];
    yoke_pack_u64(yoke_pack_u64(sizes, job->argument_size), job->result_size);
    uint64_t digest = mix(NOTHING_MIXED, channel, strlen(channel) + 1);
    digest = mix(digest, sizes, sizeof sizes);
    return mix(digest, job->argument, (size_t)job->argument_size);
}

/* ---- the table ------------------------------------------------------------------------------- */

static struct ledger_job **link_of(struct ledger *ledger, const char *key)
{
    struct ledger_job **link = &ledger->key[mix(NOTHING_MIXED, key, strlen(key)) % LEDGER_BUCKETS];
    while (*link && strcmp((*link)->key->text, key) != 0)
        link = &(*link)->key->next;
    return link;
}

struct ledger_job *ledger_keys_find(struct ledger *ledger, const char *key)
{
    return *link_of(ledger, key);
}

void ledger_keys_enter(struct ledger *ledger, struct ledger_job *job)
{
    job->key->next = NULL;
    *link_of(ledger, job->key->text) = job;
}

bool ledger_keys_learn(struct ledger_job *job, const struct wire_job *task)
{
    if (job->key->known || !job->active)
        return false;
    free((void *)job->wire.argument);
    job->wire.time_limit = task->time_limit;
    job->wire.deliveries = task->deliveries;
    job->wire.tries = task->tries;
    job->wire.argument = task->argument;
    job->wire.argument_size = task->argument_size;
    job->key->known = true;
    return true;
}

/* It looks at all jobs, but only for results of jobs that have ended here before. */
bool ledger_keys_has_result(const struct ledger *ledger, uint64_t sequence, uint64_t position)
{
    for (unsigned i = 0; i < LEDGER_BUCKETS; i++) {
        for (struct ledger_job *job = ledger->key[i]; job; job = job->key->next) {
            if (job->wire.sequence == sequence)
                return job->key->result == position;
        }
    }
    return false;
}

bool ledger_keys_leave(struct ledger *ledger, struct ledger_job *job)
{
    struct ledger_job **link = link_of(ledger, job->key->text);
    if (*link != job)
        return false;
    *link = job->key->next;
    job->key->gone = true;
    return true;
}

struct ledger_job *ledger_keys_leave_next(struct ledger *ledger)
{
    for (unsigned i = 0; i < LEDGER_BUCKETS; i++) {
        struct ledger_job *job = ledger->key[i];
        if (job && ledger_keys_leave(ledger, job))
            return job;
    }
    return NULL;
}

/* The jobs are held and the lock is given back, since visit() takes it itself. */
bool ledger_keys_visit(struct ledger *ledger, void (*visit)(void *context, struct ledger_job *job),
                       void *context)
{
    size_t count = 0, room = 0;
    struct ledger_job **held = NULL;
    pthread_mutex_lock(&ledger->lock);
    for (unsigned i = 0; i < LEDGER_BUCKETS; i++) {
        for (struct ledger_job *job = ledger->key[i]; job; job = job->key->next)
            room++;
    }
    held = calloc(room + 1, sizeof *held);
    for (unsigned i = 0; held && i < LEDGER_BUCKETS; i++) {
        for (struct ledger_job *job = ledger->key[i]; job; job = job->key->next) {
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
