/* An exact sum of arrays in the making: blocks go into a window of exponents as long as they fit,
 * else one by one into a superaccumulator, which in the end has it all. */
#ifndef NUMERIC_EXACT_SUM_H
#define NUMERIC_EXACT_SUM_H

#include "array.h"
#include "isa/kernels.h"
#include "superaccumulator.h"

struct exact_sum {
    const struct kernels *kernels;
    struct superaccumulator *total; /* whose it is says who begins */
    struct window window;
    bool open; /* the window */
};

void exact_sum_begin(struct exact_sum *sum, const struct kernels *kernels,
                     struct superaccumulator *total);

/* Adds the floating-point numbers from `first` on, `count` of them, or the products with those of
 * `y` unless that is NULL. */
void exact_sum_add(struct exact_sum *sum, const yoke_array *x, const yoke_array *y, size_t first,
                   size_t count);

/* Puts what the window has into the total. */
void exact_sum_end(struct exact_sum *sum);

#endif
