/* The bits of a double: sign, exponent, fraction. */
#ifndef NUMERIC_DOUBLE_BITS_H
#define NUMERIC_DOUBLE_BITS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DOUBLE_SIGN      (UINT64_C(1) << 63)
#define DOUBLE_MAGNITUDE (DOUBLE_SIGN - 1)
#define DOUBLE_FRACTION  ((UINT64_C(1) << 52) - 1)
#define DOUBLE_INFINITY  (UINT64_C(0x7ff) << 52)

/* The NaN that all of yoke's results are that are none. Processors do not agree on one. */
#define DOUBLE_NAN (UINT64_C(0x7ff8) << 48)

static inline uint64_t double_bits(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static inline double double_of_bits(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* Infinite, or no number. */
static inline bool double_is_special(uint64_t bits)
{
    return (bits & DOUBLE_INFINITY) == DOUBLE_INFINITY;
}

static inline bool double_is_nan(uint64_t bits)
{
    return (bits & DOUBLE_MAGNITUDE) > DOUBLE_INFINITY;
}

/* A finite number is mantissa * 2^exponent. */
static inline int double_exponent(uint64_t bits)
{
    int field = (int)(bits >> 52 & 0x7ff);
    return field + (field == 0) - 1075;
}

static inline uint64_t double_mantissa(uint64_t bits)
{
    return (bits & DOUBLE_FRACTION) | (uint64_t)((bits & DOUBLE_INFINITY) != 0) << 52;
}

/* 2^exponent, -1022 to 1023. */
static inline double double_power(int exponent)
{
    return double_of_bits((uint64_t)(exponent + 1023) << 52);
}

/* The number, or the one NaN. */
static inline double double_canonical(double number)
{
    return double_is_nan(double_bits(number)) ? double_of_bits(DOUBLE_NAN) : number;
}

#endif
