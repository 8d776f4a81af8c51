/* What sums with the same bits cost: yoke's calls over arrays against OpenMP, plain loops and
 * oneTBB, which do not promise them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yoke/yoke.h>

#include "arrays/work.h"
#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/values.h"
#include "rounds/machine.h"
#include "rounds/rows.h"
#include "rounds/summary.h"

enum { OPTION_RUNS, OPTION_BYTES, OPTION_JSON, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_RUNS] = {"runs", 0, "N", 1, "run everything N times, 1 to 1000; the default is 5"},
    [OPTION_BYTES] = {"bytes", 0, "N", 1, "how large arrays in memory are; the default is 2^30"},
    [OPTION_JSON] = {"json", 0, "FILE", 1, "write the results to FILE as well"},
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

/* In the L1 cache of any processor of today. */
enum { FEW = 4096 };

struct arrays {
    yoke_server *server;
    double *x, *out;
    size_t count; /* of x; dot products and scans take half of them */
};

static volatile double kept; /* what is added up is used */

/* A benchmark has nothing left to do when a call fails. */
static void check(yoke_status status)
{
    if (status != YOKE_OK) {
        report_status(status);
        exit(EXIT_FAILURE);
    }
}

/* ---- what is measured ------------------------------------------------------------------------ */

static void sum_with(yoke_server *server, const double *x, size_t count, yoke_sum_mode mode)
{
    yoke_number sum;
    check(yoke_sum(server, YOKE_ARRAY(x, count), mode, &sum));
    kept = sum.f64;
}

static void dot_with(const struct arrays *arrays, yoke_sum_mode mode)
{
    size_t half = arrays->count / 2;
    yoke_number dot;
    check(yoke_dot(arrays->server, YOKE_ARRAY(arrays->x, half), YOKE_ARRAY(arrays->x + half, half),
                   mode, &dot));
    kept = dot.f64;
}

static void few_plain(const struct arrays *arrays)
{
    kept = plain_sum(arrays->x, FEW);
}

static void few_wide(const struct arrays *arrays)
{
    kept = wide_sum(arrays->x, FEW);
}

static void few_tree(const struct arrays *arrays)
{
    sum_with(NULL, arrays->x, FEW, YOKE_SUM_TREE);
}

static void few_exact(const struct arrays *arrays)
{
    sum_with(NULL, arrays->x, FEW, YOKE_SUM_EXACT);
}

static void sum_openmp(const struct arrays *arrays)
{
    kept = openmp_sum(arrays->x, arrays->count);
}

static void sum_tree(const struct arrays *arrays)
{
    sum_with(arrays->server, arrays->x, arrays->count, YOKE_SUM_TREE);
}

static void sum_exact(const struct arrays *arrays)
{
    sum_with(arrays->server, arrays->x, arrays->count, YOKE_SUM_EXACT);
}

static void dot_openmp(const struct arrays *arrays)
{
    kept = openmp_dot(arrays->x, arrays->x + arrays->count / 2, arrays->count / 2);
}

static void dot_tree(const struct arrays *arrays)
{
    dot_with(arrays, YOKE_SUM_TREE);
}

static void dot_exact(const struct arrays *arrays)
{
    dot_with(arrays, YOKE_SUM_EXACT);
}

static void scan_onetbb(const struct arrays *arrays)
{
    onetbb_scan(arrays->x, arrays->count / 2, arrays->out);
}

static void scan_tree(const struct arrays *arrays)
{
    check(yoke_scan(arrays->server, YOKE_ARRAY(arrays->x, arrays->count / 2), YOKE_SUM_TREE,
                    YOKE_SCAN_INCLUSIVE, arrays->out));
}

