/* The measurements, and what their answers must be: see measures.h. */
#include "measures.h"

#include <stdlib.h>
#include <string.h>

#include "loops.h"

/* Sizes such that a round takes some seconds: of the short loops so many that the clock and what
 * comes before the first one do not count, of the long ones arrays that no cache holds. */
enum {
    EMPTY_REGIONS = 20000,
    EMPTY_1MS = 150,
    EMPTY_20MS = 20,
    NUMBERS = 64,
    NUMBER_LOOPS = 20000,
    SMALL_WIDTH = 64,
    SMALL_SWEEPS = 10000,
    LARGE_WIDTH = 2000,
    LARGE_SWEEPS = 20,
    LENGTH = 10000000,
    TIMES = 3, /* that a reduction or scan is run, each time over all its numbers                 */
    IMAGE_WIDTH = 1000,
    BLOCKS = 1500
};

enum {
    EMPTY_HOT,
    EMPTY_AFTER_1MS,
    EMPTY_AFTER_20MS,
    NUMBERS_64,
    JACOBI_64_INSIDE,
    JACOBI_64_OUTSIDE,
    JACOBI_2000,
    SUM,
    SUM_CALL,
    SUM_EXACT,
    DOT,
    DOT_SAME_BITS,
    DOT_CALL,
    DOT_EXACT,
    SCAN,
    SCAN_CALL,
    MANDELBROT,
    PIPELINE,
    MEASURES
};

static const struct measure measures[MEASURES] = {
    [EMPTY_HOT] = {"empty_hot", "empty loop, back to back"},
    [EMPTY_AFTER_1MS] = {"empty_1ms", "empty loop, after 1 ms"},
    [EMPTY_AFTER_20MS] = {"empty_20ms", "empty loop, after 20 ms"},
    [NUMBERS_64] = {"numbers_64", "loop over 64 numbers"},
    [JACOBI_64_INSIDE] = {"jacobi_64_inside", "Jacobi 64 x 64, in a job, a sweep"},
    [JACOBI_64_OUTSIDE] = {"jacobi_64_outside", "Jacobi 64 x 64, a sweep"},
    [JACOBI_2000] = {"jacobi_2000", "Jacobi 2000 x 2000, a sweep"},
    [SUM] = {"sum", "sum of 1e7 doubles"},
    [SUM_CALL] = {"sum_call", "sum, yoke_sum()"},
    [SUM_EXACT] = {"sum_exact", "sum, yoke_sum(), exact"},
    [DOT] = {"dot", "dot product of 1e7 doubles"},
    [DOT_SAME_BITS] = {"dot_same_bits", "dot product, the same bits always"},
    [DOT_CALL] = {"dot_call", "dot product, yoke_dot()"},
    [DOT_EXACT] = {"dot_exact", "dot product, yoke_dot(), exact"},
    [SCAN] = {"scan", "prefix sums of 1e7 int64"},
    [SCAN_CALL] = {"scan_call", "prefix sums, yoke_scan()"},
    [MANDELBROT] = {"mandelbrot", "Mandelbrot set, 1000 rows"},
    [PIPELINE] = {"pipeline", "in-order pipeline, 1500 blocks"},
};

static const struct loop_runtime *functions(const struct sheet *sheet)
{
    return (const struct loop_runtime *)sheet->runtime;
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory)
        return memory;
    fprintf(stderr, "loop_bench: there is no memory for %zu MB\n", count * size >> 20);
    exit(EXIT_FAILURE);
}

static void check_answer(const struct sheet *sheet, unsigned measure, bool right)
{
    if (right)
        return;
    fprintf(stderr, "loop_bench: the answer of %s is wrong: %s\n", sheet->runtime->name,
            measures[measure].title);
    exit(EXIT_FAILURE);
}

/* ---- short loops ----------------------------------------------------------------------------- */

/* The median, since a loop after a rest now and then meets somebody else's work. */
static void measure_after_rest(struct sheet *sheet, unsigned row, unsigned count, int64_t gap)
{
    double samples[EMPTY_1MS];
    for (unsigned i = 0; i < count; i++) {
        rest(gap);
        int64_t began = now();
        functions(sheet)->empty(sheet->workers);
        samples[i] = (double)(now() - began);
    }
    sheet_write(sheet, row, summarise(samples, count).median);
}

static void empty(struct sheet *sheet)
{
    for (unsigned i = 0; i < EMPTY_REGIONS / 10; i++)
        functions(sheet)->empty(sheet->workers);
    int64_t began = now();
    for (unsigned i = 0; i < EMPTY_REGIONS; i++)
        functions(sheet)->empty(sheet->workers);
    sheet_write(sheet, EMPTY_HOT, (double)(now() - began) / (double)EMPTY_REGIONS);
    measure_after_rest(sheet, EMPTY_AFTER_1MS, EMPTY_1MS, 1000000);
    measure_after_rest(sheet, EMPTY_AFTER_20MS, EMPTY_20MS, 20000000);
}

