/* Whether it is worth sharing a short loop with other threads.
 *
 * A loop that one thread does within some microseconds may take longer on two: these hand work to
 * each other, and memory goes from cache to cache. What that takes depends on how far apart the
 * threads are and on what the loop does: Jacobi's sweep of 64 x 64 on two threads of a virtual
 * machine, alone 1.7 us, is handed over in 0.5 us or in 2, a scan in as long as its second pass
 * takes. So it is found by trying: loops that take less than WORTH_TRIED are now and then done by
 * one thread, and, where that is better, now and then shared.
 *
 * Times are those of pace.h. */
#ifndef NUMERIC_WORTH_H
#define NUMERIC_WORTH_H

#include <stdbool.h>
#include <stdint.h>

#include "leaves.h"

enum { WORTH_TRIED = 500000 };

/* Whole leaves that take so long are worth handing over, however far. */
enum { WORTH_LEAF = 5000 };

/* What is remembered of loops of that body, with about as many leaves of as many numbers. */
struct worth {
    uint64_t key;
    uint64_t leaves;
    unsigned threads; /* at most */
    uint64_t alone;   /* pace of a leaf in loops that one thread did; 0: not known */
    int64_t handover; /* by what a loop that is shared takes longer than a thread's share of it */
    int64_t shared;   /* how long loops were shared since one thread did some */
};

void worth_recall(struct worth *worth, uintptr_t body, const struct leaves *leaves,
                  unsigned threads);

/* What takes less time is better done by one thread. `pace`: of a leaf, as far as is known. */
int64_t worth_alone_below(const struct worth *worth, uint64_t pace);

/* One thread did so many of the loop's leaves, and they took so long: all, or some until it called
 * others, as there was no end in sight. */
void worth_was_alone(const struct worth *worth, uint64_t leaves, int64_t took);

/* The loop was shared from the start, with whoever came, and took so long. */
void worth_was_shared(const struct worth *worth, int64_t took);

#endif
