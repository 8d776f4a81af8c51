#include "job_memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"

/* With malloc()'s own eight bytes a queued job takes 256 bytes. */
#define JOB_BLOCK 240

/* Blocks in a magazine: the lock of the depot is then too rare to be seen in a profile. */
#define JOB_MAGAZINE 32

/* Magazines that the depot keeps: 16 MiB, the backlog of a busy server. */
#define DEPOT_MAX 2048

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
    struct block *first;
    unsigned count;
};

struct block {
    struct block *next;
    struct magazine below; /* of the first block of a magazine in the depot: the next magazine */
};

/* The magazine at hand, and one that is full or empty. */
struct cache {
    struct magazine open, spare;
    bool watched; /* the thread's end */
};

static _Thread_local struct cache cache __attribute__((tls_model("initial-exec")));

/* Of full magazines, but for those of threads that have ended. */
static struct depot {
    struct lock lock;
    struct magazine top;
    unsigned count;
} depot;

static void free_blocks(struct block *block)
{
    while (block) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

static void depot_put(struct magazine magazine)
{
    if (!magazine.count)
        return;
    lock_take(&depot.lock);
    bool room = depot.count < DEPOT_MAX;
    if (room) {
        magazine.first->below = depot.top;
        depot.top = magazine;
        depot.count++;
    }
    lock_give(&depot.lock);
    if (!room)
        free_blocks(magazine.first);
}

/* A magazine, which is empty when there is none. */
static struct magazine depot_take(void)
{
    lock_take(&depot.lock);
    struct magazine magazine = depot.top;
    if (magazine.count) {
        depot.top = magazine.first->below;
        depot.count--;
    }
    lock_give(&depot.lock);
    return magazine;
}

/* ---- the thread's own magazines -------------------------------------------------------------- */

static pthread_key_t end_of_thread;
static bool have_key;

static void empty_cache(void *of_thread)
{
    struct cache *ended = of_thread;
    depot_put(ended->open);
    depot_put(ended->spare);
    *ended = (struct cache){0};
}

static void make_key(void)
{
    have_key = pthread_key_create(&end_of_thread, empty_cache) == 0;
}

/* Sees to it that the blocks of the calling thread do not end with it; false where that can't be.
 */
static bool watch_thread(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    return cache.watched = have_key && pthread_setspecific(end_of_thread, &cache) == 0;
}

static void exchange_magazines(void)
{
    struct magazine open = cache.open;
    cache.open = cache.spare;
    cache.spare = open;
}

static struct block *take_block(void)
{
    if (!cache.open.count)
        exchange_magazines();
    if (!cache.open.count && (cache.watched || watch_thread()))
        cache.open = depot_take();
    struct block *block = cache.open.first;
    if (!block)
        return malloc(JOB_BLOCK);
    cache.open.first = block->next;
    cache.open.count--;
    return block;
}

static void give_block(struct block *block)
{
    if (!cache.watched && !watch_thread()) {
        free(block);
        return;
    }
    if (cache.open.count == JOB_MAGAZINE) {
        exchange_magazines();
        if (cache.open.count == JOB_MAGAZINE) {
            depot_put(cache.open);
            cache.open = (struct magazine){0};
        }
    }
    block->next = cache.open.first;
    cache.open.first = block;
    cache.open.count++;
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
    char *block = (char *)take_block();
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

void job_memory_trim(void)
{
    free_blocks(cache.open.first);
    free_blocks(cache.spare.first);
    cache.open = cache.spare = (struct magazine){0};
    for (struct magazine magazine; (magazine = depot_take()).count;)
        free_blocks(magazine.first);
}

void job_memory_reset(void)
{
    depot = (struct depot){0};
}
