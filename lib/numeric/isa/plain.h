/* The loops that the compiler makes vectors of by itself, for each instruction set. */
#ifndef NUMERIC_ISA_PLAIN_H
#define NUMERIC_ISA_PLAIN_H

#include <string.h>

#include "kernels.h"

static void multiply(const double *restrict x, const double *restrict y, size_t count,
                     double *restrict product)
{
    for (size_t i = 0; i < count; i++)
        product[i] = x[i] * y[i];
}

static struct extremes find_extremes(const void *x, size_t count, int64_t fold)
{
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        int64_t bits;
        memcpy(&bits, (const char *)x + i * sizeof bits, sizeof bits);
        int64_t key = bits ^ (-(bits < 0) & fold);
        least = key < least ? key : least;
        greatest = key > greatest ? key : greatest;
    }
    return (struct extremes){least, greatest};
}

/* The halves one by one, since a sum of halves does not run over. */
static int128 add_integers(const int64_t *x, size_t count)
{
    uint64_t low = 0;
    int64_t high = 0;
    for (size_t i = 0; i < count; i++) {
        low += (uint32_t)x[i];
        high += x[i] >> 32;
    }
    return (int128)high * ((int128)1 << 32) + (int128)low;
}

static void find_bins(const double *restrict x, size_t count, double lo, double hi, uint32_t bins,
                      uint32_t *restrict index)
{
    double scale = (double)bins / (hi - lo), last = (double)bins - 1;
    for (size_t i = 0; i < count; i++) {
        double at = (x[i] - lo) * scale;
        at = at < last ? at : last;
        at = x[i] >= lo && x[i] < hi ? at : (double)bins;
        index[i] = (uint32_t)(int32_t)at;
    }
}

#endif