/* `repeats` of one run; the first task of each question is what the others are compared with. */
static const struct task {
    const char *question, *key, *who;
    void (*run)(const struct arrays *);
    unsigned repeats;
    bool first, onetbb;
} tasks[] = {
    {"sum of 4096 in L1, one core", "few", "plain loop", few_plain, 20000, true, false},
    {"", "few", "four at once", few_wide, 20000, false, false},
    {"", "few", "yoke, tree", few_tree, 20000, false, false},
    {"", "few", "yoke, exact", few_exact, 20000, false, false},
    {"sum in memory, all cores", "sum", "OpenMP", sum_openmp, 1, true, false},
    {"", "sum", "yoke, tree", sum_tree, 1, false, false},
    {"", "sum", "yoke, exact", sum_exact, 1, false, false},
    {"dot product in memory, all cores", "dot", "OpenMP", dot_openmp, 1, true, false},
    {"", "dot", "yoke, tree", dot_tree, 1, false, false},
    {"", "dot", "yoke, exact", dot_exact, 1, false, false},
    {"prefix sums in memory, all cores", "scan", "oneTBB", scan_onetbb, 1, true, true},
    {"", "scan", "yoke, tree", scan_tree, 1, false, false},
};

enum { TASKS = sizeof tasks / sizeof *tasks };

static double seconds[TASKS][ROUNDS_MAX];

static bool present(const struct task *task)
{
    return !task->onetbb || onetbb_version();
}

