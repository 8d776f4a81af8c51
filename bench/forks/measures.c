/* The measurements, and what their answers must be: see measures.h. */
#include "measures.h"

#include <stdlib.h>
#include <string.h>

#include "forks.h"
#include "peer.h"

/* Sizes such that yoke takes some tenths of a second for each, or so often that the clock does not
 * count; fib(38) takes a runtime that allocates for each fork some hundred times that. */
enum {
    FIBONACCI_SMALL = 30,
    FIBONACCI_SMALL_RESULT = 832040,
    FIBONACCI = 38,
    FIBONACCI_RESULT = 39088169,
    QUEENS_WIDTH = 12,
    QUEENS_SOLUTIONS = 14200,
    QUEENS_TIMES = 10,
    SORTED = 10000000,
    MATRIX_SIZE = 1024,
    RESTS = 100,
    REST_NANOSECONDS = 1000000,
    SHORT_NANOSECONDS = 10000,
    CROWDS = 20,
    CROWD_NANOSECONDS = 20000
};

/* The rows; of those that are measured twice the second one is on one worker. */
enum {
    FIB_SMALL,
    FIB_SMALL_ALONE,
    FIB,
    FIB_ALONE,
    QUEENS,
    QUEENS_ALONE,
    SORT,
    SORT_ALONE,
    SEARCH,
    SEARCH_ALONE,
    MULTIPLY,
    MULTIPLY_ALONE,
    AFTER_REST,
    BESIDE_FORKS_P50,
    BESIDE_FORKS_WORST,
    BESIDE_TASKS_P50,
    BESIDE_TASKS_WORST,
    MEASURES
};

static const struct measure measures[MEASURES] = {
    [FIB_SMALL] = {"fib30", "fib(30)"},
    [FIB_SMALL_ALONE] = {"fib30_alone", "fib(30), one worker"},
    [FIB] = {"fib", "fib(38)"},
    [FIB_ALONE] = {"fib_alone", "fib(38), one worker"},
    [QUEENS] = {"queens", "12 queens"},
    [QUEENS_ALONE] = {"queens_alone", "12 queens, one worker"},
    [SORT] = {"quicksort", "quicksort of 1e7 doubles"},
    [SORT_ALONE] = {"quicksort_alone", "quicksort of 1e7, one worker"},
    [SEARCH] = {"uts", "unbalanced tree T1"},
    [SEARCH_ALONE] = {"uts_alone", "unbalanced tree T1, one worker"},
    [MULTIPLY] = {"matmul", "matrices of 1024 x 1024"},
    [MULTIPLY_ALONE] = {"matmul_alone", "matrices of 1024 x 1024, one worker"},
    [AFTER_REST] = {"rest", "10 us of work in two, after 1 ms"},
    [BESIDE_FORKS_P50] = {"beside_forks_p50", "start beside 1000 forks, p50"},
    [BESIDE_FORKS_WORST] = {"beside_forks_worst", "start beside 1000 forks, worst"},
    [BESIDE_TASKS_P50] = {"beside_tasks_p50", "start beside 1000 OpenMP tasks, p50"},
    [BESIDE_TASKS_WORST] = {"beside_tasks_worst", "start beside 1000 OpenMP tasks, worst"},
};

static const struct fork_runtime *functions(const struct sheet *sheet)
{
    return (const struct fork_runtime *)sheet->runtime;
}

static void check(const struct sheet *sheet, unsigned row, bool right)
{
    if (right)
        return;
    fprintf(stderr, "fork_bench: the answer of %s is wrong: %s\n", sheet->runtime->name,
            measures[row].title);
    exit(EXIT_FAILURE);
}

/* ---- programs that hold nothing -------------------------------------------------------------- */

static void measure_fibonacci(struct sheet *sheet, unsigned row, unsigned n, uint64_t expected)
{
    functions(sheet)->fibonacci(n / 2);
    int64_t began = now();
    uint64_t result = functions(sheet)->fibonacci(n);
    sheet_write(sheet, row, (double)(now() - began));
    check(sheet, row, result == expected);
}

static void fibonacci_small(struct sheet *sheet)
{
    measure_fibonacci(sheet, FIB_SMALL + sheet->alone, FIBONACCI_SMALL, FIBONACCI_SMALL_RESULT);
}

static void fibonacci(struct sheet *sheet)
{
    measure_fibonacci(sheet, FIB + sheet->alone, FIBONACCI, FIBONACCI_RESULT);
}

static void queens(struct sheet *sheet)
{
    unsigned row = QUEENS + sheet->alone;
    uint64_t solutions = functions(sheet)->queens(QUEENS_WIDTH);
    int64_t began = now();
    for (unsigned i = 0; i < QUEENS_TIMES; i++)
        solutions += functions(sheet)->queens(QUEENS_WIDTH);
    sheet_write(sheet, row, (double)(now() - began) / QUEENS_TIMES);
    check(sheet, row, solutions == (1 + QUEENS_TIMES) * (uint64_t)QUEENS_SOLUTIONS);
}

