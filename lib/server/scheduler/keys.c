/* The table of jobs with a key, and when a key is free again: see keys.h. */
#include "keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "executor.h"
#include "server/jobs/server_check.h"

enum { BUCKETS = 4096 };

struct keyed {
    struct keyed *next;
    yoke_job *job;
    yoke_server *server; /* NULL: its key is not its own any more, or not yet */
    unsigned handles;
    bool seen, cancelled;
    bool arriving; /* is being submitted: nobody else may have it yet */
    bool unknown;  /* the task is */
    uint64_t digest;
    char key[];
};

/* A server's, allocated with its first key. */
struct keys {
    struct keyed *buckets[BUCKETS];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;

void keys_reset(void)
{
    pthread_mutex_init(&lock, NULL);
    pthread_cond_init(&arrived, NULL);
}

static struct keyed *keyed_of(const yoke_job *job)
{
    return job_extras(job)->keyed;
}

const char *keys_of(const yoke_job *job)
{
    return keyed_of(job)->key;
}

bool keys_prepare(yoke_job *job, const char *key, uint64_t digest, unsigned handles)
{
    size_t size = strlen(key) + 1;
    struct job_extras *extras = job_need_extras(job);
    struct keyed *new = extras ? calloc(1, sizeof *new + size) : NULL;
    if (!new)
        return false;
    new->job = job;
    new->handles = handles;
    new->digest = digest;
    memcpy(new->key, key, size);
    extras->keyed = new;
    atomic_fetch_or_explicit(&job->flags, JOB_KEYED, memory_order_relaxed);
    return true;
}

/* ---- the table, with the lock ---------------------------------------------------------------- */

/* FNV-1a. */
static struct keyed **link_of(struct keys *keys, const char *key)
{
    uint64_t digest = UINT64_C(14695981039346656037);
    for (const char *at = key; *at; at++)
        digest = (digest ^ (unsigned char)*at) * UINT64_C(1099511628211);
    struct keyed **link = &keys->buckets[digest % BUCKETS];
    while (*link && strcmp((*link)->key, key) != 0)
        link = &(*link)->next;
    return link;
}

static void enter(struct keyed **link, struct keyed *keyed, yoke_server *server)
{
    keyed->next = NULL;
    keyed->server = server;
    keyed->arriving = true;
    *link = keyed;
    atomic_fetch_add(&keyed->job->references, 1);
}

static void leave(struct keyed *keyed)
{
    *link_of(keyed->server->keys, keyed->key) = keyed->next;
    keyed->server = NULL;
}

/* Whether the caller has to give back the reference of the table, once the lock is given back. */
static bool let_go_if_over(struct keyed *keyed)
{
    bool over = (job_settled(keyed->job) && keyed->seen) || keyed->cancelled;
    if (!keyed->server || !over || keyed->handles)
        return false;
    const yoke_executor *executor = atomic_load(&keyed->server->executor);
    leave(keyed);
    executor->options.let_go(keyed->key, executor->options.context);
    return true;
}

/* ---- submitting ------------------------------------------------------------------------------ */

static yoke_status find_or_enter(struct keyed *keyed, yoke_job **same)
{
    yoke_server *server = keyed->job->server;
    if (!server->keys && !(server->keys = calloc(1, sizeof *server->keys)))
        return error_set(YOKE_NO_MEMORY, "no memory for jobs with a key");
    struct keyed **link = link_of(server->keys, keyed->key);
    while (*link && (*link)->arriving) {
        pthread_cond_wait(&arrived, &lock);
        link = link_of(server->keys, keyed->key);
    }
    if (atomic_load(&server->phase) != SERVER_OPEN)
        return server_check_refuse_closed();
    if (!*link) {
        enter(link, keyed, server);
        return YOKE_OK;
    }
    if ((*link)->digest != keyed->digest)
        return error_set(YOKE_INVALID,
                         "key \"%s\": there is another task of that key, which has not been "
                         "released: choose another key",
                         keyed->key);
    *same = (*link)->job;
    (*link)->handles++;
    atomic_fetch_add(&(*same)->references, 1);
    return YOKE_OK;
}

yoke_status keys_enter(yoke_job *job, yoke_job **same)
{
    *same = NULL;
    pthread_mutex_lock(&lock);
    yoke_status status = find_or_enter(keyed_of(job), same);
    pthread_mutex_unlock(&lock);
    return status;
}

void keys_arrive(yoke_job *job, bool queued)
{
    struct keyed *keyed = keyed_of(job);
    pthread_mutex_lock(&lock);
    keyed->arriving = false;
    bool out = !queued && keyed->server;
    if (out)
        leave(keyed);
    out = out || let_go_if_over(keyed);
    pthread_cond_broadcast(&arrived);
    pthread_mutex_unlock(&lock);
    if (out)
        job_release(job, 1);
}

void keys_adopt(yoke_job *job)
{
    keyed_of(job)->unknown = true;
}

bool keys_learn(yoke_job *job)
{
    pthread_mutex_lock(&lock);
    bool unknown = keyed_of(job)->unknown;
    keyed_of(job)->unknown = false;
    pthread_mutex_unlock(&lock);
    return unknown;
}

/* ---- until it is let go ---------------------------------------------------------------------- */

/* NULL: nothing of these; but the job is settled. */
static void note(struct keyed *keyed, bool *what)
{
    pthread_mutex_lock(&lock);
    if (what)
        *what = true;
    bool out = let_go_if_over(keyed);
    pthread_mutex_unlock(&lock);
    if (out)
        job_release(keyed->job, 1);
}

void keys_note_settled(const yoke_job *job)
{
    note(keyed_of(job), NULL);
}

void keys_note_seen(const yoke_job *job)
{
    note(keyed_of(job), &keyed_of(job)->seen);
}

void keys_note_cancelled(const yoke_job *job)
{
    note(keyed_of(job), &keyed_of(job)->cancelled);
}

void keys_release(yoke_job *job)
{
    struct keyed *keyed = keyed_of(job);
    pthread_mutex_lock(&lock);
    keyed->handles--;
    bool out = let_go_if_over(keyed);
    pthread_mutex_unlock(&lock);
    if (out)
        job_release(job, 1);
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* Jobs with a handle, and how many these are. With the lock; NULL without memory. */
static yoke_job **hold_all(struct keys *keys, size_t *count)
{
    size_t room = 1;
    for (unsigned i = 0; keys && i < BUCKETS; i++)
        for (const struct keyed *keyed = keys->buckets[i]; keyed; keyed = keyed->next)
            room++;
    yoke_job **jobs = malloc(room * sizeof *jobs);
    for (unsigned i = 0; jobs && keys && i < BUCKETS; i++)
        for (struct keyed *keyed = keys->buckets[i]; keyed; keyed = keyed->next) {
            if (keyed->arriving)
                continue;
            keyed->handles++;
            atomic_fetch_add(&keyed->job->references, 1);
            jobs[(*count)++] = keyed->job;
        }
    return jobs;
}

yoke_status keys_visit(yoke_server *server, yoke_job_visit visit, void *context)
{
    size_t count = 0;
    pthread_mutex_lock(&lock);
    yoke_job **jobs = hold_all(server->keys, &count);
    pthread_mutex_unlock(&lock);
    if (!jobs)
        return error_set(YOKE_NO_MEMORY, "no memory for a list of jobs");
    for (size_t i = 0; i < count; i++)
        visit(keys_of(jobs[i]), jobs[i], context);
    free(jobs);
    return YOKE_OK;
}

void keys_close(yoke_server *server)
{
    struct keyed *all = NULL;
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; server->keys && i < BUCKETS; i++) {
        for (struct keyed *keyed; (keyed = server->keys->buckets[i]);) {
            server->keys->buckets[i] = keyed->next;
            keyed->server = NULL;
            keyed->next = all;
            all = keyed;
        }
    }
    pthread_cond_broadcast(&arrived);
    pthread_mutex_unlock(&lock);
    for (struct keyed *next; all; all = next) {
        next = all->next;
        job_release(all->job, 1);
    }
}
