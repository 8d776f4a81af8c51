/* What came out, for people and for programs. */
#ifndef CONTEST_RESULTS_H
#define CONTEST_RESULTS_H

#include <stdio.h>

#include "contest.h"
#include "machine.h"

/* Writes the machine, a row for each contender, and a line for each comparison with a peer. */
void results_print(const struct contest *contest, const struct machine *machine, FILE *stream);

/* Writes the same as a JSON object, with the seconds of every round. */
void results_print_json(const struct contest *contest, const struct machine *machine, FILE *stream);

#endif
