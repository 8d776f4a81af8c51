/* Runs the measurements, and checks the answers of those that have one: see measures.h. */
#include "measures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Sizes such that a round takes some seconds: each part long against what is around it (opening a
 * pool, filling a pipeline), and the p99 of so many samples more than the worst of them, except
 * after 20 ms, where that would take minutes. */
enum {
    EMPTY_JOBS = 80000,
    HOT_TRIPS = 5000,
    TRIPS_1MS = 120,
    TRIPS_20MS = 20,
    INSIDE_JOBS = 20000,
    FIBONACCI_N = 22,
    FIBONACCI_SUM = 17711,
    NESTED_TASKS = 64,
    NESTED_NANOSECONDS = 1000000,
    CROWD_TASKS = 1000,
    CROWD_NANOSECONDS = 100000,
    CROWD_TRIPS = 10
};

const struct measure_text measure_text[MEASURES] = {
    [EMPTY_1] = {"empty_1", "empty job, 1 producer"},
    [EMPTY_2] = {"empty_2", "empty job, 2 producers"},
    [EMPTY_4] = {"empty_4", "empty job, 4 producers"},
    [START_HOT_P50] = {"start_hot_p50", "submit to start, back to back, p50"},
    [START_HOT_P99] = {"start_hot_p99", "submit to start, back to back, p99"},
    [START_1MS_P50] = {"start_1ms_p50", "submit to start, after 1 ms, p50"},
    [START_1MS_P99] = {"start_1ms_p99", "submit to start, after 1 ms, p99"},
    [START_20MS_P50] = {"start_20ms_p50", "submit to start, after 20 ms, p50"},
    [START_20MS_P99] = {"start_20ms_p99", "submit to start, after 20 ms, p99"},
    [TRIP_HOT_P50] = {"trip_hot_p50", "round trip, back to back, p50"},
    [TRIP_HOT_P99] = {"trip_hot_p99", "round trip, back to back, p99"},
    [TRIP_1MS_P50] = {"trip_1ms_p50", "round trip, after 1 ms, p50"},
    [TRIP_1MS_P99] = {"trip_1ms_p99", "round trip, after 1 ms, p99"},
    [TRIP_20MS_P50] = {"trip_20ms_p50", "round trip, after 20 ms, p50"},
    [TRIP_20MS_P99] = {"trip_20ms_p99", "round trip, after 20 ms, p99"},
    [INSIDE] = {"inside", "submit and wait inside a job"},
    [FIBONACCI] = {"fibonacci", "fib(22) by submit and wait"},
    [NESTED] = {"nested", "64 tasks of 1 ms inside a job"},
    [CROWD] = {"crowd", "start beside 1000 tasks, worst"},
};

void measures_begin(struct measures *measures, unsigned workers, unsigned rounds)
{
    memset(measures, 0, sizeof *measures);
    measures->workers = workers;
    measures->rounds = rounds;
    const struct runtime *all[] = {runtime_yoke(), runtime_onetbb(), runtime_starpu(),
                                   runtime_openmp()};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i])
            measures->runtime[measures->runtimes++] = all[i];
}

/* ---- the measurements ------------------------------------------------------------------------ */

/* Where the values of one runtime in one round go. */
struct sheet {
    const struct runtime *runtime;
    bool present[MEASURES];
    double value[MEASURES];
};

static void write_down(struct sheet *sheet, enum measure measure, double value)
{
    sheet->present[measure] = true;
    sheet->value[measure] = value;
}

static void flood(struct sheet *sheet)
{
    static const unsigned producers[] = {1, 2, 4};
    sheet->runtime->flood(1, EMPTY_JOBS / 10);
    for (unsigned i = 0; i < 3; i++) {
        int64_t began = now();
        sheet->runtime->flood(producers[i], EMPTY_JOBS);
        write_down(sheet, EMPTY_1 + i, (double)(now() - began) / (double)EMPTY_JOBS);
    }
}

static void rest(int64_t nanoseconds)
{
    if (nanoseconds)
        nanosleep(&(struct timespec){0, nanoseconds}, NULL);
}

static void write_quantiles(struct sheet *sheet, enum measure p50, double *samples, unsigned count)
{
    double median = summarise(samples, count).median;
    write_down(sheet, p50, median);
    write_down(sheet, p50 + 1, samples[count * 99 / 100]);
}

static void measure_trips(struct sheet *sheet, int64_t gap, unsigned count, enum measure start,
                          enum measure trip)
{
    static double starts[HOT_TRIPS], trips[HOT_TRIPS];
    int64_t started;
    for (unsigned i = 0; i < 10; i++)
        sheet->runtime->round_trip(&started);
    for (unsigned i = 0; i < count; i++) {
        rest(gap);
        int64_t began = now();
        sheet->runtime->round_trip(&started);
        trips[i] = (double)(now() - began);
        starts[i] = (double)(started - began);
    }
    write_quantiles(sheet, start, starts, count);
    write_quantiles(sheet, trip, trips, count);
}

