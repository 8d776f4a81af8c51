/* How a range is cut into leaves: by its length and the caller's grain alone, as yoke/loop.h says.
 */
#ifndef NUMERIC_LEAVES_H
#define NUMERIC_LEAVES_H

#include <stdint.h>

struct leaves {
    uint64_t lo, hi;       /* the range, which is not empty */
    uint64_t grain, count; /* numbers in a leaf, the last one may have less; leaves */
};

/* `grain` 0: that of reductions and scans, see leaves.c. */
struct leaves leaves_cut(uint64_t lo, uint64_t hi, uint64_t grain);

/* Where the leaf begins; that of `count`, and of those beyond, is where the range ends. */
static inline uint64_t leaves_begin(const struct leaves *leaves, uint64_t leaf)
{
    return leaf < leaves->count ? leaves->lo + leaf * leaves->grain : leaves->hi;
}

#endif
