/* Prefix sums: a leaf is added up and written in one pass if all before it are added up; else it is
 * added up, and, as soon as these are, gone through again while it is in the cache. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/floating.h"
#include "call.h"
#include "exact_sum.h"
#include "pairwise.h"

enum { BLOCK_NUMBERS = 1024 };

struct prefixes {
    struct call call;
    void *out;
    bool exclusive;
    double *ends; /* of exclusive sums along the tree: the inclusive sum at the end of each leaf */
};

static size_t block_count(const yoke_piece *piece, uint64_t at)
{
    return piece->hi - at < BLOCK_NUMBERS ? piece->hi - at : BLOCK_NUMBERS;
}

/* ---- integers: modulo 2^64 ------------------------------------------------------------------ */

static yoke_status add_integers(const yoke_piece *piece, void *argument)
{
    const struct call *call = argument;
    int64_t buffer[BLOCK_NUMBERS];
    uint64_t sum = 0;
    for (uint64_t at = piece->lo; at < piece->hi; at += BLOCK_NUMBERS) {
        size_t count = block_count(piece, at);
        sum += (uint64_t)call->kernels->add_integers(array_integers(call->x, at, count, buffer),
                                                     count);
    }
    *(uint64_t *)piece->accumulator = sum;
    return YOKE_OK;
}

static void combine_integers(void *into, const void *from, void *argument)
{
    (void)argument;
    *(uint64_t *)into += *(const uint64_t *)from;
}

/* Returns the sum with the piece. */
static uint64_t write_integers_from(const struct prefixes *prefixes, const yoke_piece *piece,
                                    uint64_t sum)
{
    int64_t buffer[BLOCK_NUMBERS], *out = prefixes->out;
    for (uint64_t at = piece->lo; at < piece->hi; at += BLOCK_NUMBERS) {
        size_t count = block_count(piece, at);
        const int64_t *x = array_integers(prefixes->call.x, at, count, buffer);
        for (size_t i = 0; i < count; i++) {
            uint64_t before = sum;
            sum += (uint64_t)x[i];
            out[at + i] = (int64_t)(prefixes->exclusive ? before : sum);
        }
    }
    return sum;
}

static yoke_status write_integers(const yoke_piece *piece, void *argument)
{
    write_integers_from(argument, piece, *(uint64_t *)piece->accumulator);
    return YOKE_OK;
}

static yoke_status add_and_write_integers(const yoke_piece *piece, void *argument)
{
    uint64_t before = *(uint64_t *)piece->before;
    *(uint64_t *)piece->accumulator = write_integers_from(argument, piece, before) - before;
    return YOKE_OK;
}

/* ---- along the tree ------------------------------------------------------------------------- */

static const double minus_zero = -0.0; /* changes no number that it is added to */

static yoke_status add_tree(const yoke_piece *piece, void *argument)
{
    const struct call *call = argument;
    double buffer[BLOCK_NUMBERS], running = minus_zero;
    struct floating mode = floating_enter();
    for (uint64_t at = piece->lo; at < piece->hi; at += BLOCK_NUMBERS) {
        size_t count = block_count(piece, at);
        call->kernels->scan(array_doubles(call->x, at, count, buffer), count, 0, &running, NULL);
    }
    floating_set(&mode);
    *(double *)piece->accumulator = running;
    return YOKE_OK;
}

/* Writes what is to stand at `at` and behind it: the sums themselves, or moved on by one. */
static void write_block(const struct prefixes *prefixes, uint64_t at, const double *sums,
                        size_t count, double *before)
{
    float *floats = prefixes->out;
    double *doubles = prefixes->out;
    if (prefixes->call.x->type == YOKE_F32 && prefixes->exclusive)
        for (size_t i = 0; i < count; i++)
            floats[at + i] = (float)(i ? sums[i - 1] : *before);
    else if (prefixes->call.x->type == YOKE_F32)
        for (size_t i = 0; i < count; i++)
            floats[at + i] = (float)sums[i];
    else if (prefixes->exclusive) {
        doubles[at] = *before;
        memcpy(doubles + at + 1, sums, (count - 1) * sizeof *sums);
    } else if (sums != doubles + at)
        memcpy(doubles + at, sums, count * sizeof *sums);
    *before = sums[count - 1];
}

