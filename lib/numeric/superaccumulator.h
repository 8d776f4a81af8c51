/* An exact sum of floating-point numbers, and of products of two, as one long integer in chunks of
 * 32 bits, each in a 64-bit number so that a thousand additions need not pass carries on (the small
 * superaccumulator of Neal, "Fast exact summation using small and large superaccumulators", arXiv
 * 1505.05571, 2015; made wide enough for products). It works with integers alone, so it does not
 * depend on rounding modes. */
#ifndef NUMERIC_SUPERACCUMULATOR_H
#define NUMERIC_SUPERACCUMULATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/uint128.h"

/* Chunk i counts 2^(32 i + LOWEST_EXPONENT). The lowest bit of a product is 2^-2148; two chunks
 * more stand below, so that rounding finds three chunks wherever a sum ends. 2^62 products of the
 * largest numbers are below 2^2110. */
enum { SUPERACCUMULATOR_CHUNKS = 136, LOWEST_EXPONENT = -2240 };

/* What has been added besides finite numbers, and whether any was. */
enum {
    ADDED_NAN = 1,
    ADDED_PLUS_INFINITY = 2,
    ADDED_MINUS_INFINITY = 4,
    ADDED_ANYTHING = 8,
    ADDED_OTHER = 16 /* than minus zero */
};

/* All zero: the sum of nothing. Words of 64 bits alone, since they lie in a yoke_exact. */
struct superaccumulator {
    int64_t chunk[SUPERACCUMULATOR_CHUNKS];
    uint64_t pending;   /* additions since carries were passed on                                 */
    uint64_t end;       /* all chunks from here on are 0                                          */
    uint64_t below_top; /* SUPERACCUMULATOR_CHUNKS - the lowest chunk in use; 0: none is in use   */
    uint64_t added;
};

void superaccumulator_add(struct superaccumulator *sum, double number);
void superaccumulator_add_numbers(struct superaccumulator *sum, const double *numbers,
                                  size_t count);
void superaccumulator_add_products(struct superaccumulator *sum, const double *x, const double *y,
                                   size_t count);

/* Adds magnitude * 2^exponent, or takes it off. It must fit; says nothing about zeros. */
void superaccumulator_add_scaled(struct superaccumulator *sum, uint128 magnitude, bool negative,
                                 int exponent);

/* Takes note of numbers that somebody else has added up, or is about to: whether all of them are
 * minus zero, which is of interest while nothing else came. */
void superaccumulator_note_zeros(struct superaccumulator *sum, const double *x, size_t count);
void superaccumulator_note_products(struct superaccumulator *sum, const double *x, const double *y,
                                    size_t count);
static inline bool superaccumulator_wants_notes(const struct superaccumulator *sum)
{
    return !(sum->added & ADDED_OTHER);
}

void superaccumulator_merge(struct superaccumulator *sum, const struct superaccumulator *other);

/* The double nearest to the sum, and nearest to its square root. */
double superaccumulator_round(const struct superaccumulator *sum);
double superaccumulator_root(const struct superaccumulator *sum);

/* Passes all carries on: every chunk then holds 32 bits of the sum, as a negative number has them
 * in two's complement, also in the uppermost one. */
void superaccumulator_settle(struct superaccumulator *sum);

#endif
