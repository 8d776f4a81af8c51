/* Histograms: each worker counts for itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/floating.h"
#include "base/lock.h"
#include "call.h"

/* How many indices are found at a time, to be counted from the L1 cache. */
enum { BLOCK_NUMBERS = 1024, BINS_MOST = 1 << 30 };

struct histogram {
    struct call call;
    double lo, hi;
    uint32_t bins;
    struct lock lock;
    uint64_t *counts; /* with one more for what falls into no bin */
};

static yoke_status open_counts(unsigned worker, void *argument, void **state)
{
    const struct histogram *histogram = argument;
    *state = calloc((size_t)histogram->bins + 1, sizeof(uint64_t));
    if (!*state)
        return error_set(YOKE_NO_MEMORY, "no memory for the %u bins of worker %u: take fewer bins",
                         histogram->bins, worker);
    return YOKE_OK;
}

static void close_counts(void *state, void *argument)
{
    struct histogram *histogram = argument;
    const uint64_t *counts = state;
    lock_take(&histogram->lock);
    for (size_t i = 0; i < histogram->bins; i++)
        histogram->counts[i] += counts[i];
    lock_give(&histogram->lock);
    free(state);
}

static yoke_status count_piece(const yoke_piece *piece, void *argument)
{
    const struct histogram *histogram = argument;
    uint64_t *counts = piece->state;
    double buffer[BLOCK_NUMBERS];
    uint32_t index[BLOCK_NUMBERS];
    struct floating mode = floating_enter();
    for (uint64_t at = piece->lo; at < piece->hi; at += BLOCK_NUMBERS) {
        size_t count = piece->hi - at < BLOCK_NUMBERS ? piece->hi - at : BLOCK_NUMBERS;
        const double *x = array_doubles(histogram->call.x, at, count, buffer);
        histogram->call.kernels->find_bins(x, count, histogram->lo, histogram->hi, histogram->bins,
                                           index);
        for (size_t i = 0; i < count; i++)
            counts[index[i]]++;
    }
    floating_set(&mode);
    return YOKE_OK;
}

/* In the mode that the numbers are looked at in, which its caller has set. */
static __attribute__((noinline)) void note_width(double lo, double hi, size_t bins, bool *possible)
{
    *possible = lo < hi && isfinite(hi - lo) && isfinite((double)bins / (hi - lo));
}

static yoke_status check(double lo, double hi, size_t bins)
{
    if (!bins || bins > BINS_MOST)
        return error_set(YOKE_INVALID, "a histogram has 1 to 2^30 bins, not %zu", bins);
    bool possible;
    struct floating mode = floating_enter();
    note_width(lo, hi, bins, &possible);
    floating_set(&mode);
    if (!possible)
        return error_set(YOKE_INVALID,
                         "no %zu bins can be made from %g to %g: the bounds must be "
                         "finite, the first below the second, and their distance, "
                         "and bins over distance, within a double",
                         bins, lo, hi);
    return YOKE_OK;
}

yoke_status yoke_histogram(yoke_server *server, yoke_array x, double lo, double hi, size_t bins,
                           uint64_t *counts)
{
    static const struct call_state state = {open_counts, close_counts};
    struct histogram histogram = {.lo = lo, .hi = hi, .bins = (uint32_t)bins};
    yoke_status status = call_begin(&histogram.call, server, &x, NULL, counts);
    if (status == YOKE_OK)
        status = check(lo, hi, bins);
    if (status != YOKE_OK)
        return status;
    histogram.counts = calloc(bins, sizeof *counts);
    if (!histogram.counts)
        return error_set(YOKE_NO_MEMORY, "no memory for %zu bins: take fewer", bins);
    status = call_each(&histogram.call, count_piece, &state);
    if (status == YOKE_OK)
        memcpy(counts, histogram.counts, bins * sizeof *counts);
    free(histogram.counts);
    return status;
}