static void numbers(struct sheet *sheet)
{
    double out[NUMBERS] = {0}, expected[NUMBERS];
    for (unsigned i = 0; i < NUMBER_LOOPS / 10; i++)
        functions(sheet)->numbers(out, NUMBERS);
    int64_t began = now();
    for (unsigned i = 0; i < NUMBER_LOOPS; i++)
        functions(sheet)->numbers(out, NUMBERS);
    sheet_write(sheet, NUMBERS_64, (double)(now() - began) / (double)NUMBER_LOOPS);
    work_numbers(expected, 0, NUMBERS);
    check_answer(sheet, NUMBERS_64,
                 work_hash(out, sizeof out) == work_hash(expected, sizeof expected));
}

/* ---- Jacobi ---------------------------------------------------------------------------------- */

/* Two grids, and what to do with them. */
struct jacobi {
    void (*sweep)(const struct grid *grid);
    double *one, *other;
    uint64_t width;
    unsigned sweeps;
};

static void sweep_alone(const struct grid *grid)
{
    work_sweep(grid, 1, grid->width - 1);
}

/* One side is hot. */
static void jacobi_open(struct jacobi *jacobi)
{
    jacobi->one = allocate(jacobi->width * jacobi->width, sizeof(double));
    jacobi->other = allocate(jacobi->width * jacobi->width, sizeof(double));
    for (uint64_t i = 0; i < jacobi->width; i++)
        jacobi->one[i] = jacobi->other[i] = 1;
}

static void jacobi_close(struct jacobi *jacobi)
{
    free(jacobi->one);
    free(jacobi->other);
}

static void jacobi_run(void *argument)
{
    struct jacobi *jacobi = argument;
    for (unsigned i = 0; i < jacobi->sweeps; i++) {
        jacobi->sweep(&(struct grid){jacobi->one, jacobi->other, jacobi->width});
        double *kept = jacobi->one;
        jacobi->one = jacobi->other;
        jacobi->other = kept;
    }
}

static uint64_t jacobi_digest(const struct jacobi *jacobi)
{
    return work_hash(jacobi->one, jacobi->width * jacobi->width * sizeof *jacobi->one);
}

/* What one thread makes of such a grid. */
static uint64_t jacobi_expect(struct jacobi jacobi)
{
    jacobi.sweep = sweep_alone;
    jacobi_open(&jacobi);
    jacobi_run(&jacobi);
    uint64_t digest = jacobi_digest(&jacobi);
    jacobi_close(&jacobi);
    return digest;
}

static void measure_jacobi(struct sheet *sheet, unsigned row, uint64_t width, unsigned sweeps,
                           uint64_t *expected)
{
    struct jacobi jacobi = {.sweep = functions(sheet)->sweep, .width = width, .sweeps = sweeps};
    if (!*expected)
        *expected = jacobi_expect(jacobi);
    jacobi_open(&jacobi);
    int64_t began = now();
    if (row == JACOBI_64_INSIDE)
        functions(sheet)->job(jacobi_run, &jacobi);
    else
        jacobi_run(&jacobi);
    sheet_write(sheet, row, (double)(now() - began) / (double)sweeps);
    check_answer(sheet, row, jacobi_digest(&jacobi) == *expected);
    jacobi_close(&jacobi);
}