/* Returns the sum of the piece, as add_tree() makes it. */
static double write_tree_from(const struct prefixes *prefixes, const yoke_piece *piece,
                              double before)
{
    double buffer[BLOCK_NUMBERS], sums[BLOCK_NUMBERS] = {0}, *doubles = prefixes->out;
    double running = minus_zero, latest = piece->lo ? before : 0; /* the sum of nothing is +0 */
    bool straight = prefixes->call.x->type == YOKE_F64 && !prefixes->exclusive;
    struct floating mode = floating_enter();
    for (uint64_t at = piece->lo; at < piece->hi; at += BLOCK_NUMBERS) {
        size_t count = block_count(piece, at);
        double *to = straight ? doubles + at : sums;
        prefixes->call.kernels->scan(array_doubles(prefixes->call.x, at, count, buffer), count,
                                     before, &running, to);
        write_block(prefixes, at, to, count, &latest);
    }
    floating_set(&mode);
    if (prefixes->ends)
        prefixes->ends[piece->lo / LEAF_NUMBERS] = latest;
    return running;
}

static yoke_status write_tree(const yoke_piece *piece, void *argument)
{
    write_tree_from(argument, piece, *(double *)piece->accumulator);
    return YOKE_OK;
}

static yoke_status add_and_write_tree(const yoke_piece *piece, void *argument)
{
    *(double *)piece->accumulator = write_tree_from(argument, piece, *(double *)piece->before);
    return YOKE_OK;
}

/* The inclusive sum at the end of a leaf is what was before the leaf, and the leaf: along the tree
 * the two may be combined in another way. So only the leaf itself knows the exclusive sum that
 * comes next, and that may not be written before it was read there, where `out` is x. */
static void write_first_of_leaves(const struct prefixes *prefixes)
{
    struct floating mode = floating_enter();
    for (size_t leaf = 1; leaf * LEAF_NUMBERS < prefixes->call.x->count; leaf++) {
        volatile double end = prefixes->ends[leaf - 1]; /* rounded here, not in another mode */
        if (prefixes->call.x->type == YOKE_F32)
            ((volatile float *)prefixes->out)[leaf * LEAF_NUMBERS] = (float)end;
        else
            ((volatile double *)prefixes->out)[leaf * LEAF_NUMBERS] = end;
    }
    floating_set(&mode);
}

static yoke_status scan_exclusively(struct prefixes *prefixes, const yoke_loop *loop,
                                    const yoke_reduction *reduction)
{
    size_t leaves = prefixes->call.x->count / LEAF_NUMBERS + 1;
    prefixes->ends = calloc(leaves, sizeof *prefixes->ends);
    if (!prefixes->ends)
        return error_set(YOKE_NO_MEMORY, "no memory for the sums of %zu leaves", leaves);
    yoke_status status =
        yoke_parallel_scan(prefixes->call.server, loop, reduction, write_tree, NULL);
    if (status == YOKE_OK)
        write_first_of_leaves(prefixes);
    free(prefixes->ends);
    return status;
}

/* ---- exactly -------------------------------------------------------------------------------- */

static yoke_status add_exactly(const yoke_piece *piece, void *argument)
{
    const struct call *call = argument;
    struct exact_sum sum;
    struct floating mode = floating_enter();
    exact_sum_begin(&sum, call->kernels, piece->accumulator);
    exact_sum_add(&sum, call->x, NULL, piece->lo, piece->hi - piece->lo);
    exact_sum_end(&sum);
    floating_set(&mode);
    return YOKE_OK;
}

