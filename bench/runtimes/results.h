/* What a benchmark of runtimes measures, and what came out: every round takes every runtime through
 * one part of the benchmark after the other, A B C A B C ..., so that whatever slows the machine
 * for a while slows them all alike, and ratios are taken within a round. */
#ifndef RUNTIMES_RESULTS_H
#define RUNTIMES_RESULTS_H

#include <stdbool.h>
#include <stdio.h>

#include "rounds/summary.h"
#include "runtime.h"

enum { ROUNDS_MAX = 100, RUNTIMES_MAX = 5, MEASURES_MAX = 24, PARTS_MAX = 12 };

/* One row of the results; all in nanoseconds, and less is better. */
struct measure {
    const char *key;   /* for programs                                                            */
    const char *title; /* for people                                                              */
};

/* Where the values of one runtime in one round go. */
struct sheet {
    const struct runtime *runtime;
    unsigned workers;
    bool alone; /* on one worker, of a part that is measured so as well                           */
    bool present[MEASURES_MAX];
    double value[MEASURES_MAX];
};

/* Measures some rows, of those that the runtime has the means for, and writes them down; ends the
 * program when an answer is wrong. */
struct part {
    const char *name;
    void (*measure)(struct sheet *sheet);
};

void sheet_write(struct sheet *sheet, unsigned measure, double value);

struct results;

struct benchmark {
    const char *name;    /* of the program, without the _bench                                    */
    const char *title;   /* of the picture                                                        */
    const char *summary; /* for the help                                                          */
    const char *notes;   /* what stands below the table                                           */
    const struct measure *measure;
    unsigned measures;
    struct part part[PARTS_MAX]; /* up to one without a name                     */
    unsigned parts_twice; /* the first ones: again with each runtime opened for one worker        */
    const struct runtime *runtime[RUNTIMES_MAX]; /* the first is yoke; up to NULL                 */
    /* Makes a runtime of the source in a folder, one more; NULL after a report. Or NULL. */
    const struct runtime *(*load_peer)(const char *folder);
    void (*print_more)(const struct results *results, FILE *stream); /* NULL: nothing             */
};

struct results {
    const struct benchmark *benchmark;
    unsigned rounds, workers, runtimes;
    bool left_out[PARTS_MAX];                    /* for the owner to set                          */
    const struct runtime *runtime[RUNTIMES_MAX]; /* those that are installed                      */
    bool present[RUNTIMES_MAX][MEASURES_MAX];
    double value[RUNTIMES_MAX][MEASURES_MAX][ROUNDS_MAX];
};

/* Finds the runtimes. */
void results_begin(struct results *results, const struct benchmark *benchmark, unsigned workers,
                   unsigned rounds);

/* Runs all rounds; `progress` shows them on stderr. */
void results_run(struct results *results, bool progress);

/* The least, median and largest of the rounds; of yoke's values over another runtime's. */
struct summary results_value(const struct results *results, unsigned runtime, unsigned measure);
struct summary results_ratio(const struct results *results, unsigned runtime, unsigned measure);

/* How many runtimes have that row. */
unsigned results_present(const struct results *results, unsigned measure);

#endif
