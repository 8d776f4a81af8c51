/* Prefix sums by rows of eight: see kernels.h. */
#ifndef NUMERIC_ISA_SCAN_H
#define NUMERIC_ISA_SCAN_H

#include "numeric/double_bits.h"
#include "tree.h"

/* The numbers one and two places before those of `here`, whose predecessors `before` has. */
#if VECTOR_DOUBLES == 8
#define ONE_BEFORE(before, here)  __builtin_shufflevector(before, here, 7, 8, 9, 10, 11, 12, 13, 14)
#define TWO_BEFORE(before, here)  __builtin_shufflevector(before, here, 6, 7, 8, 9, 10, 11, 12, 13)
#define FOUR_BEFORE(before, here) __builtin_shufflevector(before, here, 4, 5, 6, 7, 8, 9, 10, 11)
#define ALL_LAST(here)            __builtin_shufflevector(here, here, 7, 7, 7, 7, 7, 7, 7, 7)
#elif VECTOR_DOUBLES == 4
#define ONE_BEFORE(before, here)  __builtin_shufflevector(before, here, 3, 4, 5, 6)
#define TWO_BEFORE(before, here)  __builtin_shufflevector(before, here, 2, 3, 4, 5)
#define FOUR_BEFORE(before, here) (before)
#define ALL_LAST(here)            __builtin_shufflevector(here, here, 3, 3, 3, 3)
#else
#define ONE_BEFORE(before, here) __builtin_shufflevector(before, here, 1, 2)
#define TWO_BEFORE(before, here) (before)
#define ALL_LAST(here)           __builtin_shufflevector(here, here, 1, 1)
#endif

/* Makes the prefix sums of a row. */
static inline __attribute__((always_inline)) void scan_row(const double *x,
                                                           vector row[EIGHT_VECTORS])
{
    vector before = vector_all(-0.0), last = before, here, other;
#pragma GCC unroll 4
    for (size_t j = 0; j < EIGHT_VECTORS; j++) {
        here = vector_load(x + j * VECTOR_DOUBLES);
        other = here + ONE_BEFORE(before, here);
        before = here;
        row[j] = other + TWO_BEFORE(last, other);
        last = other;
    }
#if VECTOR_DOUBLES == 2
    row[3] += row[1];
    row[2] += row[0];
#elif VECTOR_DOUBLES == 4
    row[1] += FOUR_BEFORE(row[0], row[1]);
#else
    row[0] += FOUR_BEFORE(vector_all(-0.0), row[0]);
#endif
}

static inline vector canonical(vector numbers)
{
    vector_mask good = numbers == numbers;
    vector_mask bits = (vector_mask)numbers;
    vector_mask nan = (vector_mask)vector_all(0) + (int64_t)DOUBLE_NAN;
    return (vector)((bits & good) | (nan & ~good));
}

static inline __attribute__((always_inline)) void scan_rows(const double *x, size_t count,
                                                            double before, double *running,
                                                            double *out)
{
    vector sum = vector_all(*running), all_before = vector_all(before);
    for (size_t at = 0; at < count; at += TREE_EIGHT) {
        vector row[EIGHT_VECTORS];
        scan_row(x + at, row);
        if (out) {
#pragma GCC unroll 4
            for (size_t j = 0; j < EIGHT_VECTORS; j++)
                vector_store(out + at + j * VECTOR_DOUBLES, canonical(all_before + (sum + row[j])));
        }
        sum += ALL_LAST(row[EIGHT_VECTORS - 1]);
    }
    *running = sum[0];
}

static void scan(const double *x, size_t count, double before, double *running, double *out)
{
    size_t rows = count / TREE_EIGHT * TREE_EIGHT, rest = count - rows;
    if (out)
        scan_rows(x, rows, before, running, out);
    else
        scan_rows(x, rows, before, running, NULL);
    if (!rest)
        return;
    double last[TREE_EIGHT];
    for (size_t i = 0; i < TREE_EIGHT; i++)
        last[i] = i < rest ? x[rows + i] : -0.0;
    scan_rows(last, TREE_EIGHT, before, running, last);
    if (out)
        memcpy(out + rows, last, rest * sizeof *last);
}

#endif
