/* Times sums that are chosen so that one constant after the other follows from them: see measure.h.
 * What the thread has had of the processor counts, so that others at work do little harm. */
#include "measure.h"

#include <math.h>
#include <stdbool.h>
#include <time.h>
#include <yoke/yoke.h>

#include "cli/report.h"
#include "primes/choose.h"
#include "primes/combinatorial.h"
#include "primes/plan.h"

#define NANO 1e-9

static double thread_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * NANO;
}

double measure_predict(const struct unit_costs *unit, const struct measured *measured)
{
    struct costs costs;
    choose_costs(&costs, unit, 1, measured->lo, measured->hi);
    return measured->algorithm == YOKE_ALGORITHM_COMBINATORIAL ? costs.prefix : costs.sieve;
}

/* The least of some runs: of many where it is short, of one where it is long. */
#define RUNS     20
#define RUNS_FOR 1.0 /* seconds, or less of a small budget */

static int run(struct measurement *measurement, struct measured *measured)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = measured->algorithm;
    options.isa = measurement->now.isa;
    double spent = 0;
    measured->seconds = HUGE_VAL;
    for (int i = 0; i < RUNS && spent < measurement->runs_for; i++) {
        yoke_uint128 sum;
        double before = thread_seconds();
        yoke_status status = yoke_sum_primes(NULL, measured->lo, measured->hi, &options, &sum);
        double seconds = thread_seconds() - before;
        if (status != YOKE_OK)
            return report_status(status);
        spent += seconds;
        measured->seconds = fmin(measured->seconds, seconds);
    }
    return 0;
}

/* Of a budget in seconds. `seconds` is 0 where the sum would go beyond it. */
static int time_sum(struct measurement *measurement, yoke_algorithm algorithm, double lo,
                    double width, double budget, double *seconds)
{
    struct measured measured = {algorithm, (uint64_t)lo, (uint64_t)lo + (uint64_t)width, 0};
    *seconds = 0;
    if (measure_predict(&measurement->now, &measured) > budget)
        return 0;
    int status = run(measurement, &measured);
    if (!status && measurement->count < MEASURED_MAX)
        measurement->measured[measurement->count++] = measured;
    *seconds = measured.seconds;
    return status;
}

static double power_of_ten(int height)
{
    return pow(10, HEIGHT_FIRST + height);
}

/* A height that is not measured has changed as much as the one below. */
static void change_with_last(double *now, const double *before, int height)
{
    if (height > 0)
        now[height] = before[height] * now[height - 1] / before[height - 1];
}

/* ---- the sieve ------------------------------------------------------------------------------- */

/* Where the work lies in large primes, from 1e14 on, all widths are larger. */
#define LARGE_PRIMES 5
#define WIDEST       4e9

/* The times at a height, of few numbers, where sieving primes show, of as many as are narrow, and
 * of more; 0 where the budget does not allow for them. */
struct times {
    double few, narrow, wide;
    double few_width, narrow_width, wide_width;
};

static int time_height(struct measurement *measurement, int height, double budget,
                       struct times *times)
{
    bool large = height >= LARGE_PRIMES;
    double lo = power_of_ten(height);
    *times = (struct times){.few_width = large ? 1e8 : 1e7, .narrow_width = large ? 1e9 : 1e8};
    int status =
        time_sum(measurement, YOKE_ALGORITHM_SIEVE, lo, times->few_width, budget, &times->few);
    if (!status && times->few > 0)
        status = time_sum(measurement, YOKE_ALGORITHM_SIEVE, lo, times->narrow_width, budget,
                          &times->narrow);
    if (status || times->narrow <= 0)
        return status;
    double affordable = 0.9 * budget / times->narrow * times->narrow_width;
    times->wide_width = fmin(WIDEST, fmax(2 * choose_wide_from(lo), affordable));
    return time_sum(measurement, YOKE_ALGORITHM_SIEVE, lo, times->wide_width, budget, &times->wide);
}

/* What is left in nanoseconds for something, at least a bit. */
static double left_for(double seconds, double rest)
{
    return fmax(seconds / NANO - rest, seconds / NANO / 100);
}

static void fit_height(struct measurement *measurement, int height, const struct times *times)
{
    struct unit_costs *now = &measurement->now;
    const struct unit_costs *before = measurement->before;
    double *prime = &now->sieving_prime[height], *narrow = &now->narrow[height];
    double *wide = &now->wide[height], lo = power_of_ten(height);
    double primes = plan_prime_count(sqrt(lo)), wide_from = choose_wide_from(lo);
    if (times->narrow > 0) {
        *narrow =
            left_for(times->narrow, times->few / NANO) / (times->narrow_width - times->few_width);
        *prime = left_for(times->few, now->start + times->few_width * *narrow) / primes;
    } else {
        change_with_last(now->narrow, before->narrow, height);
        change_with_last(now->sieving_prime, before->sieving_prime, height);
    }
    if (times->wide > 0)
        *wide = left_for(times->wide, now->start + primes * *prime + wide_from * *narrow) /
                (times->wide_width - wide_from);
    else
        *wide = before->wide[height] * *narrow / before->narrow[height];
}

