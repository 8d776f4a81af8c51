/* yoke, by its public interface. */
#include "loops.h"
#include "runtimes/server.h"

struct call {
    void (*function)(void *argument);
    void *argument;
};

static yoke_status run_call(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    const struct call *call = argument;
    call->function(call->argument);
    return YOKE_OK;
}

static void job(void (*function)(void *argument), void *argument)
{
    struct call call = {function, argument};
    collect(submit(run_call, &call, sizeof call, 0), NULL, 0);
}

/* ---- loops ----------------------------------------------------------------------------------- */

static yoke_status empty_piece(const yoke_piece *piece, void *argument)
{
    (void)piece, (void)argument;
    return YOKE_OK;
}

static void empty(unsigned pieces)
{
    yoke_loop loop = YOKE_LOOP(0, pieces, empty_piece, NULL);
    loop.grain = 1;
    must(yoke_parallel_for(server, &loop));
}

static yoke_status fill_numbers(const yoke_piece *piece, void *out)
{
    work_numbers(out, piece->lo, piece->hi);
    return YOKE_OK;
}

static void numbers(double *out, uint64_t count)
{
    must(yoke_parallel_for(server, &YOKE_LOOP(0, count, fill_numbers, out)));
}

static yoke_status sweep_rows(const yoke_piece *piece, void *grid)
{
    work_sweep(grid, piece->lo, piece->hi);
    return YOKE_OK;
}

static void sweep(const struct grid *grid)
{
    struct grid copy = *grid;
    must(yoke_parallel_for(server, &YOKE_LOOP(1, copy.width - 1, sweep_rows, &copy)));
}

static yoke_status draw_rows(const yoke_piece *piece, void *image)
{
    work_rows(image, piece->lo, piece->hi);
    return YOKE_OK;
}

static void rows(const struct image *image)
{
    struct image copy = *image;
    must(yoke_parallel_for(server, &YOKE_LOOP(0, copy.height, draw_rows, &copy)));
}

/* ---- reductions and scans -------------------------------------------------------------------- */

struct arrays {
    const double *x, *y;
};

static void add_up(void *into, const void *from, void *argument)
{
    (void)argument;
    *(double *)into += *(const double *)from;
}

static yoke_status add_numbers(const yoke_piece *piece, void *argument)
{
    const struct arrays *arrays = argument;
    *(double *)piece->accumulator += work_sum(arrays->x, piece->lo, piece->hi);
    return YOKE_OK;
}

static yoke_status add_products(const yoke_piece *piece, void *argument)
{
    const struct arrays *arrays = argument;
    *(double *)piece->accumulator += work_dot(arrays->x, arrays->y, piece->lo, piece->hi);
    return YOKE_OK;
}

static double reduce(yoke_loop_body body, const double *x, const double *y, uint64_t count)
{
    struct arrays arrays = {x, y};
    double result;
    yoke_loop loop = YOKE_LOOP(0, count, body, &arrays);
    yoke_reduction reduction = YOKE_REDUCTION(double, add_up);
    must(yoke_parallel_reduce(server, &loop, &reduction, &result));
    return result;
}

static double sum(const double *x, uint64_t count)
{
    return reduce(add_numbers, x, NULL, count);
}

static double dot(const double *x, const double *y, uint64_t count)
{
    return reduce(add_products, x, y, count);
}

struct prefix {
    const int64_t *x;
    int64_t *sums;
};

static void add_up_integers(void *into, const void *from, void *argument)
{
    (void)argument;
    *(int64_t *)into += *(const int64_t *)from;
}

static yoke_status add_integers(const yoke_piece *piece, void *argument)
{
    const struct prefix *prefix = argument;
    *(int64_t *)piece->accumulator += work_sum_integers(prefix->x, piece->lo, piece->hi);
    return YOKE_OK;
}

static yoke_status write_sums(const yoke_piece *piece, void *argument)
{
    const struct prefix *prefix = argument;
    work_scan(prefix->x, prefix->sums, piece->lo, piece->hi, *(int64_t *)piece->accumulator);
    return YOKE_OK;
}

static yoke_status add_and_write(const yoke_piece *piece, void *argument)
{
    const struct prefix *prefix = argument;
    int64_t before = *(int64_t *)piece->before;
    *(int64_t *)piece->accumulator =
        work_scan(prefix->x, prefix->sums, piece->lo, piece->hi, before) - before;
    return YOKE_OK;
}

