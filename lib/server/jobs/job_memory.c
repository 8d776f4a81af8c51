/* Keeps the memory of small jobs in magazines of the thread, and full magazines in a depot for all
 * threads, which fills them from slabs: see job_memory.h. */
#include "job_memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/memory.h"
#include "server/scheduler/place.h"
#include "server/server.h"
#include "slab.h"
#include "topology/location.h"

/* A magazine of 256 bytes: the lock of the depot is then too rare to be seen in a profile. */
#define MAGAZINE_ROUNDS 30

/* Full magazines that the depot keeps: 15 MiB of blocks, the backlog of a busy server. */
#define DEPOT_MAX 2048

/* How many blocks ahead of the one that is taken are fetched from memory. */
#define AHEAD 4

/* From this size on, 16 pages, a job with a place has pages of its own. They cost three calls of
 * the system, 5 microseconds, and a fault for each page, another 2 on a virtual machine: below this
 * the calls would be most of it, for memory that a kernel soon has in its caches anyway. */
#define MAPPED_MIN 65536

/* Under AddressSanitizer each job has memory of its own, so that every use after free is seen. */
#if defined(__SANITIZE_ADDRESS__)
#define KEEPS_BLOCKS false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEPS_BLOCKS false
#endif
#endif
#ifndef KEEPS_BLOCKS
#define KEEPS_BLOCKS true
#endif

struct magazine {
    struct magazine *next; /* in the depot */
    unsigned count;
    void *round[MAGAZINE_ROUNDS];
};

/* ---- the depot ------------------------------------------------------------------------------- */

/* Full magazines, though those of threads that have ended may be less than full, and empty ones;
 * and where the blocks come from. */
static struct depot {
    struct lock lock;
    struct magazine *full, *empty;
    unsigned full_count;
    struct slabs slabs;
} depot;

static struct magazine *pop(struct magazine **top)
{
    struct magazine *magazine = *top;
    if (magazine)
        *top = magazine->next;
    return magazine;
}

static void push(struct magazine **top, struct magazine *magazine)
{
    magazine->next = *top;
    *top = magazine;
}

/* Gives the blocks of magazines back to their slabs, and frees the magazines. */
static void discard(struct magazine *magazines)
{
    for (struct magazine *magazine; (magazine = pop(&magazines)); free(magazine)) {
        /* The lock is given between two magazines, so that others do not wait for all of them. */
        lock_take(&depot.lock);
        while (magazine->count)
            slab_give(&depot.slabs, magazine->round[--magazine->count]);
        struct slab *surplus = slab_surplus(&depot.slabs, false);
        lock_give(&depot.lock);
        slab_unmap(surplus);
    }
}

static void fill_from_slabs(struct magazine *magazine)
{
    void *block;
    while (magazine->count < MAGAZINE_ROUNDS && (block = slab_take(&depot.slabs)))
        magazine->round[magazine->count++] = block;
}

/* Takes in an empty magazine, or none, and gives a full one; an empty one without memory for
 * blocks, NULL without memory for it. */
static struct magazine *depot_fill(struct magazine *empty)
{
    lock_take(&depot.lock);
    struct magazine *full = pop(&depot.full);
    if (full) {
        depot.full_count--;
        if (empty)
            push(&depot.empty, empty);
    } else if (empty || (empty = pop(&depot.empty))) {
        fill_from_slabs(empty);
        full = empty;
    }
    lock_give(&depot.lock);
    if (!full && (empty = calloc(1, sizeof *empty)))
        return depot_fill(empty);
    return full;
}

/* Takes in a full magazine, or none, and gives an empty one; NULL without memory for it. */
static struct magazine *depot_empty(struct magazine *full)
{
    lock_take(&depot.lock);
    struct magazine *empty = pop(&depot.empty), *surplus = full;
    if (slab_is_scattered(&depot.slabs)) {
        /* The blocks in full magazines count as used: they may be all that keeps their slabs from
         * the system. */
        if (full)
            push(&depot.full, full);
        surplus = depot.full;
        depot.full = NULL;
        depot.full_count = 0;
    } else if (full && depot.full_count < DEPOT_MAX) {
        push(&depot.full, full);
        depot.full_count++;
        surplus = NULL;
    } else if (full) {
        full->next = NULL;
    }
    lock_give(&depot.lock);
    discard(surplus);
    return empty ? empty : calloc(1, sizeof *empty);
}

/* For a thread that can have no magazines. */
static void *depot_take_block(void)
{
    lock_take(&depot.lock);
    void *block = slab_take(&depot.slabs);
    lock_give(&depot.lock);
    return block;
}

