/* yoke_parallel_reduce(): each thread combines the leaves of its runs as far as they go, and hands
 * in what is left to the tree that all share. */
#include "base/error.h"
#include "sharing.h"
#include "tree.h"

static yoke_status do_leaf(yoke_piece *piece, struct tree *tree, struct holding *holding,
                           uint64_t leaf)
{
    const struct yoke_sharing *sharing = piece->sharing;
    struct node *node = tree_begin_leaf(tree, holding, leaf);
    if (!node)
        return accumulators_refuse_memory(tree->accumulators);
    leaves_give(&sharing->leaves, leaf, leaf + 1, piece);
    piece->accumulator = node->accumulator;
    yoke_status status = sharing->loop.body(piece, sharing->loop.argument);
    if (status == YOKE_OK)
        tree_end_leaf(tree, holding, node);
    else
        tree_drop_leaf(holding, node);
    return status;
}

struct part {
    struct yoke_sharing *sharing;
    struct holding holding;
};

static yoke_status run(yoke_piece *piece, uint64_t first, uint64_t end, void *mine)
{
    struct part *part = mine;
    struct tree *tree = part->sharing->work;
    struct holding *holding = &part->holding;
    if (first != holding->end)
        tree_hand_in(tree, holding);
    yoke_status status = YOKE_OK;
    for (uint64_t leaf = first; leaf < end && status == YOKE_OK; leaf++) {
        if (!sharing_goes_on_after(part->sharing, leaf - first))
            return YOKE_OK;
        status = do_leaf(piece, tree, holding, leaf);
    }
    return status;
}

static void take_part(struct yoke_sharing *sharing, unsigned worker)
{
    struct part part;
    part.sharing = sharing;
    part.holding.count = 0;
    part.holding.end = 0;
    part.holding.free = NULL;
    sharing_draw(sharing, worker, UINT64_MAX, run, &part);
    tree_hand_in(sharing->work, &part.holding);
}

yoke_status yoke_parallel_reduce(yoke_server *server, const yoke_loop *loop,
                                 const yoke_reduction *reduction, void *result)
{
    struct yoke_sharing sharing;
    struct accumulators accumulators;
    yoke_status status = sharing_open(&sharing, server, loop);
    if (status == YOKE_OK)
        status = accumulators_open(&accumulators, reduction, sharing.loop.argument);
    if (status != YOKE_OK)
        return status;
    if (!result)
        return error_set(YOKE_INVALID, "result is NULL; pass where the accumulator is to go");
    if (leaves_none(&sharing.loop)) {
        accumulators_reset(&accumulators, result);
        return YOKE_OK;
    }
    struct tree tree = {.accumulators = &accumulators};
    sharing.leaves = leaves_cut(&sharing.loop, 0);
    sharing.take_part = take_part;
    sharing.work = &tree;
    status = sharing_do(&sharing);
    if (status == YOKE_OK)
        tree_finish(&tree, result);
    tree_close(&tree);
    return status;
}
