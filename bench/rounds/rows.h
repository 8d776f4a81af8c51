/* The rows of a benchmark: intervals of so many numbers from so far up. */
#ifndef ROUNDS_ROWS_H
#define ROUNDS_ROWS_H

#include "contest.h"

enum { ROWS_MAX = 64 };

/* How the options' help describes them. */
#define HEIGHTS_HELP                                                                               \
    "sum from these numbers up, such as 1e12,1e14, or all:\n"                                      \
    "0,1e12,1e14,1e16,1e18; the default is "
#define WIDTHS_HELP                                                                                \
    "how many numbers from each height, 1000 on, or all:\n"                                        \
    "1e4,1e5,1e6,1e7,1e8,1e9,1e10; the default is 1e9"

#define BELOW_HELP                                                                                 \
    "sum and count all primes below each of these, by no\n"                                        \
    "sieve: from 1000 to 2^64, or all: 1e12,1e13,1e14,1e15,1e16"

/* Makes every pair of a height and a width, as the texts of the options say; NULL is the default.
 * Returns how many, or after a report 0. */
unsigned rows_make(const char *heights, const char *widths, struct interval rows[ROWS_MAX]);

/* Makes [0, n) for every number n of the text. Returns how many, or after a report 0. */
unsigned rows_make_below(const char *text, struct interval rows[ROWS_MAX]);

/* Reads how many rounds to run; NULL leaves the default there. Returns false after a report. */
bool rounds_read(const char *text, unsigned *rounds);

/* Writes the interval as "1e12 + [0, 1e9)" and returns `text`. */
#define INTERVAL_TEXT_SIZE 64
const char *interval_text(struct interval interval, char text[INTERVAL_TEXT_SIZE]);

/* Writes its end as "1e12" and returns `text`. */
const char *interval_end_text(struct interval interval, char text[INTERVAL_TEXT_SIZE]);

#endif
