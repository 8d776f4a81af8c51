/* Sums of blocks in 32 lanes: the same additions with every instruction set, since each lane is a
 * chain of its own, however many of them lie in a vector. */
#ifndef NUMERIC_ISA_TREE_H
#define NUMERIC_ISA_TREE_H

#include "kernels.h"
#include "vector.h"

/* As many vectors at a time as leave registers for the numbers: all lanes but with the shortest
 * vectors, which pass over the block, in the L1 cache, twice. */
#define LANE_VECTORS  (TREE_LANES / VECTOR_DOUBLES)
#define TREE_VECTORS  (LANE_VECTORS < 8 ? LANE_VECTORS : 8)
#define EIGHT_VECTORS (TREE_EIGHT / VECTOR_DOUBLES)

/* gcc's analyzer loses sight of arrays of vectors that are filled in loops. */
#if defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-use-of-uninitialized-value"
#endif

/* Adds rows of 32 numbers, or of products, to their lanes. */
static inline __attribute__((always_inline)) void add_rows(const double *x, const double *y,
                                                           size_t count, vector lanes[LANE_VECTORS])
{
    for (size_t part = 0; part < LANE_VECTORS; part += TREE_VECTORS) {
        vector sum[TREE_VECTORS];
        memcpy(sum, lanes + part, sizeof sum);
        for (size_t row = 0; row < count; row += TREE_LANES) {
#pragma GCC unroll 8
            for (size_t j = 0; j < TREE_VECTORS; j++) {
                size_t at = row + (part + j) * VECTOR_DOUBLES;
                sum[j] += y ? vector_load(x + at) * vector_load(y + at) : vector_load(x + at);
            }
        }
        memcpy(lanes + part, sum, sizeof sum);
    }
}

/* Minus zero is what can be added to any number without changing it. */
static inline __attribute__((always_inline)) void add_any(const double *x, const double *y,
                                                          size_t count, double eight[TREE_EIGHT])
{
    vector lanes[LANE_VECTORS];
    size_t rows = count / TREE_LANES * TREE_LANES, rest = count - rows;
    for (size_t i = 0; i < LANE_VECTORS; i++)
        lanes[i] = vector_all(-0.0);
    add_rows(x, y, rows, lanes);
    if (rest) {
        double last_x[TREE_LANES], last_y[TREE_LANES];
        for (size_t i = 0; i < TREE_LANES; i++) {
            last_x[i] = i < rest ? x[rows + i] : -0.0;
            last_y[i] = y && i < rest ? y[rows + i] : 1.0;
        }
        add_rows(last_x, y ? last_y : NULL, TREE_LANES, lanes);
    }
    for (size_t i = 0; i < EIGHT_VECTORS; i++)
        vector_store(eight + i * VECTOR_DOUBLES,
                     (lanes[i] + lanes[i + EIGHT_VECTORS]) +
                         (lanes[i + 2 * EIGHT_VECTORS] + lanes[i + 3 * EIGHT_VECTORS]));
}

#if defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

static void add_block(const double *x, size_t count, double eight[TREE_EIGHT])
{
    add_any(x, NULL, count, eight);
}

static void add_block_products(const double *x, const double *y, size_t count,
                               double eight[TREE_EIGHT])
{
    add_any(x, y, count, eight);
}

#endif
