/* The blobs of one server: fetched once, shared by its kernels, dropped when others need the
 * room. See cache.h. */
#include "cache.h"
#include "cluster/limits.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/transport/clock.h"

#define BOUND_DEFAULT ((size_t)256 << 20)

struct entry {
    struct entry *next;
    yoke_blob_id id;
    unsigned char *bytes;
    size_t size;
    unsigned users; /* handles, and whoever fetches it */
    bool fetched;
};

/* What a kernel has. */
struct handle {
    yoke_blob blob; /* first */
    struct handle *next;
    struct cache *cache;
    struct entry *entry;
    const yoke_context *context;
};

struct cache {
    struct cache *next;
    struct connection *connection;
    const yoke_server *server;
    size_t bound;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct entry *entries; /* the one used last comes first */
    struct handle *handles;
    unsigned visitors; /* calls under way */
    bool closed;
    struct cache_counts counts;
};

/* Those that are open, by their servers. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct cache *registry;

/* ---- coming and going ------------------------------------------------------------------------ */

struct cache *cache_open(struct connection *connection, const yoke_server *server, size_t bound)
{
    struct cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    cache->connection = connection;
    cache->server = server;
    cache->bound = bound ? bound : BOUND_DEFAULT;
    clock_condition_open(&cache->changed);
    pthread_mutex_init(&cache->lock, NULL);
    pthread_mutex_lock(&registry_lock);
    cache->next = registry;
    registry = cache;
    pthread_mutex_unlock(&registry_lock);
    return cache;
}

/* With the lock. */
static void drop(struct cache *cache, struct entry *entry)
{
    struct entry **link = &cache->entries;
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    cache->counts.kept -= entry->size;
    free(entry->bytes);
    free(entry);
}

