/* A model of how long each algorithm takes, and the sentence that explains the choice. */
#include "choose.h"

#include <math.h>
#include <stdio.h>

#include "base/decimal.h"
#include "combinatorial.h"
#include "plan.h"
#include "unit_costs.h"

#define NANO 1e-9 /* seconds */

/* What is measured at powers of ten, for a number of any height: larger sieving primes hit farther
 * apart, and tables outgrow caches, gradually. */
static double cost_at(const double *costs, size_t count, double n)
{
    double place = log10(n + 1) - HEIGHT_FIRST;
    if (place <= 0)
        return costs[0] * NANO;
    size_t i = (size_t)place;
    if (i + 1 >= count)
        return costs[count - 1] * NANO;
    return (costs[i] + (costs[i + 1] - costs[i]) * (place - (double)i)) * NANO;
}

/* From here on the tables of the combinatorial sum have their largest size (see gourdon/context.c),
 * and what is sieved grows as n. */
#define FULL_TABLES 2e21

static double lucy_cost(const struct unit_costs *unit, double n)
{
    return unit->lucy * NANO * pow(n + 1, 0.75);
}

double choose_prefix_cost(const struct unit_costs *unit, double n)
{
    if (n < COMBINATORIAL_LEAST)
        return lucy_cost(unit, n);
    double log_n = log(n);
    double steps = pow(n, 2.0 / 3) / (log_n * log_n);
    if (n > FULL_TABLES)
        steps *= cbrt(n / FULL_TABLES);
    double cost = unit->sum_start * NANO + steps * cost_at(unit->leaf, LEAF_HEIGHTS, n);
    return fmax(cost, lucy_cost(unit, COMBINATORIAL_LEAST)); /* no larger sum takes less         */
}

/* Wide intervals have a larger wheel, which leaves out about half of the hits, or, high up, windows
 * that take the memory of those before: see plan.c. */
double choose_wide_from(double hi)
{
    return fmin(fmax(3000 * sqrt(hi), 3e8), 1e9);
}

/* To cross off in so many numbers. */
static double numbers_cost(const struct unit_costs *unit, double width, double hi)
{
    double narrow = fmin(width, choose_wide_from(hi));
    return narrow * cost_at(unit->narrow, SIEVED_HEIGHTS, hi) +
           (width - narrow) * cost_at(unit->wide, SIEVED_HEIGHTS, hi);
}

static double sieve_cost(const struct unit_costs *unit, unsigned workers, double width, double hi)
{
    /* The sieving primes are found by all workers; only the fewer small ones each enters anew. */
    double primes = plan_prime_count(sqrt(hi)) * cost_at(unit->sieving_prime, SIEVED_HEIGHTS, hi);
    return unit->start * NANO + (primes + numbers_cost(unit, width, hi)) / workers;
}

/* 0.56 / log(limit) of them, with the limit near the width. */
double choose_tested_numbers(double width)
{
    return width * 0.56 / log(width + 1000);
}

static double test_cost(const struct unit_costs *unit, unsigned workers, double width)
{
    double tested = choose_tested_numbers(width) * unit->tested * NANO;
    double sieved = width * cost_at(unit->narrow, SIEVED_HEIGHTS, 0);
    return unit->start * NANO + (tested + sieved) / workers;
}

/* For a number and a unit of the root: few of these are divisors to try, and most numbers meet one
 * that fits soon. Plain C with every instruction set. */
#define TRIAL_STEP (NANO / 7)

void choose_costs(struct costs *costs, const struct unit_costs *unit, unsigned workers, uint128 lo,
                  uint128 hi)
{
    *costs = (struct costs){.isa = unit->isa, .nothing = hi <= lo || hi <= 2};
    if (costs->nothing)
        return;
    double width = (double)(hi - lo);
    double sieve = sieve_cost(unit, workers, width, (double)hi);
    double test = test_cost(unit, workers, width);
    costs->tests = test < sieve;
    costs->sieve = costs->tests ? test : sieve;
    costs->trial = width * sqrt((double)hi) * TRIAL_STEP / workers;
    if (hi > UINT64_MAX)
        costs->sieve = costs->trial = HUGE_VAL;
    costs->prefix = (choose_prefix_cost(unit, (double)hi) +
                     (lo > 2 ? choose_prefix_cost(unit, (double)lo) : 0)) /
                    workers;
}

yoke_algorithm choose_algorithm(const struct costs *costs, const yoke_primes_options *options,
                                double *seconds)
{
    yoke_algorithm algorithm = options->algorithm;
    if (algorithm == YOKE_ALGORITHM_AUTO)
        algorithm =
            costs->prefix < costs->sieve ? YOKE_ALGORITHM_COMBINATORIAL : YOKE_ALGORITHM_SIEVE;
    *seconds = algorithm == YOKE_ALGORITHM_COMBINATORIAL ? costs->prefix
               : algorithm == YOKE_ALGORITHM_TRIAL       ? costs->trial
                                                         : costs->sieve;
    *seconds *= options->double_check ? 2 : 1;
    return algorithm;
}

/* A time as people say it. */
static const char *time_text(double seconds, char text[32])
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{31557600, "years"}, {86400, "days"}, {3600, "h"}, {60, "min"}, {1, "s"},
                 {1e-3, "ms"},        {1e-6, "us"}};
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof *units && seconds < units[i].seconds)
        i++;
    decimal_text(text, 32, "%.3g %s", seconds / units[i].seconds, units[i].name);
    return text;
}

void choose_reason(const struct costs *costs, const yoke_primes_options *options, char *text,
                   size_t size)
{
    char sieve[32], prefix[32];
    if (costs->nothing) {
        snprintf(text, size, "there is nothing to do: no prime lies in the interval");
        return;
    }
    if (costs->sieve == HUGE_VAL) {
        snprintf(text, size, "sieves end at 2^64, the combinatorial sum takes %s, with %s",
                 time_text(costs->prefix, prefix), costs->isa);
        return;
    }
    const char *why = options->algorithm != YOKE_ALGORITHM_AUTO ? "asked for" : "the fastest";
    snprintf(text, size, "%s: %s would take %s, the combinatorial sum %s, with %s", why,
             costs->tests ? "a short sieve and primality tests" : "sieving",
             time_text(costs->sieve, sieve), time_text(costs->prefix, prefix), costs->isa);
}
