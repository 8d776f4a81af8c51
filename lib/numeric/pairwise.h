/* The tree of additions within a leaf: see YOKE_SUM_TREE in yoke/numeric.h. */
#ifndef NUMERIC_PAIRWISE_H
#define NUMERIC_PAIRWISE_H

#include "array.h"
#include "isa/kernels.h"

/* The sum of the numbers from `first` on, `count` of them, at most a leaf, or of
 * the products with those of `y` unless that is NULL. */
double pairwise_sum(const struct kernels *kernels, const yoke_array *x, const yoke_array *y,
                    size_t first, size_t count);

/* *into += *from, doubles both, rounded to nearest in whatever mode the thread is: combines leaves.
 */
void pairwise_combine(void *into, const void *from, void *argument);

#endif
