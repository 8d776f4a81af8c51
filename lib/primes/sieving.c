/* A job for each worker, with a sieve of its own, that takes the plan's chunks one after the other.
 */
#include "sieving.h"

#include <stdlib.h>

#include "base/error.h"
#include "parallel_loop.h"
#include "windows.h"

/* What the workers share. */
struct common {
    const struct sieving *sieving;
    struct windows *windows; /* NULL where no sieving prime is large                             */
};

struct worker {
    const struct common *common;
    struct sieve *sieve;
};

static yoke_status open_worker(const void *plan, void **state)
{
    const struct common *common = plan;
    const struct sieving *sieving = common->sieving;
    struct worker *worker = malloc(sizeof *worker);
    yoke_status status = worker ? sieve_open(sieving->plan, sieving->primes, common->windows,
                                             sieving->isa, &worker->sieve)
                                : YOKE_NO_MEMORY;
    if (status == YOKE_OK) {
        worker->common = common;
        *state = worker;
        return YOKE_OK;
    }
    free(worker);
    return status != YOKE_NO_MEMORY
               ? status
               : error_set(status, "no memory for a worker's sieve: free some memory or use fewer "
                                   "workers");
}

static yoke_status sieve_chunk(void *state, uint64_t chunk, struct totals *totals)
{
    const struct worker *worker = state;
    const struct sieving *sieving = worker->common->sieving;
    double cost = plan_byte_cost(sieving->plan);
    yoke_status status = sieve_start(worker->sieve, chunk);
    while (status == YOKE_OK) {
        struct segment segment;
        status = sieve_next(worker->sieve, &segment);
        if (status != YOKE_OK || segment.size == 0)
            break;
        status = sieving->each(sieving->context, &segment, sieving->isa, totals);
        if (sieving->progress)
            progress_add(sieving->progress, (uint64_t)(cost * segment.size));
    }
    if (status == YOKE_NO_MEMORY)
        error_set(status, "no memory for large sieving primes: free some memory");
    return status;
}

static void close_worker(void *state)
{
    struct worker *worker = state;
    sieve_close(worker->sieve);
    free(worker);
}

/* Chunks wait for hits that others are finding. */
static void stop_waiting(const void *plan, yoke_status status)
{
    const struct common *common = plan;
    if (common->windows)
        windows_fail(common->windows, status);
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
    struct work work = {
        .name = sieving->name,
        .chunks = plan->chunks,
        .plan = &common,
        .open = open_worker,
        .chunk = sieve_chunk,
        .close = close_worker,
        .stop = stop_waiting,
    };
    yoke_status status = parallel_loop(sieving->server, &work, totals);
    windows_close(common.windows);
    return status;
}
