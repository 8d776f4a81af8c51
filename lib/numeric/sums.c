/* Sums, dot products and norms: floating-point numbers along the tree or exactly, integers in 256
 * bits. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/floating.h"
#include "base/lock.h"
#include "call.h"
#include "double_bits.h"
#include "exact_sum.h"
#include "pairwise.h"

/* ---- integers ------------------------------------------------------------------------------ */

enum { BLOCK_INTEGERS = 2048 };

static void add_integer_block(const struct call *call, size_t first, size_t count,
                              struct uint256 *sum)
{
    int64_t buffer_x[BLOCK_INTEGERS], buffer_y[BLOCK_INTEGERS];
    const int64_t *x = array_integers(call->x, first, count, buffer_x);
    if (!call->y) {
        uint256_add_signed(sum, call->kernels->add_integers(x, count));
        return;
    }
    const int64_t *y = array_integers(call->y, first, count, buffer_y);
    for (size_t i = 0; i < count; i++)
        uint256_add_signed(sum, (int128)x[i] * y[i]);
}

static yoke_status add_integer_leaf(const yoke_piece *piece, void *argument)
{
    struct uint256 sum = uint256_of(0);
    for (uint64_t at = piece->lo; at < piece->hi; at += BLOCK_INTEGERS)
        add_integer_block(argument, at,
                          piece->hi - at < BLOCK_INTEGERS ? piece->hi - at : BLOCK_INTEGERS, &sum);
    *(struct uint256 *)piece->accumulator = sum;
    return YOKE_OK;
}

static void combine_integers(void *into, const void *from, void *argument)
{
    (void)argument;
    uint256_add(into, *(const struct uint256 *)from);
}

static yoke_status reduce_integers(struct call *call, yoke_number *result)
{
    struct uint256 sum;
    yoke_status status = call_reduce(call, add_integer_leaf, combine_integers, sizeof sum, &sum);
    if (status != YOKE_OK)
        return status;
    int128 low = (int128)sum.lo;
    if (low != (int64_t)low || sum.hi != (low < 0 ? ~(uint128)0 : 0))
        return error_set(
            YOKE_OVERFLOW,
            "the exact sum of these integers lies beyond 64 bits; yoke_exact holds it");
    result->i64 = (int64_t)low;
    return YOKE_OK;
}

/* ---- along the tree ------------------------------------------------------------------------ */

static yoke_status add_tree_leaf(const yoke_piece *piece, void *argument)
{
    const struct call *call = argument;
    struct floating mode = floating_enter();
    *(double *)piece->accumulator =
        pairwise_sum(call->kernels, call->x, call->y, piece->lo, piece->hi - piece->lo);
    floating_set(&mode);
    return YOKE_OK;
}

static yoke_status reduce_tree(struct call *call, double *result)
{
    return call_reduce(call, add_tree_leaf, pairwise_combine, sizeof *result, result);
}

/* ---- exactly ------------------------------------------------------------------------------- */

struct exact_call {
    struct call call;
    struct lock lock; /* of the total */
    struct superaccumulator total;
};

struct worker_sum {
    struct exact_sum sum;
    struct superaccumulator total;
};

static yoke_status open_sum(unsigned worker, void *argument, void **state)
{
    const struct call *call = argument;
    struct worker_sum *mine = calloc(1, sizeof *mine);
    if (!mine)
        return error_set(YOKE_NO_MEMORY, "no memory for the sum of worker %u", worker);
    exact_sum_begin(&mine->sum, call->kernels, &mine->total);
    *state = mine;
    return YOKE_OK;
}

static void close_sum(void *state, void *argument)
{
    struct exact_call *call = argument;
    struct worker_sum *mine = state;
    struct floating mode = floating_enter();
    exact_sum_end(&mine->sum);
    floating_set(&mode);
    lock_take(&call->lock);
    superaccumulator_merge(&call->total, &mine->total);
    lock_give(&call->lock);
    free(mine);
}

static yoke_status add_exact_piece(const yoke_piece *piece, void *argument)
{
    const struct call *call = argument;
    struct worker_sum *mine = piece->state;
    struct floating mode = floating_enter();
    exact_sum_add(&mine->sum, call->x, call->y, piece->lo, piece->hi - piece->lo);
    floating_set(&mode);
    return YOKE_OK;
}

