/* yoke_for_each(): a loop that is part of a certain job, for functions that know no piece. */
#include "base/error.h"
#include "pieces.h"
#include "server/lifecycle/context.h"

struct pieces {
    yoke_range_kernel kernel;
    void *argument;
};

static yoke_status run_piece(const yoke_piece *piece, void *argument)
{
    const struct pieces *pieces = argument;
    return pieces->kernel(piece->lo, piece->hi, pieces->argument);
}

yoke_status yoke_for_each(yoke_context *context, uint64_t lo, uint64_t hi, uint64_t grain,
                          yoke_range_kernel kernel, void *argument)
{
    if (!context || !kernel)
        return error_set(YOKE_INVALID,
                         "%s is NULL; yoke_for_each() takes the context of the "
                         "calling kernel and a function for the pieces",
                         context ? "kernel" : "context");
    struct pieces pieces = {kernel, argument};
    yoke_loop loop = YOKE_LOOP(lo, hi, run_piece, &pieces);
    loop.grain = grain;
    loop.in_order = true;
    struct yoke_sharing sharing;
    yoke_status status = sharing_open(&sharing, context->job->server, &loop);
    if (status != YOKE_OK || lo >= hi)
        return status;
    sharing.job = context->job; /* also in an OpenMP task of its kernel, on another thread */
    sharing.key = (uintptr_t)kernel;
    sharing.name = "yoke_for_each()";
    sharing.region.own_node = true;
    return pieces_do(&sharing);
}
