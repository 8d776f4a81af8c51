/* Makes pieces of runs of leaves: see pieces.h. */
#include "pieces.h"

static yoke_status run_whole(yoke_piece *piece, uint64_t first, uint64_t end, void *mine)
{
    (void)mine;
    const struct yoke_sharing *sharing = piece->sharing;
    piece->lo = leaves_begin(&sharing->leaves, first);
    piece->hi = leaves_begin(&sharing->leaves, end);
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
    sharing_draw(sharing, worker, UINT64_MAX, sharing->loop.grain ? run_each : run_whole, sharing);
}

yoke_status pieces_do(struct yoke_sharing *sharing)
{
    uint64_t grain = sharing->loop.grain ? sharing->loop.grain : 1;
    sharing->leaves = leaves_cut(sharing->loop.lo, sharing->loop.hi, grain);
    sharing->take_part = take_part;
    return sharing_do(sharing);
}
