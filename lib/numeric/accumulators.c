/* Checks reductions, and allocates and copies their accumulators: see accumulators.h. */
#include "accumulators.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/extensible.h"

/* Each has cache lines of its own, as several threads write to neighbours. */
enum { CACHE_LINE = 64 };

static yoke_status check(const yoke_reduction *reduction)
{
    if (!reduction->combine)
        return error_set(YOKE_INVALID, "reduction.combine is NULL; set the function that adds one "
                                       "accumulator to another");
    if (!reduction->accumulator_size)
        return error_set(YOKE_INVALID, "reduction.accumulator_size is 0; set the size of what the "
                                       "reduction adds up");
    if (reduction->accumulator_size > SIZE_MAX / 2)
        return error_set(YOKE_NO_MEMORY, "no memory can hold an accumulator of %zu bytes",
                         reduction->accumulator_size);
    return YOKE_OK;
}

yoke_status accumulators_open(struct accumulators *accumulators, const yoke_reduction *reduction,
                              void *argument)
{
    if (!reduction)
        return error_set(YOKE_INVALID, "reduction is NULL; start from YOKE_REDUCTION_INIT");
    yoke_reduction copy;
    reduction = extensible_read(EXTENSIBLE(yoke_reduction, combine, "YOKE_REDUCTION_INIT"),
                                reduction, &copy);
    yoke_status status = reduction ? check(reduction) : YOKE_INVALID;
    if (status != YOKE_OK)
        return status;
    accumulators->reduction = *reduction;
    accumulators->argument = argument;
    accumulators->stride = (reduction->accumulator_size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    return YOKE_OK;
}

void *accumulators_allocate(const struct accumulators *accumulators, size_t count)
{
    if (count > SIZE_MAX / 2 / accumulators->stride)
        return NULL;
    return aligned_alloc(CACHE_LINE, count * accumulators->stride);
}

yoke_status accumulators_refuse_memory(const struct accumulators *accumulators)
{
    return error_set(YOKE_NO_MEMORY, "no memory for the accumulators of a loop, of %zu bytes each",
                     accumulators->reduction.accumulator_size);
}
