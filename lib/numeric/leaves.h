/* How a range is cut into leaves: by its length and the caller's grain alone, as yoke/loop.h says.
 */
#ifndef NUMERIC_LEAVES_H
#define NUMERIC_LEAVES_H

#include <stdbool.h>
#include <stdint.h>

#include "yoke/loop.h"

/* Equal parts of lo <= i < hi, which is not empty: so many parts, of `grain` each but the last. */
struct leaves_parts {
    uint64_t lo, hi, grain, count;
};

struct leaves {
    struct leaves_parts rows;    /* of a loop in one dimension: its numbers */
    struct leaves_parts columns; /* of one in two; else none */
    uint64_t count;              /* leaves */
    uint64_t grain; /* numbers, or elements, in a leaf; where it is cut there are less */
};

/* YOKE_INVALID where rows and columns do not go together. */
yoke_status leaves_check(const yoke_loop *loop);

/* Whether there is nothing to cut. */
static inline bool leaves_none(const yoke_loop *loop)
{
    return loop->lo >= loop->hi || (loop->dimensions == 2 && loop->column_lo >= loop->column_hi);
}

/* `grain`: of a loop in one dimension that has none itself; 0: that of reductions, see leaves.c. */
struct leaves leaves_cut(const yoke_loop *loop, uint64_t grain);

/* Where a part begins; that of `count`, and of those beyond, is where the range ends. */
static inline uint64_t leaves_part_begin(const struct leaves_parts *parts, uint64_t part)
{
    return part < parts->count ? parts->lo + part * parts->grain : parts->hi;
}

/* Gives the piece what is in the leaves first <= leaf < end; of tiles it is one. */
static inline void leaves_give(const struct leaves *leaves, uint64_t first, uint64_t end,
                               yoke_piece *piece)
{
    const struct leaves_parts *rows = &leaves->rows, *columns = &leaves->columns;
    if (columns->count) {
        uint64_t column = first % columns->count;
        piece->column_lo = leaves_part_begin(columns, column);
        piece->column_hi = leaves_part_begin(columns, column + 1);
        first /= columns->count;
        end = first + 1;
    }
    piece->lo = leaves_part_begin(rows, first);
    piece->hi = leaves_part_begin(rows, end);
}

#endif
