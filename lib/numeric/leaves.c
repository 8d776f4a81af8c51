/* Chooses how many numbers a leaf of a reduction has: see leaves.h. */
#include "leaves.h"

/* A leaf costs a call of the body and a combine(), some 10 ns in all; and a range of few numbers
 * may be one of costly ones, for many workers. So up to LEAVES_FEW numbers each is a leaf; beyond,
 * leaves and numbers in a leaf both grow with the square root of the length: 10,000 numbers make
 * 313 leaves, a million 3907, which costs 40 microseconds, where loading the numbers alone takes a
 * hundred. A power of two, so that leaves of an array begin where its cache lines do. */
enum { LEAVES_FEW = 128 };

static uint64_t chosen_grain(uint64_t length)
{
    unsigned log2 = 63 - (unsigned)__builtin_clzll(length);
    return length < LEAVES_FEW ? 1 : UINT64_C(1) << (log2 - 3) / 2;
}

struct leaves leaves_cut(uint64_t lo, uint64_t hi, uint64_t grain)
{
    if (!grain)
        grain = chosen_grain(hi - lo);
    return (struct leaves){.lo = lo, .hi = hi, .grain = grain, .count = (hi - lo - 1) / grain + 1};
}
