/* A model of how long each algorithm takes, and the sentence that explains the choice. */
#include "choose.h"

#include <math.h>
#include <stdio.h>

#include "base/decimal.h"
#include "combinatorial.h"
#include "plan.h"

/* The constants were measured on one core of a Zen 4 at 3 GHz. Other machines are faster or slower
 * at everything, more or less, which changes what --explain promises, but hardly the choice. */

#define NANO 1e-9 /* seconds */

/* What a number takes the sieve in nanoseconds, by the number of its digits from 9 on: larger
 * sieving primes hit farther apart, and no longer fit a cache. Measured over 2e9 to 4e9 numbers
 * from each power of ten on, with the sieving primes taken off. */
static double sieved_number_cost(double hi)
{
    static const double cost[] = {0.065, 0.10, 0.15, 0.165, 0.165, 0.21,
                                  0.25,  0.30, 0.36, 0.40,  0.58,  0.60};
    const double least = 9, most = 20;
    double digits = fmin(fmax(log10(hi + 1), least), most) - least;
    size_t i = digits < most - least ? (size_t)digits : (size_t)(most - least) - 1;
    return (cost[i] + (cost[i + 1] - cost[i]) * (digits - (double)i)) * NANO;
}

/* To find and enter a sieving prime, as 1e8 numbers at 1e16 to 1e18 take beyond the above; to test
 * a number and what comes with it; and, where few numbers are left to test, how many that are:
 * 0.56 / ln(limit) of all, with the limit near the width. */
#define SIEVING_PRIME_COST (4.5 * NANO)
#define TESTED_NUMBER_COST (150 * NANO)
#define SIEVE_START        (30e3 * NANO)

/* Lucy's n^(3/4) steps. */
#define LUCY_STEP (2.2 * NANO)

/* From here on the tables of the combinatorial sum have their largest size (see gourdon/context.c),
 * and what is sieved grows as n. */
#define FULL_TABLES 2e21

double choose_prefix_cost(double n)
{
    if (n < COMBINATORIAL_LEAST)
        return LUCY_STEP * pow(n + 1, 0.75);
    /* Wheels and tables; the primes and factors up to about n^(1/3); leaves and sieves. */
    double log_n = log(n);
    double leaves = 85 * NANO * pow(n, 2.0 / 3) / (log_n * log_n);
    if (n > FULL_TABLES)
        leaves *= cbrt(n / FULL_TABLES);
    return 350e3 * NANO + 350 * NANO * cbrt(n) + leaves;
}

/* Intervals that are wide against their largest sieving prime have a larger wheel, which leaves out
 * about half of the hits (see plan.c). */
#define WIDE_ROOTS 3000
#define WIDE_COST  0.53

void choose_costs(struct costs *costs, unsigned workers, uint128 lo, uint128 hi)
{
    *costs = (struct costs){.nothing = hi <= lo || hi <= 2};
    if (costs->nothing)
        return;
    double width = (double)(hi - lo);
    double root = sqrt((double)hi);
    /* The sieving primes are found by all workers; only the fewer small ones each enters anew. */
    double number = sieved_number_cost((double)hi) * (width > WIDE_ROOTS * root ? WIDE_COST : 1);
    double sieve =
        SIEVE_START + (plan_prime_count(root) * SIEVING_PRIME_COST + width * number) / workers;
    double test =
        SIEVE_START +
        width * (0.56 / log(width + 1000) * TESTED_NUMBER_COST + sieved_number_cost(1e9)) / workers;
    costs->tests = test < sieve;
    costs->sieve = costs->tests ? test : sieve;
    costs->trial = width * root / 7 * NANO / workers;
    if (hi > UINT64_MAX)
        costs->sieve = costs->trial = HUGE_VAL;
    costs->prefix =
        (choose_prefix_cost((double)hi) + (lo > 2 ? choose_prefix_cost((double)lo) : 0)) / workers;
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
        snprintf(text, size, "sieves end at 2^64, the combinatorial sum takes %s",
                 time_text(costs->prefix, prefix));
        return;
    }
    const char *why = options->algorithm != YOKE_ALGORITHM_AUTO ? "asked for" : "the fastest";
    snprintf(text, size, "%s: %s would take %s, the combinatorial sum %s", why,
             costs->tests ? "a short sieve and primality tests" : "sieving",
             time_text(costs->sieve, sieve), time_text(costs->prefix, prefix));
}
