/* Accumulators of a reduction or scan: what the caller says of them, and memory for them. */
#ifndef NUMERIC_ACCUMULATORS_H
#define NUMERIC_ACCUMULATORS_H

#include <string.h>

#include "yoke/loop.h"

struct accumulators {
    yoke_reduction reduction; /* as this library knows it */
    void *argument;           /* of the loop */
    size_t stride;            /* bytes from one to the next: whole cache lines */
};

/* Looks at the reduction of a loop. */
yoke_status accumulators_open(struct accumulators *accumulators, const yoke_reduction *reduction,
                              void *argument);

/* So many of them one after another, to be freed by free(); NULL when there is no memory. */
void *accumulators_allocate(const struct accumulators *accumulators, size_t count);

/* Most are a number, for which a call of memcpy() would take as long as the rest. */
static inline void accumulators_copy(const struct accumulators *accumulators, void *to,
                                     const void *from)
{
    if (accumulators->reduction.accumulator_size == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else
        memcpy(to, from, accumulators->reduction.accumulator_size);
}

static inline void accumulators_reset(const struct accumulators *accumulators, void *accumulator)
{
    const yoke_reduction *reduction = &accumulators->reduction;
    if (reduction->identity)
        accumulators_copy(accumulators, accumulator, reduction->identity);
    else if (reduction->accumulator_size == sizeof(uint64_t))
        memset(accumulator, 0, sizeof(uint64_t));
    else
        memset(accumulator, 0, reduction->accumulator_size);
}

static inline void accumulators_combine(const struct accumulators *accumulators, void *into,
                                        const void *from)
{
    accumulators->reduction.combine(into, from, accumulators->argument);
}

yoke_status accumulators_refuse_memory(const struct accumulators *accumulators);

#endif
