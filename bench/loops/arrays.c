/* Sums, dot products and prefix sums of arrays: see arrays.h. */
#include "arrays.h"

#include <stdlib.h>
#include <string.h>

#include "rows.h"

/* Those of LENGTH no cache holds; the others lie in the first and in the second one. */
enum { IN_FIRST_CACHE = 4096, IN_SECOND_CACHE = 65536, LENGTH = 10000000 };

/* How often each is done: so that the clock, and what comes before the first one, do not count. */
enum { TIMES_IN_FIRST_CACHE = 10000, TIMES_IN_SECOND_CACHE = 500, TIMES = 3 };

/* Numbers whose sums are exact, so that each order gives the same. */
static void fill(double *x, double *y)
{
    for (uint64_t i = 0; i < LENGTH; i++) {
        x[i] = (double)(i % 1000);
        y[i] = (double)(i % 7);
    }
}

/* Of x, or of what the first cache holds of it. */
static void measure_sum(struct sheet *sheet, unsigned row, double (*sum)(const double *, uint64_t),
                        const double *x)
{
    bool alone = row == SUM_ALONE || row == SUM_ALONE_EXACT;
    uint64_t length = alone ? IN_FIRST_CACHE : LENGTH;
    unsigned times = alone ? TIMES_IN_FIRST_CACHE : TIMES;
    double answer = 0;
    if (!sum)
        return;
    int64_t began = now();
    for (unsigned i = 0; i < times; i++)
        answer = sum(x, length);
    sheet_write(sheet, row, (double)(now() - began) / (double)times);
    rows_check(sheet, row, answer == work_sum(x, 0, length));
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
    rows_check(sheet, row, answer == work_dot(x, y, 0, LENGTH));
}

/* A runtime without calls for arrays takes part with its reduction. */
void measure_reductions(struct sheet *sheet)
{
    const struct loop_runtime *of = rows_functions(sheet);
    double *x = rows_allocate(LENGTH, sizeof *x), *y = rows_allocate(LENGTH, sizeof *y);
    fill(x, y);
    measure_sum(sheet, SUM_ALONE, of->sum_alone, x);
    measure_sum(sheet, SUM_ALONE_EXACT, of->sum_alone_exact ? of->sum_alone_exact : of->sum_alone,
                x);
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

/* As `x`, whose sums are exact in doubles too. */
struct prefixes {
    int64_t *x, *sums;
    double *doubles, *double_sums;
};

static void measure_scan(struct sheet *sheet, unsigned row,
                         void (*scan)(const int64_t *, int64_t *, uint64_t),
                         const struct prefixes *of)
{
    uint64_t length = row == SCAN_4096    ? IN_FIRST_CACHE
                      : row == SCAN_65536 ? IN_SECOND_CACHE
                                          : LENGTH;
    unsigned times = row == SCAN_4096    ? TIMES_IN_FIRST_CACHE
                     : row == SCAN_65536 ? TIMES_IN_SECOND_CACHE
                                         : TIMES;
    memset(of->sums, 0, length * sizeof *of->sums); /* so that their pages are there */
    int64_t began = now();
    for (unsigned i = 0; i < times; i++)
        scan(of->x, of->sums, length);
    sheet_write(sheet, row, (double)(now() - began) / (double)times);
    int64_t sum = 0;
    bool right = true;
    for (uint64_t i = 0; i < length; i++)
        right = right && of->sums[i] == (sum += of->x[i]);
    rows_check(sheet, row, right);
}

static void measure_scan_of_doubles(struct sheet *sheet, const struct prefixes *of)
{
    memset(of->double_sums, 0, LENGTH * sizeof *of->double_sums);
    int64_t began = now();
    for (unsigned i = 0; i < TIMES; i++)
        rows_functions(sheet)->scan_doubles(of->doubles, of->double_sums, LENGTH);
    sheet_write(sheet, SCAN_DOUBLES, (double)(now() - began) / TIMES);
    int64_t sum = 0;
    bool right = true;
    for (uint64_t i = 0; i < LENGTH; i++)
        right = right && of->double_sums[i] == (double)(sum += of->x[i]);
    rows_check(sheet, SCAN_DOUBLES, right);
}

void measure_scans(struct sheet *sheet)
{
    const struct loop_runtime *of = rows_functions(sheet);
    struct prefixes prefixes = {.x = rows_allocate(LENGTH, sizeof(int64_t)),
                                .sums = rows_allocate(LENGTH, sizeof(int64_t)),
                                .doubles = rows_allocate(LENGTH, sizeof(double)),
                                .double_sums = rows_allocate(LENGTH, sizeof(double))};
    for (int64_t i = 0; i < LENGTH; i++)
        prefixes.doubles[i] = (double)(prefixes.x[i] = i % 1000 - 500);
    measure_scan(sheet, SCAN_4096, of->scan, &prefixes);
    measure_scan(sheet, SCAN_65536, of->scan, &prefixes);
    measure_scan(sheet, SCAN, of->scan, &prefixes);
    measure_scan(sheet, SCAN_CALL, of->call_scan ? of->call_scan : of->scan, &prefixes);
    measure_scan_of_doubles(sheet, &prefixes);
    free(prefixes.x);
    free(prefixes.sums);
    free(prefixes.doubles);
    free(prefixes.double_sums);
}
