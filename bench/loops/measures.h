/* What is measured of loops: short ones and long ones, sums, prefix sums, and a pipeline. */
#ifndef LOOPS_MEASURES_H
#define LOOPS_MEASURES_H

#include "runtimes/results.h"

struct benchmark loop_measures(void);

#endif
