/* The rows of lib/primes/unit_costs.c, as C. */
#ifndef CALIBRATION_ROWS_H
#define CALIBRATION_ROWS_H

#include <stdio.h>

#include "primes/unit_costs.h"

/* Writes a row of the table as it stands there. */
void rows_print(const struct unit_costs *unit, FILE *stream);

/* Puts the row into the file in place of the one for the same instruction set. Returns 0, or after
 * a report an exit status: the file has no such row, cannot be read or written. */
int rows_replace(const char *path, const struct unit_costs *unit);

#endif
