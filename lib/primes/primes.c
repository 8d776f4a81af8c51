/* The public calls. */
#include "yoke/primes.h"

#include "base/error.h"
#include "choose.h"
#include "kernels/kernels.h"
#include "pieces.h"

const char *yoke_primes_kernel(void)
{
    const char *problem;
    const struct kernels *kernels = kernels_choose(&problem);
    return kernels ? kernels->name : "none";
}

static yoke_status check(const yoke_primes_options *options)
{
    if (options->size != sizeof *options)
        return error_set(YOKE_INVALID,
                         "the size in yoke_primes_options is %zu, this library knows "
                         "%zu: start from YOKE_PRIMES_OPTIONS_INIT",
                         options->size, sizeof *options);
    if ((int)options->algorithm < YOKE_ALGORITHM_AUTO ||
        (int)options->algorithm > YOKE_ALGORITHM_COMBINATORIAL)
        return error_set(YOKE_INVALID, "%d is no yoke_algorithm", (int)options->algorithm);
    if (options->checkpoint_interval < 0)
        return error_set(YOKE_INVALID, "the checkpoint interval is negative; 0 is the default");
    if (options->resume && !options->checkpoint)
        return error_set(YOKE_INVALID, "there is nothing to resume from without a checkpoint");
    return YOKE_OK;
}

static const yoke_primes_options defaults = YOKE_PRIMES_OPTIONS_INIT;

static yoke_status find_totals(yoke_server *server, uint64_t lo, uint64_t hi, enum wanted wanted,
                               const yoke_primes_options *options, struct totals *totals)
{
    options = options ? options : &defaults;
    yoke_status status = check(options);
    return status == YOKE_OK ? pieces_totals(server, lo, hi > lo ? hi : lo, options, wanted, totals)
                             : status;
}

yoke_status yoke_plan_primes(unsigned workers, uint64_t lo, uint64_t hi,
                             const yoke_primes_options *options, yoke_primes_plan *plan)
{
    if (!plan)
        return error_set(YOKE_INVALID, "yoke_plan_primes needs a place for the plan");
    options = options ? options : &defaults;
    yoke_status status = check(options);
    if (status != YOKE_OK)
        return status;
    struct costs costs;
    choose_costs(&costs, workers ? workers : 1, lo, hi);
    plan->algorithm = choose_algorithm(&costs, options, &plan->seconds);
    choose_reason(&costs, options, plan->reason, sizeof plan->reason);
    return YOKE_OK;
}

yoke_status yoke_sum_primes(yoke_server *server, uint64_t lo, uint64_t hi,
                            const yoke_primes_options *options, yoke_uint128 *sum)
{
    if (!sum)
        return error_set(YOKE_INVALID, "yoke_sum_primes needs a place for the sum");
    struct totals totals;
    yoke_status status = find_totals(server, lo, hi, WANTED_SUM, options, &totals);
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
    yoke_status status = find_totals(server, lo, hi, WANTED_COUNT, options, &totals);
    if (status == YOKE_OK)
        *count = totals.count;
    return status;
}
