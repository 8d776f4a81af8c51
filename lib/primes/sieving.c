/* A loop over the plan's chunks, with a sieve for each worker. */
#include "sieving.h"

#include <stdlib.h>

#include "base/error.h"
#include "windows.h"

/* What the workers share. */
struct common {
    const struct sieving *sieving;
    struct windows *windows; /* NULL where no sieving prime is large                             */
};

static yoke_status open_worker(unsigned number, void *argument, void **state)
{
    (void)number;
    const struct common *common = argument;
    const struct sieving *sieving = common->sieving;
    struct sieve *sieve = NULL;
    yoke_status status =
        sieve_open(sieving->plan, sieving->primes, common->windows, sieving->isa, &sieve);
    *state = sieve;
    return status != YOKE_NO_MEMORY
               ? status
               : error_set(status, "no memory for a worker's sieve: free some memory or use fewer "
                                   "workers");
}

static yoke_status sieve_chunk(const yoke_piece *piece, void *argument)
{
    const struct common *common = argument;
    const struct sieving *sieving = common->sieving;
    double cost = plan_byte_cost(sieving->plan);
    yoke_status status = sieve_start(piece->state, piece->lo);
    while (status == YOKE_OK) {
        struct segment segment;
        status = sieve_next(piece->state, &segment);
        if (status != YOKE_OK || segment.size == 0)
            break;
        status = sieving->each(sieving->context, &segment, sieving->isa, piece->accumulator);
        if (sieving->progress)
            progress_add(sieving->progress, (uint64_t)(cost * segment.size));
    }
    if (status == YOKE_NO_MEMORY)
        error_set(status, "no memory for large sieving primes: free some memory");
    return status;
}

static void close_worker(void *state, void *argument)
{
    (void)argument;
    sieve_close(state);
}

yoke_status sieving_run(const struct sieving *sieving, struct totals *totals)
{
    struct common common = {.sieving = sieving};
    const struct plan *plan = sieving->plan;
    if (plan->root >= plan->medium_limit) {
        yoke_status status = windows_open(plan, sieving->primes, &common.windows);
        if (status == YOKE_NO_MEMORY)
            error_set(status, "no memory for large sieving primes: free some memory");
        if (status != YOKE_OK)
            return status;
    }
    yoke_loop loop = YOKE_LOOP(0, plan->chunks, sieve_chunk, &common);
    loop.open = open_worker;
    loop.close = close_worker;
    loop.grain = 1;
    yoke_status status = totals_of_chunks(sieving->server, &loop, totals);
    windows_close(common.windows);
    return status;
}
