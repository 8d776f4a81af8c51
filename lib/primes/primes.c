/* The public calls: from an interval to a plan, from a plan to totals. */
#include "yoke/primes.h"

#include "base/error.h"
#include "caches.h"
#include "kernels/kernels.h"
#include "server/server.h"
#include "share.h"
#include "sieve.h"
#include "trial.h"

const char *yoke_primes_kernel(void)
{
    const char *problem;
    const struct kernels *kernels = kernels_choose(&problem);
    return kernels ? kernels->name : "none";
}

/* ---- the sieve ---------------------------------------------------------------------------- */

struct sieve_work {
    struct plan plan;
    const struct kernels *kernels;
    struct sieving_primes primes;
};

static yoke_status open_sieve(const void *plan, void **state)
{
    const struct sieve_work *work = plan;
    struct sieve *sieve = NULL;
    yoke_status status = sieve_open(&work->plan, &work->primes, work->kernels, &sieve);
    *state = sieve;
    if (status == YOKE_NO_MEMORY)
        error_set(status, "no memory for a worker's sieve: free some memory or use fewer workers");
    return status;
}

static yoke_status chunk_sieve(void *state, uint64_t chunk, struct totals *totals)
{
    yoke_status status = totals_add_chunk(totals, state, chunk);
    if (status == YOKE_NO_MEMORY)
        error_set(status, "no memory for a worker's large sieving primes: free some memory or use "
                          "fewer workers");
    return status;
}

static void close_sieve(void *state)
{
    sieve_close(state);
}

static yoke_status totals_by_sieve(yoke_server *server, uint64_t lo, uint64_t hi,
                                   struct totals *totals)
{
    const char *problem;
    struct sieve_work sieve_work = {.kernels = kernels_choose(&problem)};
    if (!sieve_work.kernels)
        return error_set(YOKE_INVALID, "%s", problem);
    struct plan_request request = {
        .lo = lo,
        .hi = hi,
        .workers = server ? yoke_server_workers(server) : 1,
        .caches = server ? topology_caches(server_topology(server)) : caches_here(),
    };
    plan_make(&sieve_work.plan, &request);
    yoke_status status =
        sieving_primes_open(sieve_work.plan.root, sieve_work.kernels, &sieve_work.primes);
    if (status != YOKE_OK)
        return status;
    struct work work = {
        .name = "sieve",
        .chunks = sieve_work.plan.chunks,
        .plan = &sieve_work,
        .open = open_sieve,
        .chunk = chunk_sieve,
        .close = close_sieve,
    };
    status = share(server, &work, totals);
    sieving_primes_close(&sieve_work.primes);
    if (status == YOKE_OK)
        totals_add_wheel_primes(totals, &sieve_work.plan);
    return status;
}

/* ---- trial division ----------------------------------------------------------------------- */

struct trial_work {
    uint64_t lo, hi, chunk;
};

static yoke_status open_trial(const void *plan, void **state)
{
    *state = (void *)(uintptr_t)plan;
    return YOKE_OK;
}

static yoke_status chunk_trial(void *state, uint64_t chunk, struct totals *totals)
{
    const struct trial_work *work = state;
    uint64_t lo = work->lo + chunk * work->chunk;
    trial_range(lo, work->hi - lo < work->chunk ? work->hi : lo + work->chunk, totals);
    return YOKE_OK;
}

static void close_trial(void *state)
{
    (void)state;
}

static yoke_status totals_by_trial(yoke_server *server, uint64_t lo, uint64_t hi,
                                   struct totals *totals)
{
    struct trial_work trial_work = {lo, hi, 0};
    /* 64 chunks a worker, since the numbers at the end cost more than those at the start; at least
     * 100 numbers, which take longer than drawing a chunk. */
    uint64_t workers = server ? yoke_server_workers(server) : 1;
    uint64_t chunk = (hi - lo) / (64 * (workers + 1)) + 1;
    trial_work.chunk = chunk < 100 ? 100 : chunk;
    struct work work = {
        .name = "trial division",
        .chunks = (hi - lo - 1) / trial_work.chunk + 1,
        .plan = &trial_work,
        .open = open_trial,
        .chunk = chunk_trial,
        .close = close_trial,
    };
    return share(server, &work, totals);
}

/* ---- both --------------------------------------------------------------------------------- */

static yoke_status find_totals(yoke_server *server, uint64_t lo, uint64_t hi,
                               const yoke_primes_options *options, struct totals *totals)
{
    yoke_algorithm algorithm = options ? options->algorithm : YOKE_ALGORITHM_AUTO;
    if (options && options->size != sizeof *options)
        return error_set(YOKE_INVALID,
                         "the size in yoke_primes_options is %zu, this library knows "
                         "%zu: start from YOKE_PRIMES_OPTIONS_INIT",
                         options->size, sizeof *options);
    if (algorithm != YOKE_ALGORITHM_AUTO && algorithm != YOKE_ALGORITHM_SIEVE &&
        algorithm != YOKE_ALGORITHM_TRIAL)
        return error_set(YOKE_INVALID, "%d is no yoke_algorithm", (int)algorithm);

    *totals = (struct totals){0};
    lo = lo < 2 ? 2 : lo;
    if (hi <= lo)
        return YOKE_OK;
    return algorithm == YOKE_ALGORITHM_TRIAL ? totals_by_trial(server, lo, hi, totals)
                                             : totals_by_sieve(server, lo, hi, totals);
}

yoke_status yoke_sum_primes(yoke_server *server, uint64_t lo, uint64_t hi,
                            const yoke_primes_options *options, yoke_uint128 *sum)
{
    if (!sum)
        return error_set(YOKE_INVALID, "yoke_sum_primes needs a place for the sum");
    struct totals totals;
    yoke_status status = find_totals(server, lo, hi, options, &totals);
    if (status == YOKE_OK)
        *sum = uint128_split(totals.sum);
    return status;
}

yoke_status yoke_count_primes(yoke_server *server, uint64_t lo, uint64_t hi,
                              const yoke_primes_options *options, uint64_t *count)
{
    if (!count)
        return error_set(YOKE_INVALID, "yoke_count_primes needs a place for the count");
    struct totals totals;
    yoke_status status = find_totals(server, lo, hi, options, &totals);
    if (status == YOKE_OK)
        *count = totals.count;
    return status;
}
