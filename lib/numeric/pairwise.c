/* Combines the sums of blocks pairwise: see pairwise.h. */
#include "pairwise.h"

#include "base/floating.h"
#include "call.h" /* LEAF_NUMBERS */

/* Numbers of a lane that are added one after the other are few, and there is room for them in the
 * L1 cache, where strided numbers are copied to. */
enum { BLOCK_NUMBERS = 1024, LEVELS = 8 };

_Static_assert(LEAF_NUMBERS / BLOCK_NUMBERS < 1 << (LEVELS - 1), "the stack holds each level once");

struct eight {
    double lane[TREE_EIGHT];
};

/* Adds the later half to the earlier one. */
static void add_eight(struct eight *into, const struct eight *later)
{
    for (int i = 0; i < TREE_EIGHT; i++)
        into->lane[i] += later->lane[i];
}

static double add_lanes(const double lane[TREE_EIGHT])
{
    double four[4];
    for (int i = 0; i < 4; i++)
        four[i] = lane[i] + lane[i + 4];
    return (four[0] + four[2]) + (four[1] + four[3]);
}

static void sum_block(const struct kernels *kernels, const yoke_array *x, const yoke_array *y,
                      size_t first, size_t count, double eight[TREE_EIGHT])
{
    double buffer_x[BLOCK_NUMBERS], buffer_y[BLOCK_NUMBERS];
    const double *numbers = array_doubles(x, first, count, buffer_x);
    if (y)
        kernels->add_block_products(numbers, array_doubles(y, first, count, buffer_y), count,
                                    eight);
    else
        kernels->add_block(numbers, count, eight);
}

double pairwise_sum(const struct kernels *kernels, const yoke_array *x, const yoke_array *y,
                    size_t first, size_t count)
{
    struct eight stack[LEVELS];
    unsigned depth = 0;
    if (!count)
        return 0;
    for (size_t block = 0; block * BLOCK_NUMBERS < count; block++) {
        size_t begin = block * BLOCK_NUMBERS, left = count - begin;
        sum_block(kernels, x, y, first + begin, left < BLOCK_NUMBERS ? left : BLOCK_NUMBERS,
                  stack[depth++].lane);
        for (size_t halves = block; halves & 1; halves >>= 1, depth--)
            add_eight(&stack[depth - 2], &stack[depth - 1]);
    }
    for (unsigned i = 1; i < depth; i++)
        add_eight(&stack[0], &stack[i]);
    return add_lanes(stack[0].lane);
}

void pairwise_combine(void *into, const void *from, void *argument)
{
    volatile double sum = *(double *)into; /* added here, not where the mode is another */
    (void)argument;
    struct floating mode = floating_enter();
    sum += *(const double *)from;
    floating_set(&mode);
    *(double *)into = sum;
}