static void depot_give_block(void *block)
{
    lock_take(&depot.lock);
    slab_give(&depot.slabs, block);
    lock_give(&depot.lock);
}

/* ---- the thread's own magazines -------------------------------------------------------------- */

/* Two magazines, so that a thread which takes and gives at the edge of one does not go to the depot
 * each time. The spare one is full or empty; NULL is as good as empty. */
struct cache {
    struct magazine *open, *spare;
    bool watched; /* the thread's end */
};

static _Thread_local struct cache cache __attribute__((tls_model("initial-exec")));
/* C11 has no destructors for thread-local objects; those of a key are called at a thread's end. */
static pthread_key_t end_of_thread;
static bool have_key;

static void hand_in(struct magazine *magazine)
{
    if (!magazine)
        return;
    lock_take(&depot.lock);
    push(magazine->count ? &depot.full : &depot.empty, magazine);
    depot.full_count += magazine->count > 0;
    lock_give(&depot.lock);
}

static void empty_cache(void *of_thread)
{
    struct cache *ended = of_thread;
    hand_in(ended->open);
    hand_in(ended->spare);
    *ended = (struct cache){0};
}

static void make_key(void)
{
    have_key = pthread_key_create(&end_of_thread, empty_cache) == 0;
}

/* Has the calling thread's blocks handed to the depot when it ends; false where that cannot be. */
static bool watch_thread(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    return cache.watched = have_key && pthread_setspecific(end_of_thread, &cache) == 0;
}

static void exchange_magazines(void)
{
    struct magazine *open = cache.open;
    cache.open = cache.spare;
    cache.spare = open;
}

static unsigned rounds(const struct magazine *magazine)
{
    return magazine ? magazine->count : 0;
}

static bool has_room(const struct magazine *magazine)
{
    return magazine && magazine->count < MAGAZINE_ROUNDS;
}

static void *take_block(void)
{
    if (!rounds(cache.open))
        exchange_magazines();
    if (!rounds(cache.open) && (cache.watched || watch_thread()))
        cache.open = depot_fill(cache.open);
    if (!rounds(cache.open))
        return depot_take_block();
    struct magazine *magazine = cache.open;
    unsigned count = --magazine->count;
    if (count >= AHEAD) {
        __builtin_prefetch(magazine->round[count - AHEAD], 1);
        __builtin_prefetch((char *)magazine->round[count - AHEAD] + 64, 1);
    }
    return magazine->round[count];
}

static void give_block(void *block)
{
    if (!has_room(cache.open))
        exchange_magazines();
    if (!has_room(cache.open) && (cache.watched || watch_thread()))
        cache.open = depot_empty(cache.open);
    if (has_room(cache.open))
        cache.open->round[cache.open->count++] = block;
    else
        depot_give_block(block);
}

/* ---- for all sizes --------------------------------------------------------------------------- */

static bool is_block(size_t size)
{
    return KEEPS_BLOCKS && size <= SLAB_BLOCK;
}

void *job_memory_take(size_t size, size_t zeroed_from)
{
    /* calloc() gets large memory from the system, zeroed, without touching it. */
    if (!is_block(size))
        return calloc(1, size);
    char *block = take_block();
    if (block && size > zeroed_from)
        memset(block + zeroed_from, 0, size - zeroed_from);
    return block;
}

void job_memory_give(void *memory, size_t size)
{
    if (is_block(size))
        give_block(memory);
    else
        free(memory);
}

void *job_memory_map(size_t size, const yoke_server *server, const struct place *place)
{
    if (size < MAPPED_MIN || server->nodes == 1)
        return NULL;
    void *memory = memory_map(size);
    if (!memory)
        return NULL;
    location_bind_memory(server->topology, place->location, memory, size);
    return memory;
}

void job_memory_unmap(void *memory, size_t size)
{
    memory_unmap(memory, size);
}

void job_memory_trim(void)
{
    empty_cache(&cache);
    lock_take(&depot.lock);
    struct magazine *full = depot.full, *empty = depot.empty;
    depot.full = depot.empty = NULL;
    depot.full_count = 0;
    lock_give(&depot.lock);
    discard(full);
    discard(empty);
    lock_take(&depot.lock);
    struct slab *surplus = slab_surplus(&depot.slabs, true);
    lock_give(&depot.lock);
    slab_unmap(surplus);
}

void job_memory_reset(void)
{
    depot = (struct depot){0};
    cache.open = cache.spare = NULL; /* another thread may have been at work on their slabs */
}
