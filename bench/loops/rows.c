/* See rows.h. */
#include "rows.h"

#include <stdlib.h>

const struct measure rows[ROWS] = {
    [EMPTY_HOT] = {"empty_hot", "empty loop, back to back"},
    [EMPTY_AFTER_1MS] = {"empty_1ms", "empty loop, after 1 ms"},
    [EMPTY_AFTER_20MS] = {"empty_20ms", "empty loop, after 20 ms"},
    [NUMBERS_64] = {"numbers_64", "loop over 64 numbers"},
    [JACOBI_64_INSIDE] = {"jacobi_64_inside", "Jacobi 64 x 64, in a job, a sweep"},
    [JACOBI_64_OUTSIDE] = {"jacobi_64_outside", "Jacobi 64 x 64, a sweep"},
    [JACOBI_2000] = {"jacobi_2000", "Jacobi 2000 x 2000, a sweep"},
    [SUM_ALONE] = {"sum_alone", "sum of 4096 in L1, one thread"},
    [SUM_ALONE_EXACT] = {"sum_alone_exact", "sum of 4096 in L1, one thread, exact"},
    [SUM] = {"sum", "sum of 1e7 doubles"},
    [SUM_CALL] = {"sum_call", "sum, yoke_sum()"},
    [SUM_EXACT] = {"sum_exact", "sum, yoke_sum(), exact"},
    [DOT] = {"dot", "dot product of 1e7 doubles"},
    [DOT_SAME_BITS] = {"dot_same_bits", "dot product, the same bits always"},
    [DOT_CALL] = {"dot_call", "dot product, yoke_dot()"},
    [DOT_EXACT] = {"dot_exact", "dot product, yoke_dot(), exact"},
    [SCAN_4096] = {"scan_4096", "prefix sums of 4096 int64"},
    [SCAN_65536] = {"scan_65536", "prefix sums of 65536 int64"},
    [SCAN] = {"scan", "prefix sums of 1e7 int64"},
    [SCAN_CALL] = {"scan_call", "prefix sums, yoke_scan()"},
    [SCAN_DOUBLES] = {"scan_doubles", "prefix sums of doubles, yoke_scan()"},
    [MANDELBROT] = {"mandelbrot", "Mandelbrot set, 1000 rows"},
    [PIPELINE] = {"pipeline", "in-order pipeline, 1500 blocks"},
};

const struct loop_runtime *rows_functions(const struct sheet *sheet)
{
    return (const struct loop_runtime *)sheet->runtime;
}

void *rows_allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory)
        return memory;
    fprintf(stderr, "loop_bench: there is no memory for %zu MB\n", count * size >> 20);
    exit(EXIT_FAILURE);
}

void rows_check(const struct sheet *sheet, unsigned row, bool right)
{
    if (right)
        return;
    fprintf(stderr, "loop_bench: the answer of %s is wrong: %s\n", sheet->runtime->name,
            rows[row].title);
    exit(EXIT_FAILURE);
}
