/* The parts of quicksort that one thread does. */
#ifndef FORKS_SORTING_H
#define FORKS_SORTING_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is shorter is sorted by one thread. */
enum { SORTING_SHORT = 1000 };

/* Puts the lesser numbers first, and answers how many these are: at least one, and not all. There
 * are three numbers at least. */
uint64_t sorting_divide(double *x, uint64_t count);

void sorting_alone(double *x, uint64_t count);

#ifdef __cplusplus
}
#endif

#endif
