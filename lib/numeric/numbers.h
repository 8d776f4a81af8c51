/* The numbers of the threads at a loop: each has another one while it is there. */
#ifndef NUMERIC_NUMBERS_H
#define NUMERIC_NUMBERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "yoke/topology.h" /* YOKE_WORKERS_MAX */

enum { NUMBERS_WORDS = YOKE_WORKERS_MAX / 64 };

struct numbers {
    unsigned count;
    atomic_uint_fast64_t taken[NUMBERS_WORDS]; /* a bit for each */
};

/* So many numbers, of which 0 is taken. */
void numbers_begin(struct numbers *numbers, unsigned count);

/* The first that is free from `first` on, and behind the last one from 1 on; 0 where none is. */
unsigned numbers_take(struct numbers *numbers, unsigned first);

void numbers_give(struct numbers *numbers, unsigned number);

#endif
