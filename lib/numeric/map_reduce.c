/* yoke_map_reduce(): a map over parts of a range, whose results are combined along the tree. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/little_endian.h"
#include "leaves.h"
#include "map_plan.h"
#include "tree.h"
#include "yoke/map.h"

/* Parts at most, those at the end that are smaller not counted, and at least half as many where
 * there are leaves enough: a thousand workers have something to do, and a node that dies has at
 * most a thousandth of the work to be done again; as jobs on a cluster they cost some ten
 * milliseconds in all. Fewer where their accumulators would take more memory than anyone expects of
 * a reduction. */
enum { PARTS_MOST = 2048, PARTS_LEAST = 64, PARTS_BYTES = 64 << 20 };

/* Each part is a node of the tree: 2^level leaves from a multiple of that on. So however many
 * leaves a part has, the result is the same. */
struct parts {
    struct accumulators accumulators;
    struct leaves leaves;
    unsigned level;    /* of all parts but the last ones, for the leaves that remain */
    size_t count;      /* of parts */
    size_t input_size; /* of a kernel: a yoke_part's bytes and the caller's */
    unsigned char *inputs, *outputs;
    yoke_map_options options;
    yoke_status status; /* of the first part that has failed, by time; */
    char *message;      /* and why, in memory of its own, or NULL */
};

/* ---- cutting --------------------------------------------------------------------------------- */

static uint64_t rest_of(const struct parts *parts)
{
    return parts->leaves.count & ((UINT64_C(1) << parts->level) - 1);
}

static size_t most_parts(size_t accumulator_size)
{
    size_t most = PARTS_BYTES / accumulator_size;
    return most < PARTS_LEAST ? PARTS_LEAST : most < PARTS_MOST ? most : PARTS_MOST;
}

static void cut(struct parts *parts, const yoke_part *range)
{
    if (range->lo >= range->hi)
        return;
    const yoke_loop loop = {.lo = range->lo, .hi = range->hi, .grain = range->grain};
    parts->leaves = leaves_cut(&loop, 0);
    size_t most = most_parts(parts->accumulators.reduction.accumulator_size);
    while (parts->leaves.count >> parts->level > most)
        parts->level++;
    parts->count = (size_t)(parts->leaves.count >> parts->level) +
                   (size_t)__builtin_popcountll(rest_of(parts));
}

/* The level of the part that begins with this leaf: the largest node that fits. */
static unsigned level_at(const struct parts *parts, uint64_t leaf)
{
    uint64_t left = parts->leaves.count - leaf;
    unsigned largest = 63 - (unsigned)__builtin_clzll(left);
    return largest < parts->level ? largest : parts->level;
}

const void *yoke_part_read(const void *argument, yoke_part *part)
{
    const unsigned char *bytes = argument;
    part->lo = little_endian_load_64(bytes);
    part->hi = little_endian_load_64(bytes + 8);
    part->grain = little_endian_load_64(bytes + 16);
    return bytes + YOKE_PART_BYTES;
}

static void write_inputs(struct parts *parts, const void *input)
{
    unsigned char *bytes = parts->inputs;
    for (uint64_t leaf = 0; leaf < parts->leaves.count; bytes += parts->input_size) {
        little_endian_store_64(bytes, leaves_part_begin(&parts->leaves.rows, leaf));
        leaf += UINT64_C(1) << level_at(parts, leaf);
        little_endian_store_64(bytes + 8, leaves_part_begin(&parts->leaves.rows, leaf));
        little_endian_store_64(bytes + 16, parts->leaves.grain);
        if (parts->input_size > YOKE_PART_BYTES)
            memcpy(bytes + YOKE_PART_BYTES, input, parts->input_size - YOKE_PART_BYTES);
    }
}

/* ---- running --------------------------------------------------------------------------------- */

/* Without one of its parts there is no result, so no further ones are begun. */
static bool see(const yoke_item *item, void *context)
{
    struct parts *parts = context;
    const yoke_map_options *options = &parts->options;
    bool goes_on = !options->visit || options->visit(item, options->visit_context);
    if (item->status != YOKE_OK && parts->status == YOKE_OK) {
        parts->status = item->status;
        parts->message = strdup(item->message);
    }
    return goes_on && item->status == YOKE_OK;
}

