/* OpenMP as its users write it. A job is a call: its loops are parallel regions of their own, since
 * a function that is called knows of no team that waits for it. */
#include <omp.h>
#include <stdlib.h>

#include "loops.h"
#include "vectors.h"

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

/* Blocks, so that the inner loop is everybody's. */
enum { BLOCK = 4096 };

static uint64_t block_end(uint64_t lo, uint64_t count)
{
    return count - lo < BLOCK ? count : lo + BLOCK;
}

static double sum(const double *x, uint64_t count)
{
    double sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (uint64_t lo = 0; lo < count; lo += BLOCK)
        sum += work_sum(x, lo, block_end(lo, count));
    return sum;
}

static double dot(const double *x, const double *y, uint64_t count)
{
    double sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (uint64_t lo = 0; lo < count; lo += BLOCK)
        sum += work_dot(x, y, lo, block_end(lo, count));
    return sum;
}

/* By hand, in two passes: gcc's reduction(inscan) takes 30 times as long. */
static void scan(const int64_t *x, int64_t *sums, uint64_t count)
{
    int64_t *totals = calloc((size_t)omp_get_max_threads(), sizeof *totals);
    if (!totals)
        abort();
#pragma omp parallel
    {
        uint64_t thread = (uint64_t)omp_get_thread_num(), team = (uint64_t)omp_get_num_threads();
        uint64_t lo = count * thread / team, hi = count * (thread + 1) / team;
        totals[thread] = work_sum_integers(x, lo, hi);
#pragma omp barrier
        int64_t before = 0;
        for (uint64_t i = 0; i < thread; i++)
            before += totals[i];
        work_scan(x, sums, lo, hi, before);
    }
    free(totals);
}

static void scan_doubles(const double *x, double *sums, uint64_t count)
{
    double *totals = calloc((size_t)omp_get_max_threads(), sizeof *totals);
    if (!totals)
        abort();
#pragma omp parallel
    {
        uint64_t thread = (uint64_t)omp_get_thread_num(), team = (uint64_t)omp_get_num_threads();
        uint64_t lo = count * thread / team, hi = count * (thread + 1) / team;
        totals[thread] = work_sum(x, lo, hi);
#pragma omp barrier
        double before = 0;
        for (uint64_t i = 0; i < thread; i++)
            before += totals[i];
        work_scan_doubles(x, sums, lo, hi, before);
    }
    free(totals);
}

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
        .sum_alone = vectors_sum,
        .sum = sum,
        .dot = dot,
        .scan = scan,
        .scan_doubles = scan_doubles,
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
