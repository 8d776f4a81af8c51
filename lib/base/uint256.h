/* Integers modulo 2^256, for sums that do not fit the compiler's 128 bits. */
#ifndef BASE_UINT256_H
#define BASE_UINT256_H

#include <stdbool.h>

#include "uint128.h"

__extension__ typedef __int128 int128;

/* hi * 2^128 + lo. */
struct uint256 {
    uint128 lo, hi;
};

static inline struct uint256 uint256_of(uint128 value)
{
    return (struct uint256){value, 0};
}

static inline void uint256_add(struct uint256 *sum, struct uint256 value)
{
    sum->lo += value.lo;
    sum->hi += value.hi + (sum->lo < value.lo);
}

static inline void uint256_subtract(struct uint256 *difference, struct uint256 value)
{
    uint128 before = difference->lo;
    difference->lo -= value.lo;
    difference->hi -= value.hi + (before < value.lo);
}

static inline struct uint256 uint256_product(uint128 a, uint128 b)
{
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64);
    uint64_t b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    uint128 low = (uint128)a0 * b0;
    uint128 middle = (uint128)a0 * b1;
    uint128 other = (uint128)a1 * b0;
    uint128 carry = (low >> 64) + (uint64_t)middle + (uint64_t)other;
    return (struct uint256){carry << 64 | (uint64_t)low,
                            (uint128)a1 * b1 + (middle >> 64) + (other >> 64) + (carry >> 64)};
}

static inline struct uint256 uint256_times(struct uint256 value, uint64_t factor)
{
    struct uint256 product = uint256_product(value.lo, factor);
    product.hi += value.hi * factor;
    return product;
}

/* Rounded down, as an integer from 0 to 2^256 - 1. */
static inline struct uint256 uint256_half(struct uint256 value)
{
    return (struct uint256){value.lo >> 1 | value.hi << 127, value.hi >> 1};
}

/* Adds a value between -2^127 and 2^127. */
static inline void uint256_add_signed(struct uint256 *sum, int128 value)
{
    uint256_add(sum, (struct uint256){(uint128)value, value < 0 ? ~(uint128)0 : 0});
}

static inline void uint256_add_product(struct uint256 *sum, int128 a, uint128 b)
{
    if (a < 0)
        uint256_subtract(sum, uint256_product(-(uint128)a, b));
    else
        uint256_add(sum, uint256_product((uint128)a, b));
}

static inline bool uint256_equal(struct uint256 a, struct uint256 b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

static inline yoke_uint256 uint256_split(struct uint256 value)
{
    return (yoke_uint256){{(uint64_t)value.lo, (uint64_t)(value.lo >> 64), (uint64_t)value.hi,
                           (uint64_t)(value.hi >> 64)}};
}

static inline struct uint256 uint256_join(yoke_uint256 value)
{
    return (struct uint256){(uint128)value.word[1] << 64 | value.word[0],
                            (uint128)value.word[3] << 64 | value.word[2]};
}

#endif