static void combine_exactly(void *into, const void *from, void *argument)
{
    (void)argument;
    superaccumulator_merge(into, from);
}

static yoke_status write_exactly(const yoke_piece *piece, void *argument)
{
    const struct prefixes *prefixes = argument;
    double buffer[BLOCK_NUMBERS], sums[BLOCK_NUMBERS] = {0};
    struct superaccumulator *sum = piece->accumulator;
    double latest = superaccumulator_round(sum);
    struct floating mode = floating_enter();
    for (uint64_t at = piece->lo; at < piece->hi; at += BLOCK_NUMBERS) {
        size_t count = block_count(piece, at);
        const double *x = array_doubles(prefixes->call.x, at, count, buffer);
        for (size_t i = 0; i < count; i++) {
            superaccumulator_add(sum, x[i]);
            sums[i] = superaccumulator_round(sum);
        }
        write_block(prefixes, at, sums, count, &latest);
    }
    floating_set(&mode);
    return YOKE_OK;
}

/* ---- the public call ------------------------------------------------------------------------ */

struct way {
    yoke_loop_body add, write;
    yoke_reduction reduction;
};

static const struct way integer_way = {add_integers,
                                       write_integers,
                                       {.size = sizeof(yoke_reduction),
                                        .accumulator_size = sizeof(uint64_t),
                                        .combine = combine_integers,
                                        .add_and_write = add_and_write_integers}};
static const struct way tree_way = {add_tree,
                                    write_tree,
                                    {.size = sizeof(yoke_reduction),
                                     .accumulator_size = sizeof(double),
                                     .identity = &minus_zero,
                                     .combine = pairwise_combine,
                                     .add_and_write = add_and_write_tree}};
/* Rounding each sum takes so much longer than adding up that one pass would gain nothing. */
static const struct way exact_way = {add_exactly,
                                     write_exactly,
                                     {.size = sizeof(yoke_reduction),
                                      .accumulator_size = sizeof(struct superaccumulator),
                                      .combine = combine_exactly}};

/* A single leaf has nothing before it. */
static yoke_status write_alone(struct prefixes *prefixes, const struct way *way)
{
    struct superaccumulator nothing = {0}; /* large enough for all */
    yoke_piece piece = {.hi = prefixes->call.x->count, .workers = 1, .accumulator = &nothing};
    if (way->reduction.identity)
        memcpy(&nothing, way->reduction.identity, way->reduction.accumulator_size);
    return piece.hi ? way->write(&piece, prefixes) : YOKE_OK;
}

yoke_status yoke_scan(yoke_server *server, yoke_array x, yoke_sum_mode mode, yoke_scan_kind kind,
                      void *out)
{
    struct prefixes prefixes = {.out = out, .exclusive = kind == YOKE_SCAN_EXCLUSIVE};
    if (mode != YOKE_SUM_TREE && mode != YOKE_SUM_EXACT)
        return error_set(YOKE_INVALID, "%d is no yoke_sum_mode", (int)mode);
    if (kind != YOKE_SCAN_INCLUSIVE && kind != YOKE_SCAN_EXCLUSIVE)
        return error_set(YOKE_INVALID, "%d is no yoke_scan_kind", (int)kind);
    yoke_status status = call_begin(&prefixes.call, server, &x, NULL, out);
    if (status != YOKE_OK)
        return status;
    const struct way *way = x.type == YOKE_I64       ? &integer_way
                            : mode == YOKE_SUM_EXACT ? &exact_way
                                                     : &tree_way;
    if (x.count <= LEAF_NUMBERS)
        return write_alone(&prefixes, way);
    yoke_loop loop = call_loop(&prefixes.call, way->add, &prefixes);
    if (way == &tree_way && prefixes.exclusive)
        return scan_exclusively(&prefixes, &loop, &way->reduction);
    return yoke_parallel_scan(server, &loop, &way->reduction, way->write, NULL);
}
