/* Blocks of one size out of slabs of a megabyte, so that what a flood of jobs needed goes back to
 * the system when it is over: malloc() gives back only the end of its heap, and one block in use
 * there keeps all that lies before it. The caller has the lock. */
#ifndef SERVER_SLAB_H
#define SERVER_SLAB_H

#include <stdbool.h>

#define SLAB_BLOCK 256

struct slab;

struct slabs {
    struct slab *partial; /* with blocks in use, and free ones; doubly linked */
    struct slab *empty;   /* without any in use */
    unsigned empty_count, used_count;
    unsigned long blocks; /* in use */
};

/* A block, aligned to its size; NULL without memory. */
void *slab_take(struct slabs *slabs);

void slab_give(struct slabs *slabs, void *block);

/* Takes empty slabs away, all or those beyond what a busy server will use again soon; they are
 * returned to the system by slab_unmap(), without the lock. */
struct slab *slab_surplus(struct slabs *slabs, bool all);
void slab_unmap(struct slab *surplus);

/* Whether most of the slabs' memory is free, but cannot go back, as it is in slabs with blocks in
 * use. */
bool slab_is_scattered(const struct slabs *slabs);

#endif
