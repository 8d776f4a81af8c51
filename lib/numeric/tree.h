/* The tree along which leaves are combined, whoever does them in what order: see yoke/loop.h.
 *
 * A node of level k with index i covers the leaves from 2^k i up to 2^k (i + 1). Threads hand in
 * the nodes that they have; where both halves of a larger node are there, the thread that brings
 * the second one combines them. Leaves are done in ascending order within each of some slices (see
 * slices.h), by runs of neighbours: so between two runs that go on, or the fronts of two slices,
 * there are at most two nodes of each level that wait for their other halves. */
#ifndef NUMERIC_TREE_H
#define NUMERIC_TREE_H

#include "accumulators.h"
#include "base/lock.h"

struct node {
    struct node *next;
    uint64_t index;
    unsigned level;
    void *accumulator;
};

/* The nodes of one thread: for neighbouring leaves, in ascending order, none of which is the other
 * half of its neighbour. */
enum { HOLDING_NODES = 128 }; /* two of each of 64 levels, once up and once down */

struct holding {
    struct node *nodes[HOLDING_NODES];
    unsigned count;
    uint64_t end;      /* the leaf after them */
    struct node *free; /* to be used again */
};

struct tree {
    const struct accumulators *accumulators;
    struct lock lock;
    struct node *waiting; /* for their other halves, */
    struct node *free;    /* and to be used again */
};

/* A node for the leaf, with the identity, which is not in the holding yet; NULL when there is no
 * memory. `end` of the holding is the leaf, or the holding is empty. */
struct node *tree_begin_leaf(struct tree *tree, struct holding *holding, uint64_t leaf);

/* It has been done. */
void tree_end_leaf(struct tree *tree, struct holding *holding, struct node *node);

/* It has failed. */
void tree_drop_leaf(struct holding *holding, struct node *node);

/* Hands in all nodes of the holding, which is empty then. */
void tree_hand_in(struct tree *tree, struct holding *holding);

/* When all leaves are handed in: combines what is left, and writes the result. */
void tree_finish(struct tree *tree, void *result);

/* Frees all nodes but those of holdings. */
void tree_close(struct tree *tree);

#endif