static void scan(const int64_t *x, int64_t *sums, uint64_t count)
{
    struct prefix prefix = {x, sums};
    yoke_loop loop = YOKE_LOOP(0, count, add_integers, &prefix);
    yoke_reduction reduction = YOKE_REDUCTION(int64_t, add_up_integers);
    reduction.add_and_write = add_and_write;
    reduction.associative = true;
    must(yoke_parallel_scan(server, &loop, &reduction, write_sums, NULL));
}

/* ---- calls for arrays ------------------------------------------------------------------------ */

static double call_sum_with(yoke_server *helpers, const double *x, uint64_t count,
                            yoke_sum_mode mode)
{
    yoke_number sum;
    must(yoke_sum(helpers, YOKE_ARRAY(x, count), mode, &sum));
    return sum.f64;
}

static double sum_alone(const double *x, uint64_t count)
{
    return call_sum_with(NULL, x, count, YOKE_SUM_TREE);
}

static double sum_alone_exact(const double *x, uint64_t count)
{
    return call_sum_with(NULL, x, count, YOKE_SUM_EXACT);
}

static double call_sum(const double *x, uint64_t count)
{
    return call_sum_with(server, x, count, YOKE_SUM_TREE);
}

static double call_sum_exact(const double *x, uint64_t count)
{
    return call_sum_with(server, x, count, YOKE_SUM_EXACT);
}

static double call_dot_as(const double *x, const double *y, uint64_t count, yoke_sum_mode mode)
{
    yoke_number dot;
    must(yoke_dot(server, YOKE_ARRAY(x, count), YOKE_ARRAY(y, count), mode, &dot));
    return dot.f64;
}

static double call_dot(const double *x, const double *y, uint64_t count)
{
    return call_dot_as(x, y, count, YOKE_SUM_TREE);
}

static double call_dot_exact(const double *x, const double *y, uint64_t count)
{
    return call_dot_as(x, y, count, YOKE_SUM_EXACT);
}

static void call_scan(const int64_t *x, int64_t *sums, uint64_t count)
{
    must(yoke_scan(server, YOKE_ARRAY(x, count), YOKE_SUM_TREE, YOKE_SCAN_INCLUSIVE, sums));
}

static void scan_doubles(const double *x, double *sums, uint64_t count)
{
    must(yoke_scan(server, YOKE_ARRAY(x, count), YOKE_SUM_TREE, YOKE_SCAN_INCLUSIVE, sums));
}

/* ---- a pipeline ------------------------------------------------------------------------------ */

static bool read_block(void *block, void *context)
{
    struct stream *stream = context;
    if (stream->read == stream->blocks)
        return false;
    work_read(stream, block);
    return true;
}

static yoke_status hash_block(yoke_context *context, const void *block, void *hash)
{
    (void)context;
    *(uint64_t *)hash = work_hash(block, sizeof(struct block));
    return YOKE_OK;
}

static bool append_hash(const yoke_item *item, void *stream)
{
    must(item->status);
    work_append(stream, *(const uint64_t *)item->output);
    return true;
}

static void pipeline(struct stream *stream)
{
    must(yoke_pipeline(server, read_block, hash_block, append_hash, stream, sizeof(struct block),
                       sizeof(uint64_t), NULL));
}

const struct loop_runtime *loop_runtime_yoke(void)
{
    static const struct loop_runtime yoke = {
        .runtime = {"yoke", COLOUR_YOKE, yoke_version, server_open, server_close},
        .job = job,
        .empty = empty,
        .numbers = numbers,
        .sweep = sweep,
        .rows = rows,
        .sum_alone = sum_alone,
        .sum_alone_exact = sum_alone_exact,
        .sum = sum,
        .dot = dot,
        .dot_same_bits = dot, /* they always are */
        .scan = scan,
        .call_sum = call_sum,
        .call_sum_exact = call_sum_exact,
        .call_dot = call_dot,
        .call_dot_exact = call_dot_exact,
        .call_scan = call_scan,
        .scan_doubles = scan_doubles,
        .pipeline = pipeline,
    };
    return &yoke;
}
