/* Chooses how many numbers a leaf of a reduction has, and how large a tile is: see leaves.h. */
#include "leaves.h"

#include "base/error.h"

/* A leaf costs a call of the body and a combine(), some 10 ns in all; and a range of few numbers
 * may be one of costly ones, for many workers. So up to LEAVES_FEW numbers each is a leaf; beyond,
 * leaves and numbers in a leaf both grow with the square root of the length: 10,000 numbers make
 * 313 leaves, a million 3907, which costs 40 microseconds, where loading the numbers alone takes a
 * hundred. A power of two, so that leaves of an array begin where its cache lines do. */
enum { LEAVES_FEW = 128 };

static unsigned log2_of(uint64_t number)
{
    return 63 - (unsigned)__builtin_clzll(number);
}

static uint64_t chosen_grain(uint64_t length)
{
    return length < LEAVES_FEW ? 1 : UINT64_C(1) << (log2_of(length) - 3) / 2;
}

static struct leaves_parts parts(uint64_t lo, uint64_t hi, uint64_t grain)
{
    /* By 1 as well, in the shortest loops, of which a division is a tenth. */
    uint64_t before_last = grain == 1 ? hi - lo - 1 : (hi - lo - 1) / grain;
    return (struct leaves_parts){lo, hi, grain, before_last + 1};
}

/* ---- tiles ----------------------------------------------------------------------------------- */

/* A tile has as many elements as there are tiles: a square grid has about as many of them as rows,
 * and sharing out tiles costs what sharing out rows does. But no more than 8 rows of 32: a
 * processor foresees what a loop loads in some ten places at a time, and where the next tile goes
 * on. A sweep of Jacobi over 1000, 2000 and 6000 squared doubles took 1.1 to 1.5 times as long as
 * by whole rows, but 1.3 to 1.6 times by 8 x 128, and 1.4 to 2.2 times by 16 x 64; lower and wider
 * tiles gained nothing. A transposition needs all the rows that it can have: one of 4096 squared,
 * where the numbers of a column displace each other, took 0.5 times as long as by rows with 8 x 32,
 * but 1.0 times with 4 or 8 x 64. For the order of tiles it is the same: back and forth took
 * Jacobi 1.0 to 1.5 times as long, in bands of eight or by halves 1.2 to 2.7 times, and neither
 * transpositions nor products of matrices gained by any of these. (One core of a Zen 5, time of the
 * processor.) */
enum { TILE_LOG2 = 8, TILE_COLUMNS_LOG2 = 5 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Rounded up. */
static unsigned log2_above(uint64_t number)
{
    return number > 1 ? log2_of(number - 1) + 1 : 0;
}

static void choose_tile(uint64_t rows, uint64_t columns, uint64_t *grain, uint64_t *column_grain)
{
    uint64_t elements = rows * columns;
    unsigned log2 = elements < LEAVES_FEW ? 0 : least(log2_of(elements) / 2, TILE_LOG2);
    unsigned wide = least(least(log2, TILE_COLUMNS_LOG2), log2_above(columns));
    unsigned high = least(log2 - wide, log2_above(rows));
    if (!*grain)
        *grain = UINT64_C(1) << high;
    if (!*column_grain)
        *column_grain = UINT64_C(1) << (log2 - high);
}

static struct leaves cut_tiles(const yoke_loop *loop)
{
    uint64_t rows = loop->hi - loop->lo, columns = loop->column_hi - loop->column_lo;
    uint64_t grain = loop->grain, column_grain = loop->column_grain;
    choose_tile(rows, columns, &grain, &column_grain);
    struct leaves leaves = {.rows = parts(loop->lo, loop->hi, grain),
                            .columns = parts(loop->column_lo, loop->column_hi, column_grain),
                            .grain = (grain < rows ? grain : rows) *
                                     (column_grain < columns ? column_grain : columns)};
    leaves.count = leaves.rows.count * leaves.columns.count;
    return leaves;
}

/* ---- leaves ---------------------------------------------------------------------------------- */

yoke_status leaves_check(const yoke_loop *loop)
{
    uint64_t elements;
    if (loop->dimensions > 2)
        return error_set(YOKE_INVALID, "loop.dimensions is %u; it must be 1 or 2",
                         loop->dimensions);
    if (loop->dimensions == 2 && !leaves_none(loop) &&
        __builtin_mul_overflow(loop->hi - loop->lo, loop->column_hi - loop->column_lo, &elements))
        return error_set(YOKE_INVALID, "a loop over more than 2^64 - 1 elements; cut its rows");
    if (loop->dimensions < 2 && (loop->column_lo | loop->column_hi | loop->column_grain))
        return error_set(YOKE_INVALID, "a loop has columns, but one dimension; set "
                                       "loop.dimensions to 2");
    return YOKE_OK;
}

struct leaves leaves_cut(const yoke_loop *loop, uint64_t grain)
{
    if (loop->dimensions == 2)
        return cut_tiles(loop);
    if (loop->grain)
        grain = loop->grain;
    if (!grain)
        grain = chosen_grain(loop->hi - loop->lo);
    struct leaves leaves = {.rows = parts(loop->lo, loop->hi, grain), .grain = grain};
    leaves.count = leaves.rows.count;
    return leaves;
}
