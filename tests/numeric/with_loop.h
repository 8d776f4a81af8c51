/* What the tests of loops share: servers of several sizes, and sums whose bits depend on the order
 * in which they are added up. */
#ifndef TESTS_WITH_LOOP_H
#define TESTS_WITH_LOOP_H

#include <math.h>

#include "random.h"
#include "with_server.h"
#include "yoke/loop.h"

/* Random numbers of widely different sizes and either sign. */
static inline double draw_number(uint64_t *random)
{
    double digits = (double)(random_next(random) >> 11) * 0x1p-53 - 0.5;
    return ldexp(digits, (int)random_below(random, 60) - 30);
}

static inline void draw_numbers(double *numbers, uint64_t count, uint64_t seed)
{
    for (uint64_t i = 0; i < count; i++)
        numbers[i] = draw_number(&seed);
}

static inline uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static inline void add_double(void *into, const void *from, void *argument)
{
    (void)argument;
    *(double *)into += *(const double *)from;
}

/* ---- the slow twin: as yoke/loop.h tells ----------------------------------------------------- */

struct twin {
    const double *numbers;
    uint64_t count, grain;
};

static inline uint64_t twin_grain(uint64_t count, uint64_t grain)
{
    if (grain)
        return grain;
    int log2 = -1;
    for (uint64_t rest = count; rest; rest /= 2)
        log2++;
    return count < 128 ? 1 : UINT64_C(1) << (log2 - 3) / 2;
}

static inline uint64_t twin_leaves(const struct twin *twin)
{
    return twin->count / twin->grain + (twin->count % twin->grain != 0);
}

static inline double twin_leaf(const struct twin *twin, uint64_t leaf)
{
    double sum = 0;
    for (uint64_t i = 0; i < twin->grain && leaf * twin->grain + i < twin->count; i++)
        sum += twin->numbers[leaf * twin->grain + i];
    return sum;
}

static inline double twin_node(const struct twin *twin, uint64_t first, uint64_t leaves)
{
    if (leaves == 1)
        return twin_leaf(twin, first);
    return twin_node(twin, first, leaves / 2) + twin_node(twin, first + leaves / 2, leaves / 2);
}

/* The sum of the first so many leaves. */
static inline double twin_sum(const struct twin *twin, uint64_t leaves)
{
    double sum = 0;
    uint64_t first = 0;
    for (uint64_t size = UINT64_C(1) << 62; size; size /= 2)
        if (leaves & size) {
            double node = twin_node(twin, first, size);
            sum = first ? sum + node : node;
            first += size;
        }
    return sum;
}

/* ---- sizes and servers ----------------------------------------------------------------------- */

/* Mostly few numbers, and now and then many. */
static inline uint64_t draw_count(uint64_t *random, uint64_t most)
{
    uint64_t count = random_next(random) >> (64 - random_below(random, 32) - 1);
    return count % most;
}

static inline uint64_t draw_grain(uint64_t *random)
{
    return random_below(random, 2) ? 0
                                   : 1 + (random_next(random) >> (63 - random_below(random, 9)));
}

#endif
