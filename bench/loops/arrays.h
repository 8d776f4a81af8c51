/* The measurements of arrays, and what their answers must be. */
#ifndef LOOPS_ARRAYS_H
#define LOOPS_ARRAYS_H

#include "runtimes/results.h"

void measure_reductions(struct sheet *sheet);
void measure_scans(struct sheet *sheet);

#endif
