/* Blocks of memory that go from one kernel of a worker to the next: see scratch.h. */
#include "scratch.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* How many blocks a worker keeps, the largest ones: kernels that work in such memory seldom run
 * inside each other, and a deep recursion must not leave a block for each of its levels. */
enum { KEPT = 2 };

struct scratch {
    struct scratch *next; /* the spare ones, larger first */
    size_t size;
    alignas(64) unsigned char bytes[]; /* a line of the cache, and more than any type needs */
};

static struct scratch *allocate(size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    struct scratch *block = memory_allocate(sizeof *block + size);
    if (block)
        *block = (struct scratch){.size = size};
    return block;
}

void *scratch_need(struct scratch **block, struct scratch **spare, size_t size)
{
    struct scratch *before = *block ? *block : *spare;
    if (before && before->size >= size) {
        if (!*block)
            *spare = before->next;
        *block = before;
        return before->bytes;
    }
    struct scratch *wider = allocate(size);
    if (!wider)
        return NULL;
    if (*block)
        memcpy(wider->bytes, (*block)->bytes, (*block)->size);
    else if (before) /* the largest one did not do, and will not do next time */
        *spare = before->next;
    free(before);
    *block = wider;
    return wider->bytes;
}

void scratch_give(struct scratch *block, struct scratch **spare)
{
    struct scratch **link = spare;
    while (*link && (*link)->size > block->size)
        link = &(*link)->next;
    block->next = *link;
    *link = block;
    for (unsigned kept = 0; kept < KEPT && *spare; kept++)
        spare = &(*spare)->next;
    scratch_free(*spare);
    *spare = NULL;
}

void scratch_free(struct scratch *spare)
{
    for (struct scratch *next; spare; spare = next) {
        next = spare->next;
        free(spare);
    }
}
