/* Adds leaves to a prefix as a binary counter counts: see prefix.h. */
#include "prefix.h"

static void *at(const struct prefix *prefix, char *first, unsigned index)
{
    return first + index * prefix->accumulators->stride;
}

/* A node for each bit, and a further one while a leaf is added. */
static size_t most_nodes(uint64_t leaves)
{
    return 64 - (size_t)__builtin_clzll(leaves) + 1;
}

size_t prefix_size(uint64_t leaves)
{
    return 2 * most_nodes(leaves);
}

void prefix_begin(struct prefix *prefix, const struct accumulators *accumulators, uint64_t leaves,
                  void *memory)
{
    prefix->accumulators = accumulators;
    prefix->leaves = 0;
    prefix->count = 0;
    prefix->nodes = memory;
    prefix->sums = prefix->nodes + most_nodes(leaves) * accumulators->stride;
}

void prefix_copy(struct prefix *to, const struct prefix *from)
{
    to->leaves = from->leaves;
    to->count = from->count;
    for (unsigned i = 0; i < from->count; i++) {
        accumulators_copy(to->accumulators, at(to, to->nodes, i), at(from, from->nodes, i));
        accumulators_copy(to->accumulators, at(to, to->sums, i), at(from, from->sums, i));
    }
}

void prefix_add(struct prefix *prefix, const void *leaf)
{
    const struct accumulators *accumulators = prefix->accumulators;
    unsigned top = prefix->count;
    accumulators_copy(accumulators, at(prefix, prefix->nodes, top), leaf);
    for (uint64_t carry = prefix->leaves; carry % 2; carry /= 2, top--)
        accumulators_combine(accumulators, at(prefix, prefix->nodes, top - 1),
                             at(prefix, prefix->nodes, top));
    prefix->leaves++;
    prefix->count = top + 1;
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
    if (prefix->count)
        accumulators_copy(prefix->accumulators, accumulator,
                          at(prefix, prefix->sums, prefix->count - 1));
    else
        accumulators_reset(prefix->accumulators, accumulator);
}