static int time_sieve(struct measurement *measurement, double budget)
{
    for (int height = 0; height < SIEVED_HEIGHTS; height++) {
        struct times times;
        int status = time_height(measurement, height, budget, &times);
        if (status)
            return status;
        fit_height(measurement, height, &times);
    }
    return 0;
}

/* Primality tests, where there are far more sieving primes than numbers. */
#define TESTED_HEIGHT 1e18
#define TESTED_FEW    1e3
#define TESTED_MANY   1e6

static int time_tests(struct measurement *measurement, double budget)
{
    struct unit_costs *now = &measurement->now;
    double few, many = 0;
    int status =
        time_sum(measurement, YOKE_ALGORITHM_SIEVE, TESTED_HEIGHT, TESTED_FEW, budget, &few);
    if (!status)
        status =
            time_sum(measurement, YOKE_ALGORITHM_SIEVE, TESTED_HEIGHT, TESTED_MANY, budget, &many);
    if (status || few <= 0 || many <= 0)
        return status;
    double sieved = now->narrow[0] * (TESTED_MANY - TESTED_FEW);
    double tested = choose_tested_numbers(TESTED_MANY) - choose_tested_numbers(TESTED_FEW);
    now->tested = fmax(((many - few) / NANO - sieved) / tested, 1);
    now->start = fmax(few / NANO - choose_tested_numbers(TESTED_FEW) * now->tested, 1);
    return 0;
}

/* ---- sums below n ---------------------------------------------------------------------------- */

static int time_small_sums(struct measurement *measurement, double budget)
{
    struct unit_costs *now = &measurement->now;
    double lucy, least = 0;
    int status = time_sum(measurement, YOKE_ALGORITHM_COMBINATORIAL, 0, COMBINATORIAL_LEAST - 1,
                          budget, &lucy);
    if (!status)
        status = time_sum(measurement, YOKE_ALGORITHM_COMBINATORIAL, 0, COMBINATORIAL_LEAST + 1,
                          budget, &least);
    if (status || lucy <= 0 || least <= 0)
        return status;
    now->lucy *= lucy / choose_prefix_cost(now, COMBINATORIAL_LEAST - 1);
    now->sum_start = least / NANO;
    return 0;
}

static int time_sums(struct measurement *measurement, double budget)
{
    struct unit_costs *now = &measurement->now;
    int status = time_small_sums(measurement, budget);
    for (int height = 0; height < LEAF_HEIGHTS && !status; height++) {
        double n = power_of_ten(height), seconds = 0;
        if (n < (double)UINT64_MAX)
            status = time_sum(measurement, YOKE_ALGORITHM_COMBINATORIAL, 0, n, budget, &seconds);
        double start = now->sum_start * NANO;
        if (seconds > 0)
            now->leaf[height] *=
                fmax(seconds - start, seconds / 10) / (choose_prefix_cost(now, n) - start);
        else
            change_with_last(now->leaf, measurement->before->leaf, height);
        budget -= seconds;
    }
    return status;
}

/* ---- all ------------------------------------------------------------------------------------- */

/* Heights and widths between those that the constants come from. */
static int check(struct measurement *measurement, double budget)
{
    static const struct {
        yoke_algorithm algorithm;
        double lo, width;
    } checks[] = {
        {YOKE_ALGORITHM_SIEVE, 0, 1e9},          {YOKE_ALGORITHM_SIEVE, 3e11, 1e7},
        {YOKE_ALGORITHM_SIEVE, 3e12, 3e8},       {YOKE_ALGORITHM_SIEVE, 3e14, 1e9},
        {YOKE_ALGORITHM_SIEVE, 3e16, 1e9},       {YOKE_ALGORITHM_SIEVE, 3e17, 1e9},
        {YOKE_ALGORITHM_SIEVE, 3e17, 1e5},       {YOKE_ALGORITHM_COMBINATORIAL, 0, 3e10},
        {YOKE_ALGORITHM_COMBINATORIAL, 0, 3e12}, {YOKE_ALGORITHM_COMBINATORIAL, 0, 3e14},
        {YOKE_ALGORITHM_COMBINATORIAL, 0, 3e15},
    };
    int status = 0;
    measurement->checks = measurement->count;
    for (size_t i = 0; i < sizeof checks / sizeof *checks && !status; i++) {
        double ignored;
        status = time_sum(measurement, checks[i].algorithm, checks[i].lo, checks[i].width, budget,
                          &ignored);
    }
    return status;
}

/* Parts of the budget: for each time at a height of the sieve, for all sums below n, for each
 * check, and for more runs of a short sum. */
#define HEIGHT_SHARE 0.03
#define SUMS_SHARE   0.4
#define CHECK_SHARE  0.04
#define RUNS_SHARE   0.02

int measure_unit_costs(const char *isa, double seconds, struct measurement *measurement)
{
    *measurement = (struct measurement){.before = unit_costs_of(isa),
                                        .runs_for = fmin(RUNS_FOR, RUNS_SHARE * seconds)};
    measurement->now = *measurement->before;
    int status = time_sieve(measurement, HEIGHT_SHARE * seconds);
    if (!status)
        status = time_tests(measurement, HEIGHT_SHARE * seconds);
    if (!status)
        status = time_sums(measurement, SUMS_SHARE * seconds);
    return status ? status : check(measurement, CHECK_SHARE * seconds);
}
