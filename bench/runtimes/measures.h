/* What is measured, and how: every round takes every runtime through one measurement after the
 * other, A B C A B C ..., so that whatever slows the machine for a while slows them all alike, and
 * ratios are taken within a round. */
#ifndef RUNTIMES_MEASURES_H
#define RUNTIMES_MEASURES_H

#include <stdbool.h>

#include "rounds/summary.h"
#include "runtime.h"

enum { ROUNDS_MAX = 100, RUNTIMES_MAX = 4 };

/* One row of the results; all in nanoseconds, and less is better. */
enum measure {
    EMPTY_1, /* per job, by so many producers                                                     */
    EMPTY_2,
    EMPTY_4,
    START_HOT_P50, /* from submitting to the start of the job, by the pause before               */
    START_HOT_P99,
    START_1MS_P50,
    START_1MS_P99,
    START_20MS_P50,
    START_20MS_P99,
    TRIP_HOT_P50, /* until the wait has returned                                                  */
    TRIP_HOT_P99,
    TRIP_1MS_P50,
    TRIP_1MS_P99,
    TRIP_20MS_P50,
    TRIP_20MS_P99,
    INSIDE,
    FIBONACCI,
    NESTED,
    CROWD,
    MEASURES
};

struct measures {
    unsigned rounds, workers, runtimes;
    const struct runtime *runtime[RUNTIMES_MAX]; /* the first is yoke                             */
    bool present[RUNTIMES_MAX][MEASURES];
    double value[RUNTIMES_MAX][MEASURES][ROUNDS_MAX];
};

struct measure_text {
    const char *key;   /* for programs                                                            */
    const char *title; /* for people                                                              */
};

extern const struct measure_text measure_text[MEASURES];

/* Finds the runtimes. */
void measures_begin(struct measures *measures, unsigned workers, unsigned rounds);

/* Runs all rounds; `progress` shows them on stderr. Ends the program when an answer is wrong. */
void measures_run(struct measures *measures, bool progress);

/* The least, median and largest of the rounds; of one runtime's values over another's. */
struct summary measures_value(const struct measures *measures, unsigned runtime, unsigned measure);
struct summary measures_ratio(const struct measures *measures, unsigned runtime, unsigned other,
                              unsigned measure);

/* What the nested tasks would take if all workers did nothing else all the time. */
double measures_ideal(const struct measures *measures);

#endif
