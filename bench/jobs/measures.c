/* The measurements, and what their answers must be: see measures.h. */
#include "measures.h"

#include <stdlib.h>

#include "jobs.h"
#include "runtimes/report.h"

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

/* The rows. */
enum {
    EMPTY_1, /* per job, by so many producers                                                     */
    EMPTY_2,
    EMPTY_4,
    START_HOT_P50, /* from submitting to the start of the job, by the pause before               */
    START_HOT_P99,
    START_1MS_P50,
    START_1MS_P99,
    START_20MS_P50,
    START_20MS_P99,
    TRIP_HOT_P50, /* until the wait has returned                                                  */
    TRIP_HOT_P99,
    TRIP_1MS_P50,
    TRIP_1MS_P99,
    TRIP_20MS_P50,
    TRIP_20MS_P99,
    INSIDE,
    FIBONACCI,
    NESTED,
    CROWD,
    MEASURES
};

static const struct measure measures[MEASURES] = {
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

/* ---- the measurements ------------------------------------------------------------------------ */

static const struct job_runtime *functions(const struct sheet *sheet)
{
    return (const struct job_runtime *)sheet->runtime;
}

static void flood(struct sheet *sheet)
{
    static const unsigned producers[] = {1, 2, 4};
    functions(sheet)->flood(1, EMPTY_JOBS / 10);
    for (unsigned i = 0; i < 3; i++) {
        int64_t began = now();
        functions(sheet)->flood(producers[i], EMPTY_JOBS);
        sheet_write(sheet, EMPTY_1 + i, (double)(now() - began) / (double)EMPTY_JOBS);
    }
}

static void write_quantiles(struct sheet *sheet, unsigned p50, double *samples, unsigned count)
{
    double median = summarise(samples, count).median;
    sheet_write(sheet, p50, median);
    sheet_write(sheet, p50 + 1, samples[count * 99 / 100]);
}

static void measure_trips(struct sheet *sheet, int64_t gap, unsigned count, unsigned start,
                          unsigned trip)
{
    static double starts[HOT_TRIPS], trips[HOT_TRIPS];
    int64_t started;
    for (unsigned i = 0; i < 10; i++)
        functions(sheet)->round_trip(&started);
    for (unsigned i = 0; i < count; i++) {
        rest(gap);
        int64_t began = now();
        functions(sheet)->round_trip(&started);
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
    if (!functions(sheet)->inside)
        return;
    functions(sheet)->inside(INSIDE_JOBS / 10);
    int64_t began = now();
    functions(sheet)->inside(INSIDE_JOBS);
    sheet_write(sheet, INSIDE, (double)(now() - began) / (double)INSIDE_JOBS);
}

static void fibonacci(struct sheet *sheet)
{
    if (!functions(sheet)->fibonacci)
        return;
    functions(sheet)->fibonacci(FIBONACCI_N / 2);
    int64_t began = now();
    uint64_t sum = functions(sheet)->fibonacci(FIBONACCI_N);
    sheet_write(sheet, FIBONACCI, (double)(now() - began));
    if (sum == FIBONACCI_SUM)
        return;
    fprintf(stderr, "submit_bench: fib(%d) of %s came out as %llu; it is %d\n", FIBONACCI_N,
            sheet->runtime->name, (unsigned long long)sum, FIBONACCI_SUM);
    exit(EXIT_FAILURE);
}

static void nested(struct sheet *sheet)
{
    if (!functions(sheet)->nested)
        return;
    functions(sheet)->nested(NESTED_TASKS, NESTED_NANOSECONDS / 100);
    int64_t began = now();
    functions(sheet)->nested(NESTED_TASKS, NESTED_NANOSECONDS);
    sheet_write(sheet, NESTED, (double)(now() - began));
}

/* New jobs while another one's tasks fill the workers for CROWD_TASKS * CROWD_NANOSECONDS. */
static void crowd(struct sheet *sheet)
{
    if (!functions(sheet)->crowd_begin)
        return;
    functions(sheet)->crowd_begin(CROWD_TASKS, CROWD_NANOSECONDS);
    double worst = 0;
    for (int i = 0; i < CROWD_TRIPS; i++) {
        rest(2000000);
        int64_t started, began = now();
        functions(sheet)->round_trip(&started);
        worst = (double)(started - began) > worst ? (double)(started - began) : worst;
    }
    functions(sheet)->crowd_end();
    sheet_write(sheet, CROWD, worst);
}

/* ---- the benchmark --------------------------------------------------------------------------- */

static void print_efficiencies(const struct results *results, FILE *stream)
{
    char text[16];
    unsigned each = (NESTED_TASKS + results->workers - 1) / results->workers;
    double ideal = (double)each * (double)NESTED_NANOSECONDS;
    fprintf(stream, "Of the ideal %s for 64 tasks of 1 ms on %u workers:", report_time(ideal, text),
            results->workers);
    for (unsigned i = 0; i < results->runtimes; i++)
        if (results->present[i][NESTED])
            fprintf(stream, "%s %s %.0f %%", i ? "," : "", results->runtime[i]->name,
                    100 * ideal / results_value(results, i, NESTED).median);
    fputs(".\n", stream);
}

struct benchmark job_measures(void)
{
    return (struct benchmark){
        .name = "submit",
        .title = "What a job costs",
        .summary =
            "Measures what a job costs, with yoke and with other task runtimes, if they were",
        .notes = "Jobs inside jobs are task_group's\nwith oneTBB and tasks with OpenMP, where "
                 "threads outside submit nothing: its producers also\nrun jobs, and its round trip "
                 "is a parallel region.\n",
        .measure = measures,
        .measures = MEASURES,
        .part = {{"flood", flood},
                 {"trips", round_trips},
                 {"inside", inside},
                 {"fibonacci", fibonacci},
                 {"nested", nested},
                 {"crowd", crowd}},
        .runtime = {&job_runtime_yoke()->runtime, &job_runtime_onetbb()->runtime,
                    &job_runtime_starpu()->runtime, &job_runtime_openmp()->runtime},
        .print_more = print_efficiencies,
    };
}
