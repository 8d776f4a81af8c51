/* oneTBB as its users write it: the calling thread is one of the workers. */
#include "loops.h"

#include <optional>
#include <vector>

#include <oneapi/tbb.h>

namespace
{

using range = tbb::blocked_range<uint64_t>;

std::optional<tbb::global_control> control;
unsigned workers;

void open(unsigned count)
{
    workers = count;
    control.emplace(tbb::global_control::max_allowed_parallelism, count);
}

void close()
{
    control.reset();
}

void job(void (*function)(void *argument), void *argument)
{
    tbb::task_group group;
    group.run([=] { function(argument); });
    group.wait();
}

void empty(unsigned pieces)
{
    tbb::parallel_for(
        range(0, pieces, 1), [](const range &) { __asm__ volatile(""); },
        tbb::simple_partitioner());
}

void numbers(double *out, uint64_t count)
{
    tbb::parallel_for(range(0, count),
                      [=](const range &part) { work_numbers(out, part.begin(), part.end()); });
}

void sweep(const struct grid *grid)
{
    tbb::parallel_for(range(1, grid->width - 1),
                      [=](const range &part) { work_sweep(grid, part.begin(), part.end()); });
}

void rows(const struct image *image)
{
    tbb::parallel_for(range(0, image->height),
                      [=](const range &part) { work_rows(image, part.begin(), part.end()); });
}

double sum(const double *x, uint64_t count)
{
    return tbb::parallel_reduce(
        range(0, count), 0.0,
        [=](const range &part, double before) {
            return before + work_sum(x, part.begin(), part.end());
        },
        std::plus<double>());
}

double dot(const double *x, const double *y, uint64_t count)
{
    return tbb::parallel_reduce(
        range(0, count), 0.0,
        [=](const range &part, double before) {
            return before + work_dot(x, y, part.begin(), part.end());
        },
        std::plus<double>());
}

/* Deterministic for a fixed grain: such that a piece is long against handing it out. */
double dot_same_bits(const double *x, const double *y, uint64_t count)
{
    return tbb::parallel_deterministic_reduce(
        range(0, count, 4096), 0.0,
        [=](const range &part, double before) {
            return before + work_dot(x, y, part.begin(), part.end());
        },
        std::plus<double>());
}

void scan(const int64_t *x, int64_t *sums, uint64_t count)
{
    tbb::parallel_scan(
        range(0, count), int64_t{0},
        [=](const range &part, int64_t before, bool is_final) {
            return is_final ? work_scan(x, sums, part.begin(), part.end(), before)
                            : before + work_sum_integers(x, part.begin(), part.end());
        },
        std::plus<int64_t>());
}

void scan_doubles(const double *x, double *sums, uint64_t count)
{
    tbb::parallel_scan(
        range(0, count), 0.0,
        [=](const range &part, double before, bool is_final) {
            return is_final ? work_scan_doubles(x, sums, part.begin(), part.end(), before)
                            : before + work_sum(x, part.begin(), part.end());
        },
        std::plus<double>());
}

void pipeline(struct stream *stream)
{
    const size_t tokens = 4 * static_cast<size_t>(workers);
    std::vector<block> blocks(tokens);
    tbb::parallel_pipeline(
        tokens,
        tbb::make_filter<void, block *>(tbb::filter_mode::serial_in_order,
                                        [&](tbb::flow_control &flow) -> block * {
                                            if (stream->read == stream->blocks) {
                                                flow.stop();
                                                return nullptr;
                                            }
                                            block *next = &blocks[stream->read % tokens];
                                            work_read(stream, next);
                                            return next;
                                        }) &
            tbb::make_filter<block *, uint64_t>(
                tbb::filter_mode::parallel,
                [](block *block) { return work_hash(block, sizeof *block); }) &
            tbb::make_filter<uint64_t, void>(tbb::filter_mode::serial_in_order,
                                             [=](uint64_t hash) { work_append(stream, hash); }));
}

} // namespace

const loop_runtime *loop_runtime_onetbb(void)
{
    static loop_runtime onetbb;
    onetbb.runtime = {"oneTBB", COLOUR_ONETBB, TBB_runtime_version, open, close};
    onetbb.job = job;
    onetbb.empty = empty;
    onetbb.numbers = numbers;
    onetbb.sweep = sweep;
    onetbb.rows = rows;
    onetbb.sum = sum;
    onetbb.dot = dot;
    onetbb.dot_same_bits = dot_same_bits;
    onetbb.scan = scan;
    onetbb.scan_doubles = scan_doubles;
    onetbb.pipeline = pipeline;
    return &onetbb;
}
