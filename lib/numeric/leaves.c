/* Chooses how many numbers a leaf of a reduction has: see leaves.h. */
#include "leaves.h"

/* About a quarter of the square root of the length. A leaf costs a call of the body and a combine()
 * of some nanoseconds in all: for a million numbers that makes less than a tenth of a nanosecond a
 * number, beside which a load from memory takes several. A range of few numbers is mostly one of
 * costly ones: below 64 each is a leaf, and 4096 still make 256 leaves, for as many workers. A
 * power of two, so that leaves of an array begin where its cache lines do. */
static uint64_t chosen_grain(uint64_t length)
{
    unsigned log2 = 63 - (unsigned)__builtin_clzll(length);
    return log2 > 4 ? UINT64_C(1) << (log2 - 4) / 2 : 1;
}

struct leaves leaves_cut(uint64_t lo, uint64_t hi, uint64_t grain)
{
    if (!grain)
        grain = chosen_grain(hi - lo);
    return (struct leaves){.lo = lo, .hi = hi, .grain = grain, .count = (hi - lo - 1) / grain + 1};
}
