/* What all leaves before a certain one add up to, along the tree of yoke/loop.h: the nodes of the
 * ones in the binary number of these leaves. */
#ifndef NUMERIC_PREFIX_H
#define NUMERIC_PREFIX_H

#include <stdbool.h>

#include "accumulators.h"

struct prefix {
    const struct accumulators *accumulators;
    uint64_t leaves; /* how many */
    unsigned count;  /* of the nodes */
    char *nodes;     /* their accumulators, the largest node first; */
    char *sums;      /* and each one's with all before it */
};

/* How many accumulators it needs for so many leaves at most, which are one at least. */
size_t prefix_size(uint64_t leaves);

/* Has none at first. Its accumulators are the caller's, as many as prefix_size() says. */
void prefix_begin(struct prefix *prefix, const struct accumulators *accumulators, uint64_t leaves,
                  void *memory);

/* Makes `to` the same as `from`; both are for as many leaves. */
void prefix_copy(struct prefix *to, const struct prefix *from);

/* Adds the next leaf. */
void prefix_add(struct prefix *prefix, const void *leaf);

/* Writes what all of them add up to: of none the identity. */
void prefix_read(const struct prefix *prefix, void *accumulator);

#endif