/* What one thread does in its cache is told in processor time: so neighbours count for less. */
static double now(const struct task *task)
{
    struct timespec time;
    clock_gettime(task->repeats > 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* One round to warm up, then all in turn. */
static void measure(const struct arrays *arrays, unsigned rounds)
{
    for (unsigned round = 0; round <= rounds; round++)
        for (unsigned i = 0; i < TASKS; i++) {
            double start = now(&tasks[i]);
            for (unsigned j = 0; present(&tasks[i]) && j < tasks[i].repeats; j++)
                tasks[i].run(arrays);
            if (round)
                seconds[i][round - 1] = (now(&tasks[i]) - start) / tasks[i].repeats;
        }
}

/* ---- what comes out -------------------------------------------------------------------------- */

static unsigned baseline_of(unsigned task)
{
    while (!tasks[task].first)
        task--;
    return task;
}

static struct summary time_of(unsigned task, unsigned rounds)
{
    double sorted[ROUNDS_MAX];
    memcpy(sorted, seconds[task], rounds * sizeof *sorted);
    return summarise(sorted, rounds);
}

static struct summary ratio_of(unsigned task, unsigned rounds)
{
    double ratio[ROUNDS_MAX];
    for (unsigned i = 0; i < rounds; i++)
        ratio[i] = seconds[task][i] / seconds[baseline_of(task)][i];
    return summarise(ratio, rounds);
}

static void print(const struct machine *machine, unsigned rounds)
{
    machine_print(machine, stdout);
    printf("\n%-34s %-12s %12s %12s %8s\n", "", "", "median us", "least us", "ratio");
    for (unsigned i = 0; i < TASKS; i++) {
        struct summary time = time_of(i, rounds);
        if (!present(&tasks[i]))
            continue;
        printf("%-34s %-12s %12.3f %12.3f", tasks[i].question, tasks[i].who, 1e6 * time.median,
               1e6 * time.min);
        if (!tasks[i].first && present(&tasks[baseline_of(i)]))
            printf(" %8.3f", ratio_of(i, rounds).median);
        putchar('\n');
    }
    printf("\nMedian and least of %u rounds, in which all take turns. Ratio: to the first of the "
           "question,\nmedian of the ratios within a round; less is better.\n",
           rounds);
}

static void print_json(const struct machine *machine, unsigned rounds, FILE *stream)
{
    fprintf(stream, "{\n  \"benchmark\": \"numeric\",\n  \"machine\": ");
    machine_print_json(machine, stream);
    fprintf(stream, ",\n  \"rounds\": %u,\n  \"results\": [", rounds);
    const char *separator = "\n";
    for (unsigned i = 0; i < TASKS; i++) {
        if (!present(&tasks[i]))
            continue;
        struct summary time = time_of(i, rounds);
        fprintf(stream,
                "%s    {\"measure\": \"%s\", \"who\": \"%s\", \"unit\": \"s\", \"min\": %.9g, "
                "\"median\": %.9g",
                separator, tasks[i].key, tasks[i].who, time.min, time.median);
        if (!tasks[i].first && present(&tasks[baseline_of(i)]))
            fprintf(stream, ", \"ratio\": %.4f", ratio_of(i, rounds).median);
        fputs("}", stream);
        separator = ",\n";
    }
    fprintf(stream, "\n  ]\n}\n");
}

/* ---- the program ----------------------------------------------------------------------------- */

/* Each page is first written by a thread of the team that reads it. */
static void fill(const struct arrays *arrays)
{
#pragma omp parallel for
    for (size_t i = 0; i < arrays->count; i++) {
        uint64_t mixed = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
        mixed = (mixed ^ mixed >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
        arrays->x[i] = (double)(mixed >> 11) * 0x1p-53 - 0.5;
        if (i < arrays->count / 2)
            arrays->out[i] = 0;
    }
}

static int run(unsigned rounds, size_t bytes, FILE *json)
{
    struct arrays arrays = {.count = bytes / sizeof(double)};
    yoke_topology *topology = NULL;
    struct machine machine;
    yoke_status status = yoke_topology_open(NULL, &topology);
    if (status == YOKE_OK)
        status = yoke_server_open(NULL, &arrays.server);
    arrays.x = malloc(arrays.count * sizeof *arrays.x);
    arrays.out = malloc(arrays.count / 2 * sizeof *arrays.out);
    if (status == YOKE_OK && (!arrays.x || !arrays.out))
        status = yoke_error_set(YOKE_NO_MEMORY, "no memory for arrays of %zu bytes; take --bytes",
                                bytes);
    int result = status == YOKE_OK ? 0 : report_status(status);
    if (!result) {
        machine_describe(&machine, topology);
        machine_add(&machine, "oneTBB", "%s",
                    onetbb_version() ? onetbb_version() : "not compared with");
        fill(&arrays);
        measure(&arrays, rounds);
        print(&machine, rounds);
        if (json)
            print_json(&machine, rounds, json);
    }
    free(arrays.x);
    free(arrays.out);
    yoke_server_release(arrays.server);
    yoke_topology_release(topology);
    return result;
}

static int report_file(const char *path)
{
    fprintf(stderr, "numeric_bench: cannot write %s: %s\n", path, strerror(errno));
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    (void)argc;
    report_program("numeric_bench");
    struct arguments arguments;
    int result = arguments_read(&arguments, &table, 1, argv + 1);
    if (result)
        return result;
    if (arguments.operands)
        return report_usage("\"%.60s\" is no option; see --help", arguments.operand[0]);
    if (arguments.value[OPTION_HELP]) {
        printf("Usage: numeric_bench [options]\nMeasures sums, dot products and prefix sums.\n\n");
        arguments_print_help(&table, 1, stdout);
        return report_close(EXIT_SUCCESS);
    }
    unsigned rounds = 5;
    size_t bytes = (size_t)1 << 30;
    const char *given = arguments.value[OPTION_BYTES], *path = arguments.value[OPTION_JSON];
    if (!rounds_read(arguments.value[OPTION_RUNS], &rounds) ||
        (given && !value_bytes("--bytes", given, &bytes)))
        return EXIT_USAGE;
    if (bytes < 2 * FEW * sizeof(double))
        return report_usage("--bytes must be at least %zu", 2 * FEW * sizeof(double));
    FILE *json = path ? fopen(path, "w") : NULL;
    if (path && !json)
        return report_file(path);
    result = run(rounds, bytes, json);
    if (json && (ferror(json) | fclose(json)))
        return report_file(path);
    return report_close(result);
}