static void search(struct sheet *sheet)
{
    unsigned row = SEARCH + sheet->alone;
    int64_t began = now();
    uint64_t nodes = functions(sheet)->search();
    sheet_write(sheet, row, (double)(now() - began));
    check(sheet, row, nodes == TREE_NODES);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

static double *allocate(uint64_t count)
{
    double *memory = calloc(count, sizeof *memory);
    if (memory)
        return memory;
    fprintf(stderr, "fork_bench: there is no memory for %llu doubles\n", (unsigned long long)count);
    exit(EXIT_FAILURE);
}

/* Whole numbers, whose sums are exact, in no order: the same ones each time (Knuth's MMIX). */
static void fill(double *x, uint64_t count, unsigned bits)
{
    uint64_t state = 1;
    for (uint64_t i = 0; i < count; i++) {
        state = state * 6364136223846793005 + 1442695040888963407;
        x[i] = (double)(state >> (64 - bits));
    }
}

static double sum(const double *x, uint64_t count)
{
    double sum = 0;
    for (uint64_t i = 0; i < count; i++)
        sum += x[i];
    return sum;
}

static void sort(struct sheet *sheet)
{
    unsigned row = SORT + sheet->alone;
    double *x = allocate(SORTED);
    fill(x, SORTED, 29);
    double expected = sum(x, SORTED);
    int64_t began = now();
    functions(sheet)->sort(x, SORTED);
    sheet_write(sheet, row, (double)(now() - began));
    bool right = sum(x, SORTED) == expected;
    for (uint64_t i = 1; i < SORTED; i++)
        right = right && x[i - 1] <= x[i];
    check(sheet, row, right);
    free(x);
}

/* The sum of a product's numbers is that of the columns of a times the rows of b. */
static double sum_of_product(const double *a, const double *b)
{
    double total = 0;
    for (uint64_t k = 0; k < MATRIX_SIZE; k++) {
        double column = 0;
        for (uint64_t i = 0; i < MATRIX_SIZE; i++)
            column += a[i * MATRIX_SIZE + k];
        total += column * sum(b + k * MATRIX_SIZE, MATRIX_SIZE);
    }
    return total;
}

static void multiply(struct sheet *sheet)
{
    unsigned row = MULTIPLY + sheet->alone;
    const uint64_t size = (uint64_t)MATRIX_SIZE * MATRIX_SIZE;
    double *a = allocate(size), *b = allocate(size), *c = allocate(size);
    fill(a, size, 8);
    fill(b, size, 9);
    memset(c, 0, size * sizeof *c); /* so that its pages are there */
    struct product product = {a, b, c, MATRIX_SIZE, MATRIX_SIZE};
    int64_t began = now();
    functions(sheet)->multiply(&product);
    sheet_write(sheet, row, (double)(now() - began));
    check(sheet, row, sum(c, size) == sum_of_product(a, b));
    free(a);
    free(b);
    free(c);
}

/* ---- how soon -------------------------------------------------------------------------------- */

static void after_rest(struct sheet *sheet)
{
    double samples[RESTS];
    for (unsigned i = 0; i < RESTS; i++)
        samples[i] = (double)functions(sheet)->work_after_rest(REST_NANOSECONDS, SHORT_NANOSECONDS);
    sheet_write(sheet, AFTER_REST, summarise(samples, RESTS).median);
}

/* A job while another one's forks fill the workers: early, when most of them are still there. */
static void measure_crowd(struct sheet *sheet, unsigned p50,
                          void (*begin)(unsigned count, int64_t nanoseconds))
{
    double samples[CROWDS];
    if (!begin)
        return;
    for (unsigned i = 0; i < CROWDS; i++) {
        begin(CROWD_MOST, CROWD_NANOSECONDS);
        rest(10 * CROWD_NANOSECONDS);
        int64_t started, began = now();
        functions(sheet)->start(&started);
        samples[i] = (double)(started - began);
        functions(sheet)->crowd_end();
    }
    struct summary late = summarise(samples, CROWDS);
    sheet_write(sheet, p50, late.median);
    sheet_write(sheet, p50 + 1, late.max);
}

static void crowd(struct sheet *sheet)
{
    measure_crowd(sheet, BESIDE_FORKS_P50, functions(sheet)->crowd_of_forks);
    measure_crowd(sheet, BESIDE_TASKS_P50, functions(sheet)->crowd_of_tasks);
}

/* ---- the benchmark --------------------------------------------------------------------------- */

static void print_speedup(const struct results *results, unsigned row, FILE *stream)
{
    const char *separator = "";
    fprintf(stream, "%u workers against one, %s:", results->workers, measures[row].title);
    for (unsigned i = 0; i < results->runtimes; i++) {
        if (results->runtime[i] == &fork_runtime_plain()->runtime)
            continue;
        fprintf(stream, "%s %s %.2f", separator, results->runtime[i]->name,
                results_value(results, i, row + 1).median / results_value(results, i, row).median);
        separator = ",";
    }
    fputs(".\n", stream);
}

static void print_speedups(const struct results *results, FILE *stream)
{
    for (unsigned row = 0; row < AFTER_REST; row += 2)
        if (results_present(results, row))
            print_speedup(results, row, stream);
}

struct benchmark fork_measures(void)
{
    return (struct benchmark){
        .name = "fork",
        .title = "What fork and join cost",
        .summary = "Measures fork and join by yoke, OpenMP, and other runtimes if they were",
        .notes = "The plain one is the same\nfunction without forks, on one thread; the others "
                 "fork down to single calls, to 1000 numbers of\nquicksort, and to matrices of "
                 "64 x 64. The unbalanced tree is T1 of the UTS benchmark.\n",
        .measure = measures,
        .measures = MEASURES,
        .part = {{"fib30", fibonacci_small},
                 {"fib", fibonacci},
                 {"queens", queens},
                 {"quicksort", sort},
                 {"uts", search},
                 {"matmul", multiply},
                 {"rest", after_rest},
                 {"crowd", crowd}},
        .parts_twice = AFTER_REST / 2,
        .runtime = {&fork_runtime_yoke()->runtime, &fork_runtime_onetbb()->runtime,
                    &fork_runtime_openmp()->runtime, &fork_runtime_plain()->runtime},
        .load_peer = peer_load,
        .print_more = print_speedups,
    };
}
