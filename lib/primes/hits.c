/* Lists as chains of blocks, which go from who crosses off to who finds. */
#include "hits.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

/* 8 KiB: large enough that taking a new block is rare, small enough that the half-empty ones of
 * some hundred lists do not matter. The last hit is written with a byte behind it. */
struct block {
    struct block *next;
    union {
        uint8_t hits[HIT_BLOCK_BYTES - sizeof(struct block *)];
        struct block *next_batch; /* in the store                                                */
    };
};

_Static_assert(sizeof(struct block) == HIT_BLOCK_BYTES, "blocks lie at multiples of their size");
_Static_assert(HIT_BLOCK_END < HIT_BLOCK_BYTES, "the last hit has a byte behind it");

/* Blocks are taken from the system a huge page at a time and never given back before the end. The
 * first block's room is the slab's own, so that the others stay aligned to their size. */
#define SLAB_BLOCKS (MEMORY_HUGE_PAGE / sizeof(struct block) - 1)

struct slab {
    struct slab *next;
    uint8_t unused[sizeof(struct block) - sizeof(struct slab *)];
    struct block block[SLAB_BLOCKS];
};

_Static_assert(sizeof(struct slab) == MEMORY_HUGE_PAGE, "a slab fills a huge page");

/* An empty list is a full one without a block. */
#define EMPTY HIT_BLOCK_END

/* Blocks that a worker has too many of go to the store in batches of this many: 256 KiB, so that
 * going there is rare, and what idle workers keep is little. */
#define BATCH 32

/* A worker's free blocks: some, and one whole batch or none, so that one that takes and gives a few
 * in turn does not go to the store each time. */
struct hits {
    struct hit_lists lists;
    uint32_t segment_bits;
    const struct isa *isa;
    struct block *free;
    uint32_t free_count;
    struct block *spare;
    struct block_store *store;
    struct slab *slabs;
};

static struct block *last_block(uintptr_t list)
{
    return (struct block *)(list / HIT_BLOCK_BYTES * HIT_BLOCK_BYTES);
}

static void store_batch(struct block_store *store, struct block *batch)
{
    lock_take(&store->lock);
    batch->next_batch = store->batches;
    store->batches = batch;
    lock_give(&store->lock);
}

static struct block *fetch_batch(struct block_store *store)
{
    lock_take(&store->lock);
    struct block *batch = store->batches;
    if (batch)
        store->batches = batch->next_batch;
    lock_give(&store->lock);
    return batch;
}

static void give_block(struct hits *hits, struct block *block)
{
    if (hits->free_count == BATCH) {
        if (hits->spare)
            store_batch(hits->store, hits->spare);
        hits->spare = hits->free;
        hits->free = NULL;
        hits->free_count = 0;
    }
    block->next = hits->free;
    hits->free = block;
    hits->free_count++;
}

static bool add_slab(struct hits *hits)
{
    struct slab *slab = memory_allocate(sizeof *slab);
    if (!slab)
        return false;
    slab->next = hits->slabs;
    hits->slabs = slab;
    for (size_t i = 0; i < SLAB_BLOCKS; i++)
        give_block(hits, &slab->block[i]);
    return true;
}

static struct block *take_block(struct hits *hits)
{
    if (!hits->free) {
        hits->free = hits->spare ? hits->spare : fetch_batch(hits->store);
        hits->free_count = hits->free ? BATCH : 0;
        hits->spare = NULL;
    }
    if (!hits->free && !add_slab(hits))
        return NULL;
    struct block *block = hits->free;
    hits->free = block->next;
    hits->free_count--;
    return block;
}

static bool grow(struct hits *hits, uintptr_t *list)
{
    struct block *block = take_block(hits);
    if (!block)
        return false;
    block->next = last_block(*list);
    *list = (uintptr_t)block->hits;
    return true;
}

static uint32_t count_lists(const struct hits *hits)
{
    return HIT_RANGE >> hits->segment_bits;
}

yoke_status hits_open(uint32_t segment_bits, const struct isa *isa, struct block_store *store,
                      struct hits **out)
{
    uint32_t segments = HIT_RANGE >> segment_bits;
    struct hits *hits = calloc(1, sizeof *hits);
    uintptr_t *list = malloc(segments * sizeof *list);
    if (!hits || !list) {
        free(hits);
        free(list);
        return YOKE_NO_MEMORY;
    }
    for (uint32_t i = 0; i < segments; i++)
        list[i] = EMPTY;
    hits->lists = (struct hit_lists){list, segment_bits + 3};
    hits->segment_bits = segment_bits;
    hits->isa = isa;
    hits->store = store;
    *out = hits;
    return YOKE_OK;
}

void hits_close(struct hits *hits)
{
    if (!hits)
        return;
    for (struct slab *slab = hits->slabs, *next; slab; slab = next) {
        next = slab->next;
        free(slab);
    }
    free(hits->lists.list);
    free(hits);
}

static void recycle(struct hits *own, uintptr_t *list)
{
    for (struct block *block = last_block(*list), *next; block; block = next) {
        next = block->next;
        give_block(own, block);
    }
    *list = EMPTY;
}

void hits_clear(struct hits *hits)
{
    for (uint32_t i = 0; i < count_lists(hits); i++)
        recycle(hits, &hits->lists.list[i]);
}

yoke_status hits_add(struct hits *hits, const uint32_t *addresses, size_t count)
{
    struct hit_lists *lists = &hits->lists;
    for (size_t done = 0;;) {
        done += hits->isa->sort_hits(addresses + done, count - done, lists);
        if (done == count)
            return YOKE_OK;
        if (!grow(hits, &lists->list[addresses[done] >> lists->hit_bits]))
            return YOKE_NO_MEMORY;
    }
}

void hits_cross_off(struct hits *own, struct hits *found, uint64_t number, uint8_t *segment)
{
    uintptr_t *list = &found->lists.list[number & (count_lists(found) - 1)];
    const struct block *block = last_block(*list);
    size_t count = block ? (*list - (uintptr_t)block->hits) / HIT_BYTES : 0;
    for (; block; block = block->next, count = HIT_BLOCK_HITS)
        own->isa->cross_off_hits(segment, own->segment_bits, block->hits, count);
    recycle(own, list);
}
