/* Neighbours in a row: of threads, or of slices. */
#ifndef NUMERIC_SPAN_H
#define NUMERIC_SPAN_H

#include <stdint.h>

/* Those from `first` up to, not including, `end`. */
struct span {
    unsigned first, end;
};

/* What of a row of `count`, one at least, falls to these of `all` in a row: as much as their part
 * of all is, and one at least. Neighbours share one where it does not come out even. */
static inline struct span span_part(struct span these, unsigned all, unsigned count)
{
    uint64_t row = count, first = all ? these.first * row / all : 0;
    uint64_t end = all ? (these.end * row + all - 1) / all : count;
    first = first < row ? first : row - 1;
    end = end > first ? end : first + 1;
    return (struct span){(unsigned)first, (unsigned)(end < row ? end : row)};
}

#endif
