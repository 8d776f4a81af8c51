/* What came out, for people and for programs. */
#ifndef PEERS_RESULTS_H
#define PEERS_RESULTS_H

#include <stdio.h>

#include "rounds/contest.h"
#include "rounds/machine.h"

/* Writes the machine, and for each interval a table with a row for each contender. */
void results_print(const struct contest *contest, const struct machine *machine, FILE *stream);

/* Writes the same as a JSON object, with the seconds of every round. */
void results_print_json(const struct contest *contest, const struct machine *machine, FILE *stream);

#endif
