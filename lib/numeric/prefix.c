/* Adds leaves to a prefix as a binary counter counts: see prefix.h. */
#include "prefix.h"

#include <stdlib.h>

/* Of a number of leaves. */
static unsigned count_ones(uint64_t leaves)
{
    return (unsigned)__builtin_popcountll(leaves);
}

static void *at(const struct prefix *prefix, char *first, unsigned index)
{
    return first + index * prefix->accumulators->stride;
}

bool prefix_open(struct prefix *prefix, const struct accumulators *accumulators, uint64_t leaves)
{
    /* A node for each bit, and a further one while a leaf is added. */
    unsigned most = 64 - (unsigned)__builtin_clzll(leaves) + 1;
    prefix->accumulators = accumulators;
    prefix->leaves = 0;
    prefix->nodes = accumulators_allocate(accumulators, 2 * most);
    prefix->sums = prefix->nodes ? prefix->nodes + most * accumulators->stride : NULL;
    return prefix->nodes != NULL;
}

void prefix_close(struct prefix *prefix)
{
    free(prefix->nodes);
}

void prefix_copy(struct prefix *to, const struct prefix *from)
{
    to->leaves = from->leaves;
    for (unsigned i = 0; i < count_ones(from->leaves); i++) {
        accumulators_copy(to->accumulators, at(to, to->nodes, i), at(from, from->nodes, i));
        accumulators_copy(to->accumulators, at(to, to->sums, i), at(from, from->sums, i));
    }
}

void prefix_add(struct prefix *prefix, const void *leaf)
{
    const struct accumulators *accumulators = prefix->accumulators;
    unsigned top = count_ones(prefix->leaves);
    accumulators_copy(accumulators, at(prefix, prefix->nodes, top), leaf);
    for (uint64_t carry = prefix->leaves; carry % 2; carry /= 2, top--)
        accumulators_combine(accumulators, at(prefix, prefix->nodes, top - 1),
                             at(prefix, prefix->nodes, top));
    prefix->leaves++;
    const void *node = at(prefix, prefix->nodes, top);
    void *sum = at(prefix, prefix->sums, top);
    if (top) {
        accumulators_copy(accumulators, sum, at(prefix, prefix->sums, top - 1));
        accumulators_combine(accumulators, sum, node);
    } else {
        accumulators_copy(accumulators, sum, node);
    }
}

void prefix_read(const struct prefix *prefix, void *accumulator)
{
    unsigned nodes = count_ones(prefix->leaves);
    if (nodes)
        accumulators_copy(prefix->accumulators, accumulator, at(prefix, prefix->sums, nodes - 1));
    else
        accumulators_reset(prefix->accumulators, accumulator);
}
