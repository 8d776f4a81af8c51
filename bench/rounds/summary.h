/* Statistics over rounds. */
#ifndef ROUNDS_SUMMARY_H
#define ROUNDS_SUMMARY_H

struct summary {
    double min, median, max;
};

/* Sorts the values, of which there is at least one, and sums them up. */
struct summary summarise(double *values, unsigned count);

#endif
