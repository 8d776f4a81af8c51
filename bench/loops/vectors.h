/* A sum in the loop that everybody writes, as compilers make vectors of it when they are told for
 * which processor. */
#ifndef LOOPS_VECTORS_H
#define LOOPS_VECTORS_H

#include <stdint.h>

double vectors_sum(const double *x, uint64_t count);

#endif