static yoke_status run(struct parts *parts, yoke_server *server, yoke_kernel kernel)
{
    yoke_map_options how = parts->options;
    how.visit = see;
    how.visit_context = parts;
    yoke_status status =
        yoke_map(server, kernel, parts->inputs, parts->input_size, parts->outputs,
                 parts->accumulators.reduction.accumulator_size, parts->count, &how);
    if (parts->status != YOKE_OK)
        status = error_set(parts->status, "%s",
                           parts->message ? parts->message : yoke_status_text(parts->status));
    free(parts->message);
    return status;
}

/* ---- combining ------------------------------------------------------------------------------- */

static yoke_status combine(const struct parts *parts, void *result)
{
    struct tree tree = {.accumulators = &parts->accumulators};
    struct holding holding = {.count = 0};
    const unsigned char *output = parts->outputs;
    uint64_t leaf = 0;
    while (leaf < parts->leaves.count) {
        unsigned level = level_at(parts, leaf);
        struct node *node = tree_begin_leaf(&tree, &holding, leaf >> level);
        if (!node)
            break;
        node->level = level; /* its kernel has combined its leaves */
        accumulators_copy(&parts->accumulators, node->accumulator, output);
        tree_end_leaf(&tree, &holding, node);
        leaf += UINT64_C(1) << level;
        output += parts->accumulators.reduction.accumulator_size;
    }
    bool complete = leaf == parts->leaves.count;
    tree_hand_in(&tree, &holding);
    if (complete)
        tree_finish(&tree, result);
    tree_close(&tree);
    return complete ? YOKE_OK : accumulators_refuse_memory(&parts->accumulators);
}

/* ---- the call -------------------------------------------------------------------------------- */

static yoke_status allocate(struct parts *parts, size_t input_size)
{
    size_t output_size = parts->accumulators.reduction.accumulator_size;
    const size_t most = PTRDIFF_MAX / (parts->count + 1);
    if (input_size < most - YOKE_PART_BYTES && output_size < most) {
        parts->input_size = YOKE_PART_BYTES + input_size;
        parts->inputs = malloc(parts->count * parts->input_size + 1);
        parts->outputs = malloc(parts->count * output_size + 1);
    }
    if (parts->inputs && parts->outputs)
        return YOKE_OK;
    return error_set(YOKE_NO_MEMORY,
                     "no memory for %zu parts of a reduction, with %zu bytes of input and an "
                     "accumulator of %zu bytes each",
                     parts->count, input_size, output_size);
}

static yoke_status check(const struct parts *parts, const void *input, size_t input_size,
                         const void *result)
{
    if (input_size && !input)
        return error_set(YOKE_INVALID, "input is NULL, but has a size of %zu bytes", input_size);
    if (!result)
        return error_set(YOKE_INVALID, "result is NULL; pass where the accumulator is to go");
    if (parts->options.statuses)
        return error_set(YOKE_INVALID, "options.statuses must be NULL: how many parts there are is "
                                       "not the caller's; options.visit is shown each");
    return YOKE_OK;
}

yoke_status yoke_map_reduce(yoke_server *server, yoke_kernel kernel, yoke_part range,
                            const void *input, size_t input_size, const yoke_reduction *reduction,
                            const yoke_map_options *options, void *result)
{
    struct parts parts = {.count = 0};
    yoke_status status = map_plan_read(&parts.options, options);
    if (status == YOKE_OK)
        status = accumulators_open(&parts.accumulators, reduction, NULL);
    if (status == YOKE_OK)
        status = check(&parts, input, input_size, result);
    if (status != YOKE_OK)
        return status;
    cut(&parts, &range);
    status = allocate(&parts, input_size);
    if (status == YOKE_OK) {
        write_inputs(&parts, input);
        status = run(&parts, server, kernel);
    }
    if (status == YOKE_OK && parts.count)
        status = combine(&parts, result);
    else if (status == YOKE_OK)
        accumulators_reset(&parts.accumulators, result);
    free(parts.inputs);
    free(parts.outputs);
    return status;
}
