/* Combines nodes with their other halves as these come: see tree.h. */
#include "tree.h"

#include <stdlib.h>

#include "base/delay.h"

/* ---- memory ---------------------------------------------------------------------------------- */

static struct node *take(struct node **list)
{
    struct node *node = *list;
    if (node)
        *list = node->next;
    return node;
}

static void put(struct node **list, struct node *node)
{
    node->next = *list;
    *list = node;
}

static struct node *allocate(const struct accumulators *accumulators)
{
    struct node *node = malloc(sizeof *node);
    void *accumulator = accumulators_allocate(accumulators, 1);
    if (node && accumulator) {
        node->accumulator = accumulator;
        return node;
    }
    free(node);
    free(accumulator);
    return NULL;
}

static void free_all(struct node **list)
{
    for (struct node *node; (node = take(list));) {
        free(node->accumulator);
        free(node);
    }
}

static struct node *find_free(struct tree *tree, struct holding *holding)
{
    struct node *node = take(&holding->free);
    if (node)
        return node;
    lock_take(&tree->lock);
    node = take(&tree->free);
    lock_give(&tree->lock);
    return node ? node : allocate(tree->accumulators);
}

/* ---- combining ------------------------------------------------------------------------------- */

/* Of two halves, the left one, which is the whole from now on. */
static struct node *join(const struct tree *tree, struct node *left, const struct node *right)
{
    accumulators_combine(tree->accumulators, left->accumulator, right->accumulator);
    left->level++;
    left->index /= 2;
    return left;
}

static bool are_halves(const struct node *left, const struct node *right)
{
    return left->level == right->level && left->index % 2 == 0 && right->index == left->index + 1;
}

struct node *tree_begin_leaf(struct tree *tree, struct holding *holding, uint64_t leaf)
{
    struct node *node = find_free(tree, holding);
    if (!node)
        return NULL;
    node->level = 0;
    node->index = leaf;
    accumulators_reset(tree->accumulators, node->accumulator);
    return node;
}

void tree_end_leaf(struct tree *tree, struct holding *holding, struct node *node)
{
    holding->end = node->index + 1;
    while (holding->count && are_halves(holding->nodes[holding->count - 1], node)) {
        struct node *left = holding->nodes[--holding->count], *right = node;
        node = join(tree, left, right);
        put(&holding->free, right);
    }
    holding->nodes[holding->count++] = node;
}

void tree_drop_leaf(struct holding *holding, struct node *node)
{
    put(&holding->free, node);
}

/* ---- handing in ------------------------------------------------------------------------------ */

/* Under the lock: the other half, which waits no more; NULL when it has not come. */
static struct node *take_other_half(struct tree *tree, const struct node *node)
{
    for (struct node **link = &tree->waiting; *link; link = &(*link)->next)
        if ((*link)->level == node->level && ((*link)->index ^ node->index) == 1)
            return take(link);
    return NULL;
}

/* Combines without the lock: that may take long. */
static void hand_in(struct tree *tree, struct node *node)
{
    lock_take(&tree->lock);
    for (struct node *other; (other = take_other_half(tree, node));) {
        lock_give(&tree->lock);
        delay_here();
        struct node *left = node->index % 2 ? other : node, *right = left == node ? other : node;
        node = join(tree, left, right);
        lock_take(&tree->lock);
        put(&tree->free, right);
    }
    put(&tree->waiting, node);
    lock_give(&tree->lock);
}

void tree_hand_in(struct tree *tree, struct holding *holding)
{
    for (unsigned i = 0; i < holding->count; i++)
        hand_in(tree, holding->nodes[i]);
    holding->count = 0;
    lock_take(&tree->lock);
    for (struct node *node; (node = take(&holding->free));)
        put(&tree->free, node);
    lock_give(&tree->lock);
}

static struct node *take_largest(struct tree *tree)
{
    struct node **largest = &tree->waiting;
    for (struct node **link = largest; *link; link = &(*link)->next)
        if ((*link)->level > (*largest)->level)
            largest = link;
    return take(largest);
}

void tree_finish(struct tree *tree, void *result)
{
    struct node *sum = take_largest(tree);
    for (struct node *node; (node = take_largest(tree));) {
        accumulators_combine(tree->accumulators, sum->accumulator, node->accumulator);
        put(&tree->free, node);
    }
    accumulators_copy(tree->accumulators, result, sum->accumulator);
    put(&tree->free, sum);
}

void tree_close(struct tree *tree)
{
    free_all(&tree->waiting);
    free_all(&tree->free);
}
