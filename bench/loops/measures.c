/* The measurements but those of arrays, and what their answers must be: see measures.h. */
#include "measures.h"

#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "rows.h"

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
    IMAGE_WIDTH = 1000,
    BLOCKS = 1500
};

/* ---- short loops ----------------------------------------------------------------------------- */

/* The median, since a loop after a rest now and then meets somebody else's work. */
static void measure_after_rest(struct sheet *sheet, unsigned row, unsigned count, int64_t gap)
{
    double samples[EMPTY_1MS];
    for (unsigned i = 0; i < count; i++) {
        rest(gap);
        int64_t began = now();
        rows_functions(sheet)->empty(sheet->workers);
        samples[i] = (double)(now() - began);
    }
    sheet_write(sheet, row, summarise(samples, count).median);
}

static void empty(struct sheet *sheet)
{
    for (unsigned i = 0; i < EMPTY_REGIONS / 10; i++)
        rows_functions(sheet)->empty(sheet->workers);
    int64_t began = now();
    for (unsigned i = 0; i < EMPTY_REGIONS; i++)
        rows_functions(sheet)->empty(sheet->workers);
    sheet_write(sheet, EMPTY_HOT, (double)(now() - began) / (double)EMPTY_REGIONS);
    measure_after_rest(sheet, EMPTY_AFTER_1MS, EMPTY_1MS, 1000000);
    measure_after_rest(sheet, EMPTY_AFTER_20MS, EMPTY_20MS, 20000000);
}

static void numbers(struct sheet *sheet)
{
    double out[NUMBERS] = {0}, expected[NUMBERS];
    for (unsigned i = 0; i < NUMBER_LOOPS / 10; i++)
        rows_functions(sheet)->numbers(out, NUMBERS);
    int64_t began = now();
    for (unsigned i = 0; i < NUMBER_LOOPS; i++)
        rows_functions(sheet)->numbers(out, NUMBERS);
    sheet_write(sheet, NUMBERS_64, (double)(now() - began) / (double)NUMBER_LOOPS);
    work_numbers(expected, 0, NUMBERS);
    rows_check(sheet, NUMBERS_64,
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
    jacobi->one = rows_allocate(jacobi->width * jacobi->width, sizeof(double));
    jacobi->other = rows_allocate(jacobi->width * jacobi->width, sizeof(double));
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
    struct jacobi jacobi = {
        .sweep = rows_functions(sheet)->sweep, .width = width, .sweeps = sweeps};
    if (!*expected)
        *expected = jacobi_expect(jacobi);
    jacobi_open(&jacobi);
    int64_t began = now();
    if (row == JACOBI_64_INSIDE)
        rows_functions(sheet)->job(jacobi_run, &jacobi);
    else
        jacobi_run(&jacobi);
    sheet_write(sheet, row, (double)(now() - began) / (double)sweeps);
    rows_check(sheet, row, jacobi_digest(&jacobi) == *expected);
    jacobi_close(&jacobi);
}

static void jacobi(struct sheet *sheet)
{
    static uint64_t small, large;
    measure_jacobi(sheet, JACOBI_64_INSIDE, SMALL_WIDTH, SMALL_SWEEPS, &small);
    measure_jacobi(sheet, JACOBI_64_OUTSIDE, SMALL_WIDTH, SMALL_SWEEPS, &small);
    measure_jacobi(sheet, JACOBI_2000, LARGE_WIDTH, LARGE_SWEEPS, &large);
}

/* ---- long pieces ----------------------------------------------------------------------------- */

static void mandelbrot(struct sheet *sheet)
{
    static uint64_t expected;
    const size_t size = (size_t)IMAGE_WIDTH * IMAGE_WIDTH;
    struct image image = {IMAGE_WIDTH, IMAGE_WIDTH, rows_allocate(size, 1)};
    if (!expected) {
        work_rows(&image, 0, image.height);
        expected = work_hash(image.points, size);
        memset(image.points, 0, size);
    }
    int64_t began = now();
    rows_functions(sheet)->rows(&image);
    sheet_write(sheet, MANDELBROT, (double)(now() - began));
    rows_check(sheet, MANDELBROT, work_hash(image.points, size) == expected);
    free(image.points);
}

static void pipeline(struct sheet *sheet)
{
    if (!rows_functions(sheet)->pipeline)
        return;
    const size_t size = (size_t)BLOCKS * BLOCK_SIZE;
    uint8_t *bytes = rows_allocate(size, 1);
    struct stream expected = {0};
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i % 251);
    for (size_t i = 0; i < size; i += BLOCK_SIZE)
        work_append(&expected, work_hash(bytes + i, BLOCK_SIZE));
    struct stream stream = {.bytes = bytes, .blocks = BLOCKS};
    int64_t began = now();
    rows_functions(sheet)->pipeline(&stream);
    sheet_write(sheet, PIPELINE, (double)(now() - began));
    rows_check(sheet, PIPELINE, stream.digest == expected.digest);
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
                 "reductions and scans, which round each addition; on one thread a plain loop, by\n"
                 "the widest vectors that the processor has.\n",
        .measure = rows,
        .measures = ROWS,
        .part = {{"empty", empty},
                 {"numbers", numbers},
                 {"jacobi", jacobi},
                 {"reduce", measure_reductions},
                 {"scan", measure_scans},
                 {"mandelbrot", mandelbrot},
                 {"pipeline", pipeline}},
        .runtime = {&loop_runtime_yoke()->runtime, &loop_runtime_onetbb()->runtime,
                    &loop_runtime_openmp()->runtime},
    };
}