static void round_trips(struct sheet *sheet)
{
    measure_trips(sheet, 0, HOT_TRIPS, START_HOT_P50, TRIP_HOT_P50);
    measure_trips(sheet, 1000000, TRIPS_1MS, START_1MS_P50, TRIP_1MS_P50);
    measure_trips(sheet, 20000000, TRIPS_20MS, START_20MS_P50, TRIP_20MS_P50);
}

static void inside(struct sheet *sheet)
{
    if (!sheet->runtime->inside)
        return;
    sheet->runtime->inside(INSIDE_JOBS / 10);
    int64_t began = now();
    sheet->runtime->inside(INSIDE_JOBS);
    write_down(sheet, INSIDE, (double)(now() - began) / (double)INSIDE_JOBS);
}

static void fibonacci(struct sheet *sheet)
{
    if (!sheet->runtime->fibonacci)
        return;
    sheet->runtime->fibonacci(FIBONACCI_N / 2);
    int64_t began = now();
    uint64_t sum = sheet->runtime->fibonacci(FIBONACCI_N);
    write_down(sheet, FIBONACCI, (double)(now() - began));
    if (sum == FIBONACCI_SUM)
        return;
    fprintf(stderr, "submit_bench: fib(%d) of %s came out as %llu; it is %d\n", FIBONACCI_N,
            sheet->runtime->name, (unsigned long long)sum, FIBONACCI_SUM);
    exit(EXIT_FAILURE);
}

static void nested(struct sheet *sheet)
{
    if (!sheet->runtime->nested)
        return;
    sheet->runtime->nested(NESTED_TASKS, NESTED_NANOSECONDS / 100);
    int64_t began = now();
    sheet->runtime->nested(NESTED_TASKS, NESTED_NANOSECONDS);
    write_down(sheet, NESTED, (double)(now() - began));
}

/* New jobs while another one's tasks fill the workers for CROWD_TASKS * CROWD_NANOSECONDS. */
static void crowd(struct sheet *sheet)
{
    if (!sheet->runtime->crowd_begin)
        return;
    sheet->runtime->crowd_begin(CROWD_TASKS, CROWD_NANOSECONDS);
    double worst = 0;
    for (int i = 0; i < CROWD_TRIPS; i++) {
        rest(2000000);
        int64_t started, began = now();
        sheet->runtime->round_trip(&started);
        worst = (double)(started - began) > worst ? (double)(started - began) : worst;
    }
    sheet->runtime->crowd_end();
    write_down(sheet, CROWD, worst);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static void take_turn(struct measures *measures, void (*measure)(struct sheet *), unsigned round)
{
    for (unsigned i = 0; i < measures->runtimes; i++) {
        struct sheet sheet = {.runtime = measures->runtime[i]};
        sheet.runtime->open(measures->workers);
        measure(&sheet);
        sheet.runtime->close();
        for (int row = 0; row < MEASURES; row++)
            if (sheet.present[row]) {
                measures->present[i][row] = true;
                measures->value[i][row][round] = sheet.value[row];
            }
    }
}

void measures_run(struct measures *measures, bool progress)
{
    static void (*const all[])(struct sheet *) = {flood,     round_trips, inside,
                                                  fibonacci, nested,      crowd};
    for (unsigned round = 0; round < measures->rounds; round++) {
        if (progress)
            fprintf(stderr, "\rround %u of %u", round + 1, measures->rounds);
        for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
            take_turn(measures, all[i], round);
    }
    if (progress)
        fprintf(stderr, "\r                    \r");
}

struct summary measures_value(const struct measures *measures, unsigned runtime, unsigned measure)
{
    double values[ROUNDS_MAX];
    memcpy(values, measures->value[runtime][measure], sizeof values);
    return summarise(values, measures->rounds);
}

struct summary measures_ratio(const struct measures *measures, unsigned runtime, unsigned other,
                              unsigned measure)
{
    double ratios[ROUNDS_MAX];
    for (unsigned round = 0; round < measures->rounds; round++)
        ratios[round] =
            measures->value[runtime][measure][round] / measures->value[other][measure][round];
    return summarise(ratios, measures->rounds);
}

double measures_ideal(const struct measures *measures)
{
    unsigned each = (NESTED_TASKS + measures->workers - 1) / measures->workers;
    return (double)each * (double)NESTED_NANOSECONDS;
}
