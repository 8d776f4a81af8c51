/* What the tests of sums share: numbers of all kinds, and slow twins: sums as long integers that
 * are added and rounded bit by bit, and the tree as yoke/numeric.h tells. */
#ifndef TESTS_WITH_NUMBERS_H
#define TESTS_WITH_NUMBERS_H

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/uint128.h"
#include "random.h"
#include "yoke/numeric.h"

static inline uint64_t bits_in(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static inline double number_in(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

#define NAN_BITS (UINT64_C(0x7ff8) << 48)

/* ---- numbers ------------------------------------------------------------------------------- */

/* Alike, of many sizes, of all sizes, small integers, zeros, powers of two next to each other, the
 * largest and the smallest, and any bits, which takes in NaNs and infinities. */
enum numbers {
    ALIKE,
    WIDE,
    WIDEST,
    INTEGERS,
    MINUS_ZEROS,
    POWERS,
    LARGEST,
    SMALLEST,
    ANY,
    MIXED,
    KINDS
};

static inline double draw_of(enum numbers kind, uint64_t *random)
{
    uint64_t bits = random_next(random);
    double digits = (double)(bits >> 11) * 0x1p-53 - 0.5;
    switch (kind) {
    case ALIKE:
        return digits;
    case WIDE:
        return ldexp(digits, (int)random_below(random, 80) - 40);
    case WIDEST:
        return number_in((bits & ~(UINT64_C(0x7ff) << 52)) | random_below(random, 2047) << 52);
    case INTEGERS:
        return (double)((int)(bits % 2001) - 1000);
    case MINUS_ZEROS:
        return bits % 1000 == 0 ? 0.0 : -0.0;
    case POWERS:
        return ldexp(bits & 1 ? 1 : -1, (int)(bits >> 32 & 255) - 128);
    case LARGEST:
        return ldexp(digits, 1023 + (int)(bits & 1));
    case SMALLEST:
        return number_in((bits & UINT64_C(0x801fffffffffffff)));
    case ANY:
        return random_below(random, 50) ? digits : number_in(bits | UINT64_C(0x7fe) << 52);
    default:
        return draw_of((enum numbers)(random_below(random, 20) ? ALIKE : bits % ANY), random);
    }
}

/* A third of what is drawn is taken back, so that much is cancelled. */
static inline void draw_all(double *numbers, size_t count, enum numbers kind, uint64_t seed)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = i % 3 == 2 ? -numbers[random_below(&seed, i)] : draw_of(kind, &seed);
}

/* ---- exact sums, bit by bit ---------------------------------------------------------------- */

/* Bit i counts 2^(i - BIG_BELOW), in two's complement. */
enum { BIG_WORDS = 145, BIG_BELOW = 2200, BIG_BITS = 32 * BIG_WORDS };

struct big {
    uint32_t word[BIG_WORDS];
    bool nan, plus, minus, any, other;
};

static inline void big_negate(struct big *big)
{
    uint64_t carry = 1;
    for (int i = 0; i < BIG_WORDS; i++, carry >>= 32)
        big->word[i] = (uint32_t)(carry += (uint32_t)~big->word[i]);
}

/* Adds 2^exponent times a number of two words of 64 bits, by halves of these. */
static inline void big_add(struct big *big, const uint64_t value[2], bool negative, int exponent)
{
    if (negative)
        big_negate(big);
    for (int i = 0; i < 128; i++) {
        if (!(value[i / 64] >> i % 64 & 1))
            continue;
        int at = exponent + BIG_BELOW + i;
        uint64_t carry = UINT64_C(1) << at % 32;
        for (int word = at / 32; carry && word < BIG_WORDS; word++, carry >>= 32)
            big->word[word] = (uint32_t)(carry += big->word[word]);
    }
    if (negative)
        big_negate(big);
}

static inline void big_add_product(struct big *big, double x, double y)
{
    int exponent_x, exponent_y;
    bool negative = signbit(x) != signbit(y);
    big->any = true;
    big->other |= !(x == 0 || y == 0) || !negative || isinf(x) || isinf(y);
    if (isnan(x) || isnan(y) || isinf(x) || isinf(y)) {
        bool nan = isnan(x) || isnan(y) || x == 0 || y == 0;
        *(nan ? &big->nan : negative ? &big->minus : &big->plus) = true;
        return;
    }
    uint64_t a = (uint64_t)fabs(ldexp(frexp(x, &exponent_x), 53));
    uint64_t b = (uint64_t)fabs(ldexp(frexp(y, &exponent_y), 53));
    uint128 product = (uint128)a * b;
    uint64_t value[2] = {(uint64_t)product, (uint64_t)(product >> 64)};
    big_add(big, value, negative, exponent_x + exponent_y - 106);
}

static inline void big_add_number(struct big *big, double x)
{
    big_add_product(big, x, 1.0);
}

static inline bool big_bit(const struct big *big, int i)
{
    return big->word[i / 32] >> i % 32 & 1;
}

static inline bool big_any_below(const struct big *big, int end)
{
    for (int i = 0; i < end; i++)
        if (big_bit(big, i))
            return true;
    return false;
}

static inline double big_round(const struct big *of)
{
    struct big big = *of;
    if (big.nan || (big.plus && big.minus))
        return number_in(NAN_BITS);
    if (big.plus || big.minus)
        return big.plus ? INFINITY : -INFINITY;
    bool negative = big_bit(&big, BIG_BITS - 1);
    if (negative)
        big_negate(&big);
    int top = BIG_BITS - 1;
    while (top >= 0 && !big_bit(&big, top))
        top--;
    if (top < 0)
        return big.any && !big.other ? -0.0 : 0.0;
    int low = top - 52 < BIG_BELOW - 1074 ? BIG_BELOW - 1074 : top - 52;
    uint64_t mantissa = 0;
    for (int i = top; i >= low; i--)
        mantissa = mantissa << 1 | big_bit(&big, i);
    if (big_bit(&big, low - 1) && ((mantissa & 1) || big_any_below(&big, low - 1)))
        mantissa++;
    double magnitude = ldexp((double)mantissa, low - BIG_BELOW);
    return negative ? -magnitude : magnitude;
}

/* ---- the tree ------------------------------------------------------------------------------ */

enum { TWIN_LEAF = 65536, TWIN_BLOCK = 1024 };

static inline double twin_term(const double *x, const double *y, size_t i)
{
    volatile double product = y ? x[i] * y[i] : x[i];
    return product;
}

/* Lane 0 to 7 of a block. */
static inline double twin_lane(const double *x, const double *y, size_t count, size_t lane)
{
    double sum[4];
    for (size_t j = 0; j < 4; j++) {
        sum[j] = -0.0;
        for (size_t i = lane + 8 * j; i < count; i += 32)
            sum[j] += twin_term(x, y, i);
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Nodes as yoke/loop.h has them: leaf() of first <= i < first + size, a power of two, */
struct twin_tree {
    const double *x, *y;
    size_t count, lane;
    double (*leaf)(const struct twin_tree *tree, size_t i);
};

static inline double twin_tree_node(const struct twin_tree *tree, size_t first, size_t size)
{
    if (size == 1)
        return tree->leaf(tree, first);
    double left = twin_tree_node(tree, first, size / 2);
    return left + twin_tree_node(tree, first + size / 2, size / 2);
}

/* from left to right, the largest first. */
static inline double twin_tree_sum(const struct twin_tree *tree, size_t leaves)
{
    double node[64];
    int nodes = 0;
    size_t first = 0;
    for (size_t size = (size_t)1 << 62; size; size /= 2)
        if (leaves & size) {
            node[nodes++] = twin_tree_node(tree, first, size);
            first += size;
        }
    double sum = node[0];
    for (int i = 1; i < nodes; i++)
        sum = sum + node[i];
    return sum;
}

static inline double twin_block_lane(const struct twin_tree *tree, size_t i)
{
    size_t first = i * TWIN_BLOCK, left = tree->count - first;
    return twin_lane(tree->x + first, tree->y ? tree->y + first : NULL,
                     left < TWIN_BLOCK ? left : TWIN_BLOCK, tree->lane);
}

static inline double twin_leaf_sum(const struct twin_tree *tree, size_t i)
{
    size_t first = i * TWIN_LEAF, left = tree->count - first;
    struct twin_tree leaf = {tree->x + first, tree->y ? tree->y + first : NULL,
                             left < TWIN_LEAF ? left : TWIN_LEAF, 0, twin_block_lane};
    double lane[8];
    for (leaf.lane = 0; leaf.lane < 8; leaf.lane++)
        lane[leaf.lane] = twin_tree_sum(&leaf, (leaf.count + TWIN_BLOCK - 1) / TWIN_BLOCK);
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* The sum of numbers, or of products unless y is NULL, with one NaN for all. */
static inline double twin_sum_of(const double *x, const double *y, size_t count)
{
    struct twin_tree tree = {x, y, count, 0, twin_leaf_sum};
    if (!count)
        return 0;
    double sum = twin_tree_sum(&tree, (count + TWIN_LEAF - 1) / TWIN_LEAF);
    return isnan(sum) ? number_in(NAN_BITS) : sum;
}

#endif
