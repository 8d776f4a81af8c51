/* The rows of the results, and what all of them need. */
#ifndef LOOPS_ROWS_H
#define LOOPS_ROWS_H

#include "loops.h"
#include "runtimes/results.h"

enum {
    EMPTY_HOT,
    EMPTY_AFTER_1MS,
    EMPTY_AFTER_20MS,
    NUMBERS_64,
    JACOBI_64_INSIDE,
    JACOBI_64_OUTSIDE,
    JACOBI_2000,
    SUM_ALONE,
    SUM_ALONE_EXACT,
    SUM,
    SUM_CALL,
    SUM_EXACT,
    DOT,
    DOT_SAME_BITS,
    DOT_CALL,
    DOT_EXACT,
    SCAN_4096,
    SCAN_65536,
    SCAN,
    SCAN_CALL,
    SCAN_DOUBLES,
    MANDELBROT,
    PIPELINE,
    ROWS
};

extern const struct measure rows[ROWS];

/* What the sheet's runtime can do. */
const struct loop_runtime *rows_functions(const struct sheet *sheet);

/* Zeros; ends the program when there is no memory, or an answer is wrong. */
void *rows_allocate(size_t count, size_t size);
void rows_check(const struct sheet *sheet, unsigned row, bool right);

#endif
