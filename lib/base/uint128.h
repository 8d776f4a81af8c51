/* The compiler's 128-bit integer inside the library; the {lo, hi} pair at its border. */
#ifndef BASE_UINT128_H
#define BASE_UINT128_H

#include "yoke/integer.h"

__extension__ typedef unsigned __int128 uint128;

static inline yoke_uint128 uint128_split(uint128 value)
{
    return (yoke_uint128){(uint64_t)value, (uint64_t)(value >> 64)};
}

static inline uint128 uint128_join(yoke_uint128 value)
{
    return (uint128)value.hi << 64 | value.lo;
}

#endif