static void jacobi(struct sheet *sheet)
{
    static uint64_t small, large;
    measure_jacobi(sheet, JACOBI_64_INSIDE, SMALL_WIDTH, SMALL_SWEEPS, &small);
    measure_jacobi(sheet, JACOBI_64_OUTSIDE, SMALL_WIDTH, SMALL_SWEEPS, &small);
    measure_jacobi(sheet, JACOBI_2000, LARGE_WIDTH, LARGE_SWEEPS, &large);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

/* Numbers whose sums are exact, so that each order gives the same. */
static void fill(double *x, double *y)
{
    for (uint64_t i = 0; i < LENGTH; i++) {
        x[i] = (double)(i % 1000);
        y[i] = (double)(i % 7);
    }
}

static void measure_sum(struct sheet *sheet, unsigned row, double (*sum)(const double *, uint64_t),
                        const double *x)
{
    double answer = 0;
    int64_t began = now();
    for (unsigned i = 0; i < TIMES; i++)
        answer = sum(x, LENGTH);
    sheet_write(sheet, row, (double)(now() - began) / TIMES);
    check_answer(sheet, row, answer == work_sum(x, 0, LENGTH));
}

static void measure_dot(struct sheet *sheet, unsigned row,
                        double (*dot)(const double *, const double *, uint64_t), const double *x,
                        const double *y)
{
    double answer = 0;
    if (!dot)
        return;
    int64_t began = now();
    for (unsigned i = 0; i < TIMES; i++)
        answer = dot(x, y, LENGTH);
    sheet_write(sheet, row, (double)(now() - began) / TIMES);
    check_answer(sheet, row, answer == work_dot(x, y, 0, LENGTH));
}

/* A runtime without calls for arrays takes part with its reduction. */
static void reductions(struct sheet *sheet)
{
    const struct loop_runtime *of = functions(sheet);
    double *x = allocate(LENGTH, sizeof *x), *y = allocate(LENGTH, sizeof *y);
    fill(x, y);
    measure_sum(sheet, SUM, of->sum, x);
    measure_sum(sheet, SUM_CALL, of->call_sum ? of->call_sum : of->sum, x);
    measure_sum(sheet, SUM_EXACT, of->call_sum_exact ? of->call_sum_exact : of->sum, x);
    measure_dot(sheet, DOT, of->dot, x, y);
    measure_dot(sheet, DOT_SAME_BITS, of->dot_same_bits, x, y);
    measure_dot(sheet, DOT_CALL, of->call_dot ? of->call_dot : of->dot, x, y);
    measure_dot(sheet, DOT_EXACT, of->call_dot_exact ? of->call_dot_exact : of->dot, x, y);
    free(x);
    free(y);
}

static void measure_scan(struct sheet *sheet, unsigned row,
                         void (*scan)(const int64_t *, int64_t *, uint64_t), const int64_t *x,
                         int64_t *sums)
{
    memset(sums, 0, LENGTH * sizeof *sums); /* so that their pages are there */
    int64_t began = now();
    for (unsigned i = 0; i < TIMES; i++)
        scan(x, sums, LENGTH);
    sheet_write(sheet, row, (double)(now() - began) / TIMES);
    int64_t sum = 0;
    bool right = true;
    for (uint64_t i = 0; i < LENGTH; i++)
        right = right && sums[i] == (sum += x[i]);
    check_answer(sheet, row, right);
}

static void scans(struct sheet *sheet)
{
    const struct loop_runtime *of = functions(sheet);
    int64_t *x = allocate(LENGTH, sizeof *x), *sums = allocate(LENGTH, sizeof *sums);
    for (int64_t i = 0; i < LENGTH; i++)
        x[i] = i % 1000 - 500;
    measure_scan(sheet, SCAN, of->scan, x, sums);
    measure_scan(sheet, SCAN_CALL, of->call_scan ? of->call_scan : of->scan, x, sums);
    free(x);
    free(sums);
}

/* ---- long pieces ----------------------------------------------------------------------------- */

static void mandelbrot(struct sheet *sheet)
{
    static uint64_t expected;
    const size_t size = (size_t)IMAGE_WIDTH * IMAGE_WIDTH;
    struct image image = {IMAGE_WIDTH, IMAGE_WIDTH, allocate(size, 1)};
    if (!expected) {
        work_rows(&image, 0, image.height);
        expected = work_hash(image.points, size);
        memset(image.points, 0, size);
    }
    int64_t began = now();
    functions(sheet)->rows(&image);
    sheet_write(sheet, MANDELBROT, (double)(now() - began));
    check_answer(sheet, MANDELBROT, work_hash(image.points, size) == expected);
    free(image.points);
}

static void pipeline(struct sheet *sheet)
{
    if (!functions(sheet)->pipeline)
        return;
    const size_t size = (size_t)BLOCKS * BLOCK_SIZE;
    uint8_t *bytes = allocate(size, 1);
    struct stream expected = {0};
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i % 251);
    for (size_t i = 0; i < size; i += BLOCK_SIZE)
        work_append(&expected, work_hash(bytes + i, BLOCK_SIZE));
    struct stream stream = {.bytes = bytes, .blocks = BLOCKS};
    int64_t began = now();
    functions(sheet)->pipeline(&stream);
    sheet_write(sheet, PIPELINE, (double)(now() - began));
    check_answer(sheet, PIPELINE, stream.digest == expected.digest);
    free(bytes);
}

/* ---- the benchmark --------------------------------------------------------------------------- */

struct benchmark loop_measures(void)
{
    return (struct benchmark){
        .name = "loop",
        .title = "What a shared loop costs",
        .summary = "Measures loops and reductions of yoke, OpenMP, and other runtimes if they were",
        .notes = "Of the dot products the second\nis parallel_deterministic_reduce's with oneTBB; "
                 "OpenMP has none. Its loop in a job is that of any\nfunction: a parallel region "
                 "of its own. Beside calls for arrays, yoke_sum() and so on, stand\nthe others' "
                 "reductions and scans, which round each addition.\n",
        .measure = measures,
        .measures = MEASURES,
        .part = {{"empty", empty},
                 {"numbers", numbers},
                 {"jacobi", jacobi},
                 {"reduce", reductions},
                 {"scan", scans},
                 {"mandelbrot", mandelbrot},
                 {"pipeline", pipeline}},
        .runtime = {&loop_runtime_yoke()->runtime, &loop_runtime_onetbb()->runtime,
                    &loop_runtime_openmp()->runtime},
    };
}
