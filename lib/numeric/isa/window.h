/* Adds to a window of exponents (see kernels.h), and lets the processor say whether that was exact:
 * it keeps flags of what its floating-point operations did. Where none of an invariant's operations
 * was inexact, the invariant holds, whatever the numbers were.
 *
 * A number x is split at the unit of a lane's high part: x = q + r with q a multiple of the unit,
 * high += q, low += r. Splitting itself must not raise the flag. AVX-512 can suppress it for single
 * operations: with a high part that starts at 1.5 * 2^k, which the sum never gets away from,
 * t = high + x rounds x to the unit, q = t - high and r = x - q (Fast2Sum: Dekker 1971). Others
 * have an instruction that rounds to integers and does not raise it: q = round(x / unit). */
#ifndef NUMERIC_ISA_WINDOW_H
#define NUMERIC_ISA_WINDOW_H

#include "flags.h"
#include "kernels.h"
#include "numeric/double_bits.h"
#include "vector.h"

/* As many chains as hide the latency of additions, and fit the registers: 16 with AVX2, else 32. A
 * block of sums takes 0.8 of the time with eight that it takes with four. */
enum { SUM_VECTORS = VECTOR_BYTES == 32 ? 4 : 8, PRODUCT_VECTORS = 4 };

/* How many additions to a lane the high part has room for, as a power of two: more may come until
 * the flags say no. Fewer make the window wider: by so many exponents, 64 - 3 * 10 and
 * 53 - 3 * 8, the numbers of a block may differ. */
enum { ROOM_SUMS = 10, ROOM_PRODUCTS = 8 };

/* The compiler knows nothing of flags: what is calculated from `value` stays behind this line. */
#define KEEP_BEHIND(value) __asm__ __volatile__("" : "+" VECTOR_REGISTER(value))

#if defined(__AVX512F__)

/* The scale is 1: additions and multiplications have units of their own in the processor, and as
 * two of the four operations are made in each, a block takes 0.55 of the time. */
static inline vector split_off(vector x, vector *high, vector scale)
{
    const int quietly = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    vector sum = (vector)_mm512_fmadd_round_pd((__m512d)x, (__m512d)scale, (__m512d)*high, quietly);
    vector upper = vector_product_minus(sum, scale, *high);
    *high = sum;
    return x - upper;
}

static void open_window(struct window *window, int exponent, bool products)
{
    int top = exponent + 2 + (products ? ROOM_PRODUCTS : ROOM_SUMS);
    *window = (struct window){.origin_high = 1.5 * double_power(top)};
    if (products)
        window->origin_low = 1.5 * double_power(top - 52 + ROOM_PRODUCTS);
    for (size_t i = 0; i < WINDOW_LANES; i++) {
        window->high[i] = window->origin_high;
        window->low[i] = window->origin_low;
    }
}

#else

static inline vector split_off(vector x, vector *high, vector scale)
{
    vector scaled = x * scale;
    vector upper = vector_round(scaled);
    *high += upper;
    return vector_product_minus(x, scale, upper);
}

static void open_window(struct window *window, int exponent, bool products)
{
    int room = products ? ROOM_PRODUCTS : ROOM_SUMS;
    *window = (struct window){.exponent_high = exponent - 52 + room};
    window->exponent_low = window->exponent_high - (products ? 53 - room : 0);
}

#endif

static inline vector scale_to(int exponent)
{
    vector scale = vector_all(double_power(-exponent));
    KEEP_BEHIND(scale);
    return scale;
}

/* Loads one part of all lanes, so that what is done with it stays behind flags_clear(). */
static inline __attribute__((always_inline)) void part_load(const double from[WINDOW_LANES],
                                                            vector *part, size_t vectors)
{
#pragma GCC unroll 8
    for (size_t j = 0; j < vectors; j++) {
        part[j] = vector_load(from + j * VECTOR_DOUBLES);
        KEEP_BEHIND(part[j]);
    }
}

static inline __attribute__((always_inline)) void part_keep(vector *part, size_t vectors)
{
#pragma GCC unroll 8
    for (size_t j = 0; j < vectors; j++)
        KEEP_BEHIND(part[j]);
}

static inline __attribute__((always_inline)) void part_store(double to[WINDOW_LANES],
                                                             const vector *part, size_t vectors)
{
#pragma GCC unroll 8
    for (size_t j = 0; j < vectors; j++)
        vector_store(to + j * VECTOR_DOUBLES, part[j]);
}

