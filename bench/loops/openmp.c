/* OpenMP as its users write it. A job is a call: its loops are parallel regions of their own, since
 * a function that is called knows of no team that waits for it. */
#include <omp.h>
#include <stdlib.h>

#include "loops.h"

static void open_team(unsigned workers)
{
    omp_set_num_threads((int)workers);
}

static void close_team(void)
{
}

static void job(void (*function)(void *argument), void *argument)
{
    function(argument);
}

static void empty(unsigned pieces)
{
#pragma omp parallel for schedule(static, 1)
    for (unsigned i = 0; i < pieces; i++)
        __asm__ volatile(""); /* else the compiler may leave the loop out */
}

static void numbers(double *out, uint64_t count)
{
#pragma omp parallel for
    for (uint64_t i = 0; i < count; i++)
        work_numbers(out, i, i + 1);
}

static void sweep(const struct grid *grid)
{
#pragma omp parallel for
    for (uint64_t row = 1; row < grid->width - 1; row++)
        work_sweep(grid, row, row + 1);
}

static void rows(const struct image *image)
{
#pragma omp parallel for schedule(dynamic)
    for (uint64_t row = 0; row < image->height; row++)
        work_rows(image, row, row + 1);
}

static double sum(const double *x, uint64_t count)
{
    double sum = 0;
#pragma omp parallel for simd reduction(+ : sum)
    for (uint64_t i = 0; i < count; i++)
        sum += x[i];
    return sum;
}

static double dot(const double *x, const double *y, uint64_t count)
{
    double sum = 0;
#pragma omp parallel for simd reduction(+ : sum)
    for (uint64_t i = 0; i < count; i++)
        sum += x[i] * y[i];
    return sum;
}

/* What gcc 12 makes of a scan it then takes for uninitialized. */
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
static void scan(const int64_t *x, int64_t *sums, uint64_t count)
{
    int64_t sum = 0;
#pragma omp parallel for reduction(inscan, + : sum)
    for (uint64_t i = 0; i < count; i++) {
        sum += x[i];
#pragma omp scan inclusive(sum)
        sums[i] = sum;
    }
}
#ifndef __clang__
#pragma GCC diagnostic pop
#endif

/* Tasks, which the blocks that they use keep in order; so many that all threads have some. */
static void pipeline(struct stream *stream)
{
    const uint64_t slots = 4 * (uint64_t)omp_get_max_threads();
    struct block *blocks = malloc(slots * sizeof *blocks);
    uint64_t *hashes = malloc(slots * sizeof *hashes);
    if (!blocks || !hashes)
        abort();
#pragma omp parallel
#pragma omp single
    for (uint64_t i = 0; i < stream->blocks; i++) {
        struct block *block = &blocks[i % slots];
        uint64_t *hash = &hashes[i % slots];
#pragma omp task depend(inout : stream->read) depend(out : *block)
        work_read(stream, block);
#pragma omp task depend(in : *block) depend(out : *hash)
        *hash = work_hash(block, sizeof *block);
#pragma omp task depend(in : *hash) depend(inout : stream->digest)
        work_append(stream, *hash);
    }
    free(blocks);
    free(hashes);
}

const struct loop_runtime *loop_runtime_openmp(void)
{
    static const struct loop_runtime openmp = {
        .runtime = {"OpenMP", COLOUR_OPENMP, openmp_version, open_team, close_team},
        .job = job,
        .empty = empty,
        .numbers = numbers,
        .sweep = sweep,
        .rows = rows,
        .sum = sum,
        .dot = dot,
        .scan = scan,
        .pipeline = pipeline,
    };
    return &openmp;
}

#ifndef HAVE_ONETBB
const struct loop_runtime *loop_runtime_onetbb(void)
{
    static const struct loop_runtime missing = {.runtime.name = "oneTBB"};
    return &missing;
}
#endif