/* What fits one leaf needs no memory of its own. */
static void add_alone(struct exact_call *exact)
{
    struct exact_sum sum;
    struct floating mode = floating_enter();
    exact_sum_begin(&sum, exact->call.kernels, &exact->total);
    exact_sum_add(&sum, exact->call.x, exact->call.y, 0, exact->call.x->count);
    exact_sum_end(&sum);
    floating_set(&mode);
}

static yoke_status reduce_exactly(struct exact_call *exact)
{
    static const struct call_state state = {open_sum, close_sum};
    if (exact->call.x->count > LEAF_NUMBERS)
        return call_each(&exact->call, add_exact_piece, &state);
    add_alone(exact);
    return YOKE_OK;
}

static yoke_status find_exactly(const struct call *call,
                                double (*result)(const struct superaccumulator *), double *number)
{
    struct exact_call exact = {.call = *call};
    yoke_status status = reduce_exactly(&exact);
    if (status == YOKE_OK)
        *number = result(&exact.total);
    return status;
}

/* ---- the public calls ---------------------------------------------------------------------- */

static yoke_status begin(struct call *call, yoke_server *server, const yoke_array *x,
                         const yoke_array *y, yoke_sum_mode mode, const yoke_number *result)
{
    yoke_status status = call_begin(call, server, x, y, result);
    if (status == YOKE_OK && mode != YOKE_SUM_TREE && mode != YOKE_SUM_EXACT)
        return error_set(YOKE_INVALID, "%d is no yoke_sum_mode", (int)mode);
    return status;
}

static yoke_status find_sum(struct call *call, yoke_sum_mode mode, yoke_number *sum)
{
    double number;
    if (call->x->type == YOKE_I64)
        return reduce_integers(call, sum);
    yoke_status status = mode == YOKE_SUM_EXACT
                             ? find_exactly(call, superaccumulator_round, &number)
                             : reduce_tree(call, &number);
    if (status == YOKE_OK)
        sum->f64 = double_canonical(number);
    return status;
}

yoke_status yoke_sum(yoke_server *server, yoke_array x, yoke_sum_mode mode, yoke_number *sum)
{
    struct call call;
    yoke_status status = begin(&call, server, &x, NULL, mode, sum);
    return status == YOKE_OK ? find_sum(&call, mode, sum) : status;
}

yoke_status yoke_dot(yoke_server *server, yoke_array x, yoke_array y, yoke_sum_mode mode,
                     yoke_number *dot)
{
    struct call call;
    yoke_status status = begin(&call, server, &x, &y, mode, dot);
    return status == YOKE_OK ? find_sum(&call, mode, dot) : status;
}

static yoke_status find_integer_norm(struct call *call, double *norm)
{
    struct uint256 squares;
    struct superaccumulator sum = {0};
    yoke_status status =
        call_reduce(call, add_integer_leaf, combine_integers, sizeof squares, &squares);
    if (status != YOKE_OK)
        return status;
    superaccumulator_add_scaled(&sum, squares.lo, false, 0);
    superaccumulator_add_scaled(&sum, squares.hi, false, 128);
    *norm = superaccumulator_root(&sum);
    return YOKE_OK;
}

/* Squares of numbers up to 2^511 do not run over, and sums from 2^-900 on lack no digit that
 * squares below 2^-1022 have lost. */
static yoke_status find_tree_norm(struct call *call, double *norm)
{
    double squares;
    yoke_status status = reduce_tree(call, &squares);
    if (status != YOKE_OK)
        return status;
    if (!(squares >= 0x1p-900 && squares <= 0x1.fffffffffffffp1023))
        return find_exactly(call, superaccumulator_root, norm);
    volatile double square = squares; /* rooted here, not where the mode is another */
    struct floating mode = floating_enter();
    volatile double root = sqrt(square);
    floating_set(&mode);
    *norm = root;
    return YOKE_OK;
}

yoke_status yoke_norm2(yoke_server *server, yoke_array x, yoke_sum_mode mode, yoke_number *norm)
{
    struct call call;
    double number;
    yoke_status status = begin(&call, server, &x, &x, mode, norm);
    if (status != YOKE_OK)
        return status;
    if (x.type == YOKE_I64)
        status = find_integer_norm(&call, &number);
    else if (mode == YOKE_SUM_EXACT)
        status = find_exactly(&call, superaccumulator_root, &number);
    else
        status = find_tree_norm(&call, &number);
    if (status == YOKE_OK)
        norm->f64 = number;
    return status;
}
