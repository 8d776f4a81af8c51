/* The phases as a picture: a bar for each row, in parts. */
#ifndef PHASES_BARS_H
#define PHASES_BARS_H

#include "phases.h"
#include "rounds/contest.h"
#include "rounds/machine.h"
#include "rounds/rows.h"

struct bar {
    struct interval row;
    struct summary all;   /* seconds                                                              */
    double phase[PHASES]; /* medians                                                              */
};

/* Writes the page, and the index of all, into the folder. Returns 0, or after a report the exit
 * status. */
int bars_write(const struct bar *bars, unsigned count, unsigned rounds,
               const struct machine *machine, const char *folder);

#endif
