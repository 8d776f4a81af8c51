/* The public calls. */
#include "yoke/primes.h"

#include "base/error.h"
#include "base/extensible.h"
#include "cancel.h"
#include "choose.h"
#include "kernels/kernels.h"
#include "pieces.h"

const char *yoke_primes_kernel(void)
{
    const char *problem;
    const struct kernels *kernels = kernels_choose(&problem);
    return kernels ? kernels->name : "none";
}

static yoke_status check_options(const yoke_primes_options *options)
{
    if ((int)options->algorithm < YOKE_ALGORITHM_AUTO ||
        (int)options->algorithm > YOKE_ALGORITHM_COMBINATORIAL)
        return error_set(YOKE_INVALID, "%d is no yoke_algorithm", (int)options->algorithm);
    if (options->checkpoint_interval < 0)
        return error_set(YOKE_INVALID, "the checkpoint interval is negative; 0 is the default");
    if (options->resume && !options->checkpoint)
        return error_set(YOKE_INVALID, "there is nothing to resume from without a checkpoint");
    if (options->checkpoint && !*options->checkpoint)
        return error_set(YOKE_INVALID, "the name of the checkpoint is empty: name a file, or none");
    return YOKE_OK;
}

static const yoke_primes_options defaults = YOKE_PRIMES_OPTIONS_INIT;

/* Beyond 2^64 there is one way. */
static yoke_status check_bounds(uint128 lo, uint128 hi, const yoke_primes_options *options)
{
    char text[YOKE_UINT128_TEXT_SIZE];
    if (hi > GOURDON_MOST && lo < hi)
        return error_set(YOKE_INVALID, "the interval ends at %s; the largest end is 10^26",
                         yoke_uint128_text(uint128_split(hi), text));
    if (hi > UINT64_MAX && lo < hi && options->algorithm != YOKE_ALGORITHM_AUTO &&
        options->algorithm != YOKE_ALGORITHM_COMBINATORIAL)
        return error_set(YOKE_INVALID, "sieve and trial division end at 2^64 - 1; leave the "
                                       "algorithm to choice, or take the combinatorial one");
    return YOKE_OK;
}

/* Also puts the defaults where there are no options; `copy` is for the same in this library's form.
 */
static yoke_status check(uint128 lo, uint128 hi, const yoke_primes_options **options,
                         yoke_primes_options *copy)
{
    *options = extensible_read(EXTENSIBLE(yoke_primes_options, cancel, "YOKE_PRIMES_OPTIONS_INIT"),
                               *options ? *options : &defaults, copy);
    if (!*options)
        return YOKE_INVALID;
    yoke_status status = check_options(*options);
    return status == YOKE_OK ? check_bounds(lo, hi, *options) : status;
}

static yoke_status find_totals(yoke_server *server, uint128 lo, uint128 hi, enum wanted wanted,
                               const yoke_primes_options *options, struct wide_totals *totals)
{
    yoke_primes_options copy;
    yoke_status status = check(lo, hi, &options, &copy);
    if (status != YOKE_OK)
        return status;
    struct cancel_scope scope;
    cancel_enter_options(&scope, options);
    status = pieces_totals(server, lo, hi > lo ? hi : lo, options, wanted, totals);
    cancel_enter(scope.outer);
    return status;
}

/* 2^64 itself fits no 64 bits, but below it and below 2^64 - 1 lie the same primes, which any
 * algorithm can find. */
static uint128 end_of(yoke_uint128 hi)
{
    uint128 end = uint128_join(hi);
    return end == (uint128)1 << 64 ? UINT64_MAX : end;
}

/* ---- plans -------------------------------------------------------------------------------- */

static yoke_status make_plan(unsigned workers, uint128 lo, uint128 hi,
                             const yoke_primes_options *options, yoke_primes_plan *plan)
{
    if (!plan)
        return error_set(YOKE_INVALID, "a plan of an interval's primes needs a place");
    yoke_primes_options copy;
    yoke_status status = check(lo, hi, &options, &copy);
    if (status != YOKE_OK)
        return status;
    struct costs costs;
    choose_costs(&costs, workers ? workers : 1, lo, hi);
    plan->algorithm = choose_algorithm(&costs, options, &plan->seconds);
    choose_reason(&costs, options, plan->reason, sizeof plan->reason);
    return YOKE_OK;
}

yoke_status yoke_plan_primes(unsigned workers, uint64_t lo, uint64_t hi,
                             const yoke_primes_options *options, yoke_primes_plan *plan)
{
    return make_plan(workers, lo, hi, options, plan);
}

yoke_status yoke_plan_primes_wide(unsigned workers, yoke_uint128 lo, yoke_uint128 hi,
                                  const yoke_primes_options *options, yoke_primes_plan *plan)
{
    return make_plan(workers, uint128_join(lo), end_of(hi), options, plan);
}

/* ---- sums and counts ---------------------------------------------------------------------- */

yoke_status yoke_sum_primes(yoke_server *server, uint64_t lo, uint64_t hi,
                            const yoke_primes_options *options, yoke_uint128 *sum)
{
    if (!sum)
        return error_set(YOKE_INVALID, "yoke_sum_primes needs a place for the sum");
    struct wide_totals totals;
    yoke_status status = find_totals(server, lo, hi, WANTED_SUM, options, &totals);
    if (status == YOKE_OK)
        *sum = uint128_split(totals.sum.lo);
    return status;
}

yoke_status yoke_sum_primes_wide(yoke_server *server, yoke_uint128 lo, yoke_uint128 hi,
                                 const yoke_primes_options *options, yoke_uint256 *sum)
{
    if (!sum)
        return error_set(YOKE_INVALID, "yoke_sum_primes_wide needs a place for the sum");
    struct wide_totals totals;
    yoke_status status =
        find_totals(server, uint128_join(lo), end_of(hi), WANTED_SUM, options, &totals);
    if (status == YOKE_OK)
        *sum = uint256_split(totals.sum);
    return status;
}

yoke_status yoke_count_primes(yoke_server *server, uint64_t lo, uint64_t hi,
                              const yoke_primes_options *options, uint64_t *count)
{
    if (!count)
        return error_set(YOKE_INVALID, "yoke_count_primes needs a place for the count");
    struct wide_totals totals;
    yoke_status status = find_totals(server, lo, hi, WANTED_COUNT, options, &totals);
    if (status == YOKE_OK)
        *count = (uint64_t)totals.count;
    return status;
}

yoke_status yoke_count_primes_wide(yoke_server *server, yoke_uint128 lo, yoke_uint128 hi,
                                   const yoke_primes_options *options, yoke_uint128 *count)
{
    if (!count)
        return error_set(YOKE_INVALID, "yoke_count_primes_wide needs a place for the count");
    struct wide_totals totals;
    yoke_status status =
        find_totals(server, uint128_join(lo), end_of(hi), WANTED_COUNT, options, &totals);
    if (status == YOKE_OK)
        *count = uint128_split(totals.count);
    return status;
}
