/* The callers' arrays: what can be wrong with one, and its numbers side by side. */
#ifndef NUMERIC_ARRAY_H
#define NUMERIC_ARRAY_H

#include "yoke/numeric.h"

yoke_status array_check(const yoke_array *array);

/* The numbers from `first` on, `count` of them: where they lie, if that is side by side and of the
 * wanted type, else copied into the buffer. Integers are rounded to double. array_integers() is for
 * arrays of integers. */
const double *array_doubles(const yoke_array *array, size_t first, size_t count, double *buffer);
const int64_t *array_integers(const yoke_array *array, size_t first, size_t count, int64_t *buffer);

#endif
