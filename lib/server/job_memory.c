#include "job_memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/lock.h"
#include "place.h"
#include "server.h"

/* With malloc()'s own eight bytes a queued job takes 256 bytes. */
#define JOB_BLOCK 240

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

/* AddressSanitizer is to see every use of a job that has been freed. */
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

/* Full magazines, though those of threads that have ended may be less than full, and empty ones. */
static struct depot {
    struct lock lock;
    struct magazine *full, *empty;
    unsigned full_count;
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

static void free_magazine(struct magazine *magazine)
{
    while (magazine && magazine->count)
        free(magazine->round[--magazine->count]);
    free(magazine);
}

/* Takes in an empty magazine, or none, and gives a full one; where it has none, nothing happens. */
static struct magazine *depot_fill(struct magazine *empty)
{
    lock_take(&depot.lock);
    struct magazine *full = pop(&depot.full);
    if (full) {
        depot.full_count--;
        if (empty)
            push(&depot.empty, empty);
    }
    lock_give(&depot.lock);
    return full ? full : empty;
}

/* Takes in a full magazine, or none, and gives an empty one; NULL without memory for it. */
static struct magazine *depot_empty(struct magazine *full)
{
    lock_take(&depot.lock);
    struct magazine *empty = pop(&depot.empty);
    if (full && depot.full_count < DEPOT_MAX) {
        push(&depot.full, full);
        depot.full_count++;
        full = NULL;
    }
    lock_give(&depot.lock);
    free_magazine(full);
    return empty ? empty : calloc(1, sizeof *empty);
}

/* ---- the thread's own magazines -------------------------------------------------------------- */

/* The one at hand, and one that is full or empty; NULL is as good as empty. */
struct cache {
    struct magazine *open, *spare;
    bool watched; /* the thread's end */
};

static _Thread_local struct cache cache __attribute__((tls_model("initial-exec")));
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

/* Sees to it that the calling thread's blocks do not end with it; false where that can't be. */
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
        return malloc(JOB_BLOCK);
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
        free(block);
}

/* ---- for all sizes --------------------------------------------------------------------------- */

static bool is_block(size_t size)
{
    return KEEPS_BLOCKS && size <= JOB_BLOCK;
}

void *job_memory_take(size_t size, size_t zeroed_from)
{
    /* calloc() gets large memory without touching it. */
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
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    topology_location_bind_memory(server->topology, place->location, memory, size);
    return memory;
}

void job_memory_unmap(void *memory, size_t size)
{
    munmap(memory, size);
}

void job_memory_trim(void)
{
    empty_cache(&cache);
    lock_take(&depot.lock);
    struct magazine *full = depot.full, *empty = depot.empty;
    depot.full = depot.empty = NULL;
    depot.full_count = 0;
    lock_give(&depot.lock);
    for (struct magazine *magazine; (magazine = pop(&full)) || (magazine = pop(&empty));)
        free_magazine(magazine);
}

void job_memory_reset(void)
{
    depot = (struct depot){0};
}