/* With the lock, which is given back; the last one out frees the cache. */
static void leave(struct cache *cache)
{
    bool last = cache->closed && !cache->handles && !cache->visitors;
    pthread_cond_broadcast(&cache->changed);
    while (last && cache->entries)
        drop(cache, cache->entries);
    pthread_mutex_unlock(&cache->lock);
    if (!last)
        return;
    pthread_cond_destroy(&cache->changed);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* With its lock, and counted as a visitor; NULL: the server has none. */
static struct cache *visit(const yoke_server *server)
{
    pthread_mutex_lock(&registry_lock);
    struct cache *cache = registry;
    while (cache && cache->server != server)
        cache = cache->next;
    if (cache) { /* whose lock is taken with the other one still held: else it might be gone */
        pthread_mutex_lock(&cache->lock);
        cache->visitors++;
    }
    pthread_mutex_unlock(&registry_lock);
    return cache;
}

void cache_close(struct cache *cache)
{
    if (!cache)
        return;
    pthread_mutex_lock(&registry_lock);
    struct cache **link = &registry;
    while (*link != cache)
        link = &(*link)->next;
    *link = cache->next;
    pthread_mutex_unlock(&registry_lock);
    pthread_mutex_lock(&cache->lock);
    cache->closed = true;
    pthread_cond_broadcast(&cache->changed);
    cache->visitors++; /* so that the cache stays */
    while (cache->visitors > 1)
        pthread_cond_wait(&cache->changed, &cache->lock);
    cache->visitors--;
    leave(cache);
}

struct cache_counts cache_count(struct cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    struct cache_counts counts = cache->counts;
    pthread_mutex_unlock(&cache->lock);
    return counts;
}

/* ---- room, with the lock --------------------------------------------------------------------- */

/* The blob that nobody uses and whose last use is the longest ago; NULL: none. */
static struct entry *oldest_unused(const struct cache *cache)
{
    struct entry *oldest = NULL;
    for (struct entry *entry = cache->entries; entry; entry = entry->next)
        oldest = entry->users ? oldest : entry;
    return oldest;
}

static bool make_room(struct cache *cache, size_t size)
{
    struct entry *entry;
    while (cache->counts.kept + size > cache->bound && (entry = oldest_unused(cache)))
        drop(cache, entry);
    return cache->counts.kept + size <= cache->bound;
}

static void move_to_front(struct cache *cache, struct entry *entry)
{
    struct entry **link = &cache->entries;
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    entry->next = cache->entries;
    cache->entries = entry;
}

static struct entry *find(const struct cache *cache, const yoke_blob_id *id)
{
    struct entry *entry = cache->entries;
    while (entry && memcmp(&entry->id, id, sizeof *id) != 0)
        entry = entry->next;
    return entry;
}

static bool has_some(const struct cache *cache, const yoke_context *context)
{
    const struct handle *handle = cache->handles;
    while (handle && handle->context != context)
        handle = handle->next;
    return handle;
}

/* ---- blobs, with the lock -------------------------------------------------------------------- */

/* Who asks for a blob. */
struct visitor {
    struct cache *cache;
    const yoke_context *context;
};

static bool leaves(void *context)
{
    const struct visitor *visitor = context;
    pthread_mutex_lock(&visitor->cache->lock);
    bool closed = visitor->cache->closed;
    pthread_mutex_unlock(&visitor->cache->lock);
    return closed || yoke_context_cancelled(visitor->context);
}

static void wait_a_little(struct cache *cache)
{
    clock_wait(&cache->changed, &cache->lock, clock_now() + CACHE_LOOK_WAIT);
}

/* NULL without memory. */
static struct entry *add(struct cache *cache, const yoke_blob_id *id)
{
    struct entry *new = calloc(1, sizeof *new);
    size_t size = (size_t)blobs_size(id);
    unsigned char *bytes = new ? malloc(size) : NULL;
    if (!bytes) {
        free(new);
        yoke_error_set(YOKE_NO_MEMORY, "no memory for a blob of %zu bytes", size);
        return NULL;
    }
    *new = (struct entry){cache->entries, *id, bytes, size, 1, false};
    cache->entries = new;
    cache->counts.kept += size;
    return new;
}

/* Gives the lock back meanwhile. The entry is in the list, so that others wait for it and do not
 * fetch it too, and has us as a user, so that nobody drops it. */
static yoke_status fetch(struct visitor *visitor, struct entry *entry)
{
    struct cache *cache = visitor->cache;
    pthread_mutex_unlock(&cache->lock);
    yoke_status status = blobs_fetch(cache->connection, &entry->id, entry->bytes, leaves, visitor);
    pthread_mutex_lock(&cache->lock);
    if (status == YOKE_OK) {
        entry->fetched = true;
        cache->counts.blobs++;
        cache->counts.bytes += entry->size;
    } else {
        drop(cache, entry);
    }
    pthread_cond_broadcast(&cache->changed);
    return status;
}

static yoke_status check_size(const struct cache *cache, const yoke_blob_id *id)
{
    uint64_t size = blobs_size(id);
    if (size == 0)
        return yoke_error_set(YOKE_INVALID, "that is not the id of a blob");
    if (size > cache->bound)
        return yoke_error_set(YOKE_INVALID,
                              "a blob of %" PRIu64 " bytes does not fit into the cache of %zu: see "
                              "`cache` of yoke_cluster_options",
                              size, cache->bound);
    return YOKE_OK;
}

/* A job that has no blob yet may wait for others to release theirs; of several that have some and
 * wait for more, none might ever go on. */
static yoke_status await_room(const struct visitor *visitor)
{
    struct cache *cache = visitor->cache;
    if (has_some(cache, visitor->context))
        return yoke_error_set(YOKE_NO_MEMORY,
                              "the cache of %zu bytes is full of blobs in use, some of them this "
                              "job's own: see `cache` of yoke_cluster_options",
                              cache->bound);
    wait_a_little(cache);
    return YOKE_OK;
}

/* Gives the lock back meanwhile. What is found has one more user. */
static yoke_status take(struct visitor *visitor, const yoke_blob_id *id, struct entry **found)
{
    struct cache *cache = visitor->cache;
    yoke_status status = check_size(cache, id);
    for (*found = NULL; status == YOKE_OK && !*found;) {
        struct entry *entry = find(cache, id);
        if (cache->closed || yoke_context_cancelled(visitor->context)) {
            status =
                yoke_error_set(YOKE_CANCELLED, "the job is to leave while it waits for a blob");
        } else if (entry && entry->fetched) {
            entry->users++;
            move_to_front(cache, entry);
            *found = entry;
        } else if (entry) {
            wait_a_little(cache); /* another job fetches it */
        } else if (make_room(cache, (size_t)blobs_size(id))) {
            entry = add(cache, id);
            status = entry ? fetch(visitor, entry) : YOKE_NO_MEMORY;
            if (status == YOKE_OK)
                *found = entry;
        } else {
            status = await_room(visitor);
        }
    }
    return status;
}

/* ---- what kernels call ----------------------------------------------------------------------- */

static yoke_status hand_out(struct visitor *visitor, struct entry *entry, const yoke_blob **blob)
{
    struct handle *handle = calloc(1, sizeof *handle);
    if (!handle) {
        entry->users--;
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a blob");
    }
    *handle = (struct handle){{entry->bytes, entry->size},
                              visitor->cache->handles,
                              visitor->cache,
                              entry,
                              visitor->context};
    visitor->cache->handles = handle;
    *blob = &handle->blob;
    return YOKE_OK;
}

yoke_status yoke_blob_open(yoke_context *context, const yoke_blob_id *id, const yoke_blob **blob)
{
    if (!context || !id || !blob)
        return yoke_error_set(YOKE_INVALID, "a blob needs the kernel's context, a id, and a "
                                            "position for the handle");
    struct visitor visitor = {visit(yoke_context_server(context)), context};
    if (!visitor.cache)
        return yoke_error_set(YOKE_INVALID, "the kernel's server belongs to no cluster");
    struct entry *entry;
    yoke_status status = take(&visitor, id, &entry);
    if (status == YOKE_OK)
        status = hand_out(&visitor, entry, blob);
    visitor.cache->visitors--;
    leave(visitor.cache);
    return status;
}

void yoke_blob_release(const yoke_blob *blob)
{
    if (!blob)
        return;
    struct handle *handle = (struct handle *)blob;
    struct cache *cache = handle->cache;
    pthread_mutex_lock(&cache->lock);
    struct handle **link = &cache->handles;
    while (*link != handle)
        link = &(*link)->next;
    *link = handle->next;
    handle->entry->users--;
    free(handle);
    leave(cache);
}
