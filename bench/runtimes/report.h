/* What came out: for people, for programs, and as a picture. */
#ifndef RUNTIMES_REPORT_H
#define RUNTIMES_REPORT_H

#include <stdio.h>

#include "results.h"
#include "rounds/machine.h"

/* Adds the versions of the runtimes, and which are missing, to the facts. */
void report_runtimes(const struct results *results, struct machine *machine);

void report_print(const struct results *results, const struct machine *machine, FILE *stream);

/* A JSON object with the nanoseconds of every round. */
void report_print_json(const struct results *results, const struct machine *machine, FILE *stream);

/* An SVG picture: a group of bars for each measurement, on a logarithmic scale. */
void picture_print(const struct results *results, const struct machine *machine, FILE *stream);

/* 1234 as "1.23 us"; `text` has room for 16 bytes. */
const char *report_time(double nanoseconds, char *text);

#endif
