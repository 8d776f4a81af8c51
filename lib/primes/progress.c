/* Turns what is done of the work at hand into a position of the whole interval, and calls back. */
#include "progress.h"

#include <math.h>

/* Ten times a second: what a reader can follow, and nothing against a chunk's cost. */
#define PERIOD YOKE_MILLISECONDS(100)

/* Proportional to the work below n: the sieve takes hardly longer higher up, a trial division takes
 * as many steps as the root of a prime. */
static double work_below(const struct progress *progress, double n)
{
    return progress->steep ? n * sqrt(n) : n;
}

static void call(struct progress *progress, double position)
{
    double start = work_below(progress, progress->lo);
    double all = work_below(progress, progress->hi) - start;
    double total = progress->hi - progress->lo;
    double part = all > 0 ? (work_below(progress, position) - start) / all : 1;
    progress->callback(part * total, total, progress->context);
    atomic_store_explicit(&progress->next, os_now() + PERIOD, memory_order_relaxed);
}

void progress_start(struct progress *progress, uint128 lo, uint128 hi, unsigned passes)
{
    progress->piece = (double)lo;
    progress->piece_end = (double)hi;
    progress->pass = 0;
    progress->passes = passes;
    progress_share(progress, 0, 1);
}

void progress_share(struct progress *progress, double from, double to)
{
    progress->from = from;
    progress->to = to;
}

void progress_begin(struct progress *progress, uint64_t done, uint64_t all)
{
    atomic_store_explicit(&progress->done, done, memory_order_relaxed);
    progress->all = all;
}

void progress_add(struct progress *progress, uint64_t done)
{
    atomic_fetch_add_explicit(&progress->done, done, memory_order_relaxed);
    if (!progress->callback ||
        os_now() < atomic_load_explicit(&progress->next, memory_order_relaxed) ||
        !lock_try(&progress->lock))
        return;
    /* Read under the lock, so that the work told of never shrinks. */
    double part = (double)atomic_load(&progress->done) / (double)progress->all;
    part = progress->from + (progress->to - progress->from) * (part < 1 ? part : 1);
    double width = progress->piece_end - progress->piece;
    call(progress, progress->piece + width * (progress->pass + part) / progress->passes);
    lock_give(&progress->lock);
}

void progress_tell(struct progress *progress, uint128 position)
{
    if (!progress->callback)
        return;
    lock_take(&progress->lock);
    call(progress, (double)position);
    lock_give(&progress->lock);
}
