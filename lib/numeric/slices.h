/* Who takes which leaves of a loop: each thread begins with a slice of its own, so that in loops
 * over the same data, one after another, it finds in its caches what it left there; when that is
 * empty it takes from those of others. Threads of one NUMA node have slices next to each other, the
 * same ones in each loop, and take from these first: what a loop was the first to write lies on the
 * node where the next one reads it. Or there is one slice for all, and leaves begin in ascending
 * order. */
#ifndef NUMERIC_SLICES_H
#define NUMERIC_SLICES_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "span.h"

/* Of a loop: where more threads take part, some begin together. */
enum { SLICES_MOST = 32 };

struct slices {
    unsigned count;
    struct slice {
        alignas(64) atomic_uint_fast64_t next; /* leaf that nobody has taken */
        uint64_t end;
    } slice[SLICES_MOST];
};

/* Cuts so many leaves for so many threads: also few of them into slices all over the range, so that
 * no node is without. The first slice has one if any has. */
void slices_cut(struct slices *slices, uint64_t leaves, unsigned threads);

/* Nobody takes what is left. */
void slices_drop(struct slices *slices);

/* Leaves that nobody has taken. */
uint64_t slices_left(const struct slices *slices);

/* How a thread takes leaves. */
struct slices_cursor {
    unsigned slice;   /* where it took the last ones; at first its own */
    struct span home; /* slices of the threads of its node */
    bool alone;       /* nobody else takes any */
    /* How many it takes of so many that are left there. */
    uint64_t (*choose)(const void *context, uint64_t left);
    const void *context;
};

/* Takes the leaves first <= leaf < end; false when none are left. */
bool slices_take(struct slices *slices, struct slices_cursor *cursor, uint64_t *first,
                 uint64_t *end);

#endif
