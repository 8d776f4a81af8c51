/* Makes pieces of runs of leaves: see pieces.h. */
#include "pieces.h"

static yoke_status run_whole(yoke_piece *piece, uint64_t first, uint64_t end, void *mine)
{
    (void)mine;
    const struct yoke_sharing *sharing = piece->sharing;
    leaves_give(&sharing->leaves, first, end, piece);
    return sharing->loop.body(piece, sharing->loop.argument);
}

static yoke_status run_each(yoke_piece *piece, uint64_t first, uint64_t end, void *mine)
{
    struct yoke_sharing *sharing = mine;
    yoke_status status = YOKE_OK;
    for (uint64_t leaf = first; leaf < end && status == YOKE_OK; leaf++) {
        if (leaf > first && !sharing_goes_on(sharing))
            return YOKE_OK;
        status = run_whole(piece, leaf, leaf + 1, NULL);
    }
    return status;
}

static void take_part(struct yoke_sharing *sharing, unsigned worker)
{
    bool each = sharing->loop.grain || sharing->leaves.columns.count;
    sharing_draw(sharing, worker, UINT64_MAX, each ? run_each : run_whole, sharing);
}

yoke_status pieces_do(struct yoke_sharing *sharing)
{
    sharing->leaves = leaves_cut(&sharing->loop, 1);
    sharing->take_part = take_part;
    return sharing_do(sharing);
}