/* A NaN raises no flag where it is added, but gets into all sums of its lane, and where they are
 * compared the operation is invalid. */
static inline __attribute__((always_inline)) void part_compare(const vector *part, size_t vectors)
{
#pragma GCC unroll 8
    for (size_t j = 0; j < vectors; j++) {
        vector same = part[j];
        KEEP_BEHIND(same);
        vector_mask less = same < part[j];
        KEEP_BEHIND(less);
    }
}

static bool add_to_window(const double *x, size_t count, struct window *window)
{
    vector high[SUM_VECTORS], low[SUM_VECTORS];
    flags_clear();
    part_load(window->high, high, SUM_VECTORS);
    part_load(window->low, low, SUM_VECTORS);
    const vector scale = scale_to(window->exponent_high);
    for (size_t i = 0; i < count; i += SUM_VECTORS * VECTOR_DOUBLES) {
#pragma GCC unroll 8
        for (size_t j = 0; j < SUM_VECTORS; j++)
            low[j] += split_off(vector_load(x + i + j * VECTOR_DOUBLES), &high[j], scale);
    }
    part_keep(high, SUM_VECTORS);
    part_keep(low, SUM_VECTORS);
    part_compare(low, SUM_VECTORS);
    if (flags_inexact())
        return false;
    part_store(window->high, high, SUM_VECTORS);
    part_store(window->low, low, SUM_VECTORS);
    return true;
}

/* The rounded product goes as above, its error (two_prod by FMA: Ogita, Rump and Oishi 2005)
 * straight to the low part, which is split in turn. */
static bool add_products_to_window(const double *x, const double *y, const double *product,
                                   size_t count, struct window *window)
{
    vector high[PRODUCT_VECTORS], low[PRODUCT_VECTORS], rest[PRODUCT_VECTORS];
    flags_clear();
    part_load(window->high, high, PRODUCT_VECTORS);
    part_load(window->low, low, PRODUCT_VECTORS);
    part_load(window->rest, rest, PRODUCT_VECTORS);
    const vector scale = scale_to(window->exponent_high);
    const vector scale_again = scale_to(window->exponent_low - window->exponent_high);
    const vector scale_error = scale_to(window->exponent_low);
    for (size_t i = 0; i < count; i += PRODUCT_VECTORS * VECTOR_DOUBLES) {
#pragma GCC unroll 4
        for (size_t j = 0; j < PRODUCT_VECTORS; j++) {
            size_t at = i + j * VECTOR_DOUBLES;
            vector p = vector_load(product + at);
            KEEP_BEHIND(p);
            vector error = vector_product_minus(vector_load(x + at), vector_load(y + at), p);
            vector below = split_off(p, &high[j], scale);
            rest[j] += split_off(below, &low[j], scale_again);
            rest[j] += split_off(error, &low[j], scale_error);
        }
    }
    part_keep(high, PRODUCT_VECTORS);
    part_keep(low, PRODUCT_VECTORS);
    part_keep(rest, PRODUCT_VECTORS);
    part_compare(rest, PRODUCT_VECTORS);
    if (flags_inexact())
        return false;
    part_store(window->high, high, PRODUCT_VECTORS);
    part_store(window->low, low, PRODUCT_VECTORS);
    part_store(window->rest, rest, PRODUCT_VECTORS);
    return true;
}

/* The sum of a part's lanes without their origins. */
static inline double part_total(const double part[WINDOW_LANES], double origin)
{
    vector lanes[SUM_VECTORS], start = vector_all(origin);
    double total[VECTOR_DOUBLES];
    part_load(part, lanes, SUM_VECTORS);
    for (size_t j = 0; j < SUM_VECTORS; j++)
        lanes[j] -= start;
    for (size_t half = SUM_VECTORS / 2; half; half /= 2)
        for (size_t j = 0; j < half; j++)
            lanes[j] += lanes[j + half];
    vector_store(total, lanes[0]);
    for (size_t half = VECTOR_DOUBLES / 2; half; half /= 2)
        for (size_t j = 0; j < half; j++)
            total[j] += total[j + half];
    return total[0];
}

static bool total_window(const struct window *window, struct window_total *total)
{
    flags_clear();
    total->high = part_total(window->high, window->origin_high);
    total->low = part_total(window->low, window->origin_low);
    total->rest = part_total(window->rest, 0);
    __asm__ __volatile__("" : "+m"(*total));
    return !flags_inexact();
}

#endif
