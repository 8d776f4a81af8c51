/* Which sums make up what is wanted, and for each whether Lucy's or Gourdon's method finds it. */
#include "combinatorial.h"

#include "choose.h"
#include "isa/isa.h"
#include "lucy.h"

/* One of the sums that make up the whole, by what all of them take. */
struct step {
    const struct combinatorial *how;
    const struct unit_costs *unit;
    double done, all;
};

/* The weights of the primes below n. */
static yoke_status total_below(struct step *step, uint128 n, enum weight weight,
                               struct uint256 *total)
{
    const struct combinatorial *how = step->how;
    *total = (struct uint256){0};
    if (n <= 2)
        return YOKE_OK;
    double from = step->done / step->all;
    step->done += choose_prefix_cost(step->unit, (double)n);
    if (n <= COMBINATORIAL_LEAST)
        return lucy_total((uint64_t)n - 1, weight, &total->lo);
    if (how->journal && record_has_more(how->journal->sums)) {
        *total = record_take_wide(how->journal->sums);
        return YOKE_OK;
    }
    if (how->progress)
        progress_share(how->progress, from, step->done / step->all);
    return gourdon_total(how->server, n - 1, weight, how->isa, how->tuning, how->progress,
                         how->journal, total);
}

static yoke_status total_between(struct step *step, uint128 lo, uint128 hi, enum weight weight,
                                 struct uint256 *total)
{
    struct uint256 below;
    yoke_status status = total_below(step, lo, weight, &below);
    if (status == YOKE_OK)
        status = total_below(step, hi, weight, total);
    if (status == YOKE_OK)
        uint256_subtract(total, below);
    return status;
}

yoke_status combinatorial_totals(const struct combinatorial *how, uint128 lo, uint128 hi,
                                 struct wide_totals *totals)
{
    struct step step = {.how = how, .unit = unit_costs_of(how->isa->name)};
    step.all = choose_prefix_cost(step.unit, (double)hi) +
               (lo > 2 ? choose_prefix_cost(step.unit, (double)lo) : 0);
    step.all *= how->wanted == (WANTED_COUNT | WANTED_SUM) ? 2 : 1;
    struct uint256 count = {0}, sum = {0};
    yoke_status status = YOKE_OK;
    if (how->wanted & WANTED_COUNT)
        status = total_between(&step, lo, hi, WEIGHT_ONE, &count);
    if (status == YOKE_OK && how->wanted & WANTED_SUM)
        status = total_between(&step, lo, hi, WEIGHT_PRIME, &sum);
    if (status == YOKE_OK)
        *totals = (struct wide_totals){count.lo, sum};
    return status;
}
