#include "hits.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

/* 8 KiB: large enough that taking a new block is rare, small enough that the half-empty ones of
 * some hundred lists do not matter. The last hit is written with a byte behind it. */
struct block {
    struct block *next;
    uint8_t hits[HIT_BLOCK_BYTES - sizeof(struct block *)];
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

struct hits {
    struct hit_lists lists; /* `first` is the next segment's                                     */
    uint32_t segment_bits;
    const struct kernels *kernels;
    struct block *free;
    struct slab *slabs;
};

static struct block *last_block(uintptr_t list)
{
    return (struct block *)(list / HIT_BLOCK_BYTES * HIT_BLOCK_BYTES);
}

static bool add_slab(struct hits *hits)
{
    struct slab *slab = memory_allocate(sizeof *slab);
    if (!slab)
        return false;
    slab->next = hits->slabs;
    hits->slabs = slab;
    for (size_t i = 0; i < SLAB_BLOCKS; i++) {
        slab->block[i].next = hits->free;
        hits->free = &slab->block[i];
    }
    return true;
}

static bool grow(struct hits *hits, uintptr_t *list)
{
    if (!hits->free && !add_slab(hits))
        return false;
    struct block *block = hits->free;
    hits->free = block->next;
    block->next = last_block(*list);
    *list = (uintptr_t)block->hits;
    return true;
}

static void recycle(struct hits *hits, uintptr_t *list)
{
    for (struct block *block = last_block(*list), *next; block; block = next) {
        next = block->next;
        block->next = hits->free;
        hits->free = block;
    }
    *list = EMPTY;
}

yoke_status hits_open(uint32_t segments, uint32_t segment_bits, const struct kernels *kernels,
                      struct hits **out)
{
    struct hits *hits = calloc(1, sizeof *hits);
    uintptr_t *list = malloc(segments * sizeof *list);
    if (!hits || !list) {
        free(hits);
        free(list);
        return YOKE_NO_MEMORY;
    }
    for (uint32_t i = 0; i < segments; i++)
        list[i] = EMPTY;
    hits->lists = (struct hit_lists){list, 0, segments - 1, segment_bits + 3};
    hits->segment_bits = segment_bits;
    hits->kernels = kernels;
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

void hits_start(struct hits *hits)
{
    for (uint32_t i = 0; i <= hits->lists.mask; i++)
        recycle(hits, &hits->lists.list[i]);
    hits->lists.first = 0;
}

yoke_status hits_add(struct hits *hits, const uint32_t *addresses, size_t count)
{
    struct hit_lists *lists = &hits->lists;
    for (size_t done = 0;;) {
        done += hits->kernels->sort_hits(addresses + done, count - done, lists);
        if (done == count)
            return YOKE_OK;
        uint32_t number = (addresses[done] >> lists->hit_bits) + lists->first;
        if (!grow(hits, &lists->list[number & lists->mask]))
            return YOKE_NO_MEMORY;
    }
}

void hits_cross_off(struct hits *hits, uint8_t *segment)
{
    uintptr_t *list = &hits->lists.list[hits->lists.first++ & hits->lists.mask];
    const struct block *block = last_block(*list);
    size_t count = block ? (*list - (uintptr_t)block->hits) / HIT_BYTES : 0;
    for (; block; block = block->next, count = HIT_BLOCK_HITS)
        hits->kernels->cross_off_hits(segment, hits->segment_bits, block->hits, count);
    recycle(hits, list);
}
