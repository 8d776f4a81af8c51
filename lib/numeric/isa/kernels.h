/* The inner loops over arrays. They know neither servers nor loops, nor strides: they take numbers
 * side by side. One file per instruction set holds a table of them; lib/base/instruction_set.c
 * decides on one. All tables give the same bits. Callers have the processor round to nearest and
 * keep subnormal numbers. */
#ifndef NUMERIC_ISA_KERNELS_H
#define NUMERIC_ISA_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/uint256.h" /* int128 */

/* The tree's lanes, and how they are combined to eight: see yoke/numeric.h. */
enum { TREE_LANES = 32, TREE_EIGHT = 8 };

/* The lanes of a window, of which short vectors leave some unused. */
enum { WINDOW_LANES = 64 };

/* Sums whose digits lie in a window of exponents: 64 lanes of pairs of doubles, of triples for
 * products. Which exponents depends on the largest number at hand; a kernel finds out whether a
 * block fits. A lane counts (high - origin_high) * 2^exponent_high
 * + (low - origin_low) * 2^exponent_low + rest * 2^exponent_low. */
struct window {
    double high[WINDOW_LANES], low[WINDOW_LANES], rest[WINDOW_LANES];
    double origin_high, origin_low;
    int exponent_high, exponent_low;
};

/* What a window has, in its units, without origins. */
struct window_total {
    double high, low, rest;
};

/* The least and the greatest of some keys. */
struct extremes {
    int64_t least, greatest;
};

struct kernels {
    const char *name;

    /* The sum of at most 1024 numbers, and of as many products, as eight lanes. */
    void (*add_block)(const double *x, size_t count, double eight[TREE_EIGHT]);
    void (*add_block_products)(const double *x, const double *y, size_t count,
                               double eight[TREE_EIGHT]);

    /* Opens an empty window for numbers, or products, below 2^(exponent + 1) with
     * WINDOW_LEAST <= exponent <= WINDOW_MOST. NULL where numbers are added one by one. */
    void (*open_window)(struct window *window, int exponent, bool products);

    /* Adds a multiple of WINDOW_LANES numbers to the window. False, with the
     * window as it was: the sums cannot hold them exactly. */
    bool (*add_to_window)(const double *x, size_t count, struct window *window);

    /* The same for products, of which `product` has the rounded ones. */
    bool (*add_products_to_window)(const double *x, const double *y, const double *product,
                                   size_t count, struct window *window);

    /* Adds the lanes of each part up. False: that is not exact. */
    bool (*total_window)(const struct window *window, struct window_total *total);

    /* product[i] = x[i] * y[i], rounded. */
    void (*multiply)(const double *x, const double *y, size_t count, double *product);

    /* The extremes of at least one double or int64_t, as keys that order as numbers do: bits, with
     * all but the sign turned over in negative ones if `fold` is INT64_MAX; 0 for integers. */
    struct extremes (*find_extremes)(const void *x, size_t count, int64_t fold);

    /* The sum of less than 2^31 integers. */
    int128 (*add_integers)(const int64_t *x, size_t count);

    /* Where each number belongs: see yoke_histogram(); `bins` for those that belong nowhere. */
    void (*find_bins)(const double *x, size_t count, double lo, double hi, uint32_t bins,
                      uint32_t *index);

    /* Prefix sums of a leaf: out[i] = before + the sum of x[0] ... x[i], which is made by rows of
     * eight: within a row s[i] = x[i] + x[i - 1], t[i] = s[i] + s[i - 2], u[i] = t[i] + t[i - 4],
     * and the rows' ends are added one after the other to what `running` has, and leave there. With
     * `out` NULL that is all. `out` may be x. */
    void (*scan)(const double *x, size_t count, double before, double *running, double *out);
};

/* The exponents are those of doubles; with some to spare for sums, and for digits further down. */
enum { WINDOW_LEAST = -900, WINDOW_MOST = 1000 };

/* The table in use, or NULL: see instruction_set_choose(). */
const struct kernels *kernels_choose(const char **problem);

/* Every table that was compiled in, best first; ends with NULL. */
extern const struct kernels *const kernels_compiled[];

/* The tables: kernels_NAME is compiled by NAME.c. */
extern const struct kernels kernels_portable;
#if defined(__x86_64__)
extern const struct kernels kernels_avx2, kernels_avx512;
#elif defined(__aarch64__)
extern const struct kernels kernels_neon;
#endif

#endif
