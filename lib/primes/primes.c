/* The public calls. */
#include "yoke/primes.h"

#include "base/error.h"
#include "checkpointed_run.h"
#include "choose.h"
#include "isa/isa.h"
#include "options.h"

const char *yoke_primes_isa(void)
{
    const char *problem;
    const struct isa *isa = isa_choose(&problem);
    return isa ? isa->name : "none";
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
    yoke_status status = options_check(lo, hi, &options, &copy);
    if (status != YOKE_OK)
        return status;
    const struct isa *isa;
    status = options_find_isa(options->isa, &isa);
    if (status != YOKE_OK)
        return status;
    struct costs costs;
    choose_costs(&costs, unit_costs_of(isa->name), workers ? workers : 1, lo, hi);
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
    yoke_status status = checkpointed_run_totals(server, lo, hi, options, WANTED_SUM, &totals);
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
        checkpointed_run_totals(server, uint128_join(lo), end_of(hi), options, WANTED_SUM, &totals);
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
    yoke_status status = checkpointed_run_totals(server, lo, hi, options, WANTED_COUNT, &totals);
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
    yoke_status status = checkpointed_run_totals(server, uint128_join(lo), end_of(hi), options,
                                                 WANTED_COUNT, &totals);
    if (status == YOKE_OK)
        *count = uint128_split(totals.count);
    return status;
}
