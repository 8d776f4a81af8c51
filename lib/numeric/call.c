/* Begins calls over arrays, and shares them: see call.h. */
#include "call.h"

#include <string.h>

#include "base/error.h"

yoke_status call_begin(struct call *call, yoke_server *server, const yoke_array *x,
                       const yoke_array *y, const void *result)
{
    const char *problem;
    *call = (struct call){kernels_choose(&problem), server, x, y};
    yoke_status status = array_check(x);
    if (status == YOKE_OK && y)
        status = array_check(y);
    if (status != YOKE_OK)
        return status;
    if (!result)
        return error_set(YOKE_INVALID, "there is no place for the result: it is NULL");
    if (y && (x->type != y->type || x->count != y->count))
        return error_set(YOKE_INVALID,
                         "two arrays must be of one type and length; these have %zu "
                         "and %zu numbers of types %d and %d",
                         x->count, y->count, (int)x->type, (int)y->type);
    if (!call->kernels)
        return error_set(YOKE_INVALID, "%s", problem);
    return YOKE_OK;
}

yoke_loop call_loop(const struct call *call, yoke_loop_body body, void *argument)
{
    yoke_loop loop = YOKE_LOOP(0, call->x->count, body, argument);
    loop.grain = LEAF_NUMBERS;
    return loop;
}

yoke_status call_reduce(struct call *call, yoke_loop_body body,
                        void (*combine)(void *into, const void *from, void *argument), size_t size,
                        void *result)
{
    yoke_piece piece = {.hi = call->x->count, .workers = 1, .accumulator = result};
    if (!piece.hi)
        memset(result, 0, size);
    if (piece.hi <= LEAF_NUMBERS)
        return piece.hi ? body(&piece, call) : YOKE_OK;
    yoke_loop loop = call_loop(call, body, call);
    yoke_reduction reduction = YOKE_REDUCTION_INIT;
    reduction.accumulator_size = size;
    reduction.combine = combine;
    return yoke_parallel_reduce(call->server, &loop, &reduction, result);
}

yoke_status call_each(struct call *call, yoke_loop_body body, const struct call_state *state)
{
    yoke_piece piece = {.hi = call->x->count, .workers = 1};
    if (piece.hi > LEAF_NUMBERS) {
        yoke_loop loop = call_loop(call, body, call);
        loop.open = state->open;
        loop.close = state->close;
        return yoke_parallel_for(call->server, &loop);
    }
    yoke_status status = state->open(0, call, &piece.state);
    if (status != YOKE_OK)
        return status;
    if (piece.hi)
        status = body(&piece, call);
    state->close(piece.state, call);
    return status;
}
