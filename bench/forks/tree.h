/* An unbalanced tree: what hangs below a node is told by a hash of the way there, so nobody knows
 * how much it is before it has been searched.
 *
 * It is the tree T1 of the Unbalanced Tree Search benchmark: Olivier et al., "UTS: an unbalanced
 * tree search benchmark" (LCPC 2006). The numbers of children have a geometric distribution of mean
 * 4 down to depth 10, by SHA-1 from the seed 19; it has 4130071 nodes. */
#ifndef FORKS_TREE_H
#define FORKS_TREE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A node has no more children; the benchmark says so. */
enum { TREE_CHILDREN_MOST = 100, TREE_NODES = 4130071 };

struct node {
    uint32_t hash[5];
    unsigned depth;
};

struct node tree_root(void);
struct node tree_child(const struct node *parent, unsigned number);
unsigned tree_children(const struct node *node);

#ifdef __cplusplus
}
#endif

#endif
