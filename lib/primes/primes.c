/* The public calls. */
#include "yoke/primes.h"

#include "base/error.h"
#include "interval.h"
#include "kernels/kernels.h"

const char *yoke_primes_kernel(void)
{
    const char *problem;
    const struct kernels *kernels = kernels_choose(&problem);
    return kernels ? kernels->name : "none";
}

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

    struct solver solver;
    enum route route = algorithm == YOKE_ALGORITHM_TRIAL ? ROUTE_TRIAL : ROUTE_SIEVE;
    yoke_status status = solver_open(&solver, route, server, hi);
    if (status != YOKE_OK)
        return status;
    struct progress progress = {.lo = (double)lo, .hi = (double)(hi > lo ? hi : lo)};
    progress.steep = route == ROUTE_TRIAL;
    if (options && options->progress) {
        progress.callback = options->progress;
        progress.context = options->progress_context;
        solver.progress = &progress;
    }
    progress_start(&progress, lo, hi, 1);
    progress_tell(&progress, lo);
    status = solver_totals(&solver, lo, hi, totals);
    if (status == YOKE_OK)
        progress_tell(&progress, hi > lo ? hi : lo);
    solver_close(&solver);
    return status;
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
