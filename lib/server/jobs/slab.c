/* Cuts slabs of a megabyte into blocks. A slab lies at a multiple of its size, so that the address
 * of a block leads to its slab: see slab.h. */
#include "slab.h"

#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

/* Large, since the system has a limit on how many pieces a process may map: jobs by the hundred
 * million fit. And small beside the 15 MiB that the depot keeps. */
#define SLAB_SIZE ((size_t)1 << 20)

/* This many empty slabs stay, and as many as are in use: the pages of a server that fills and
 * drains again and again are faulted in once only. */
enum { EMPTY_MIN = 16 };

struct slab {
    struct slab *next, *previous;
    void *free;    /* blocks that were given back, linked by their first word */
    unsigned used; /* blocks */
    unsigned cut;  /* blocks that have been taken before; the others were never touched */
};

enum { BLOCKS = SLAB_SIZE / SLAB_BLOCK - 1 };

_Static_assert(sizeof(struct slab) <= SLAB_BLOCK, "the slab's own words take the place of a block");

/* The system aligns to pages only: so maps twice as much, and gives back what is not aligned. */
static struct slab *map(void)
{
    char *memory = memory_map(2 * SLAB_SIZE);
    if (!memory)
        return NULL;
    size_t before = -(uintptr_t)memory % SLAB_SIZE;
    if (before)
        memory_unmap(memory, before);
    memory_unmap(memory + before + SLAB_SIZE, SLAB_SIZE - before);
    return (struct slab *)(memory + before);
}

static void link_partial(struct slabs *slabs, struct slab *slab)
{
    slab->previous = NULL;
    slab->next = slabs->partial;
    if (slab->next)
        slab->next->previous = slab;
    slabs->partial = slab;
}

static void unlink_partial(struct slabs *slabs, struct slab *slab)
{
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        slabs->partial = slab->next;
    if (slab->next)
        slab->next->previous = slab->previous;
}

/* A slab with a block that is free; NULL without memory. */
static struct slab *find_room(struct slabs *slabs)
{
    if (slabs->partial)
        return slabs->partial;
    struct slab *slab = slabs->empty;
    if (slab) {
        slabs->empty = slab->next;
        slabs->empty_count--;
    } else if (!(slab = map())) {
        return NULL;
    }
    slabs->used_count++;
    link_partial(slabs, slab);
    return slab;
}

void *slab_take(struct slabs *slabs)
{
    struct slab *slab = find_room(slabs);
    if (!slab)
        return NULL;
    void *block = slab->free;
    if (block)
        slab->free = *(void **)block;
    else
        block = (char *)slab + SLAB_BLOCK * ++slab->cut; /* block 0 is the slab's own words */
    slabs->blocks++;
    if (++slab->used == BLOCKS)
        unlink_partial(slabs, slab);
    return block;
}

void slab_give(struct slabs *slabs, void *block)
{
    struct slab *slab = (struct slab *)((uintptr_t)block & ~(uintptr_t)(SLAB_SIZE - 1));
    *(void **)block = slab->free;
    slab->free = block;
    slabs->blocks--;
    if (slab->used-- == BLOCKS)
        link_partial(slabs, slab);
    if (slab->used)
        return;
    unlink_partial(slabs, slab);
    slabs->used_count--;
    slab->next = slabs->empty;
    slabs->empty = slab;
    slabs->empty_count++;
}

struct slab *slab_surplus(struct slabs *slabs, bool all)
{
    struct slab *surplus = NULL;
    while (slabs->empty && (all || slabs->empty_count > EMPTY_MIN + slabs->used_count)) {
        struct slab *slab = slabs->empty;
        slabs->empty = slab->next;
        slabs->empty_count--;
        slab->next = surplus;
        surplus = slab;
    }
    return surplus;
}

void slab_unmap(struct slab *surplus)
{
    for (struct slab *next; surplus; surplus = next) {
        next = surplus->next;
        memory_unmap(surplus, SLAB_SIZE);
    }
}

bool slab_is_scattered(const struct slabs *slabs)
{
    return slabs->used_count > 4 * EMPTY_MIN && slabs->blocks < slabs->used_count * (BLOCKS / 4UL);
}
