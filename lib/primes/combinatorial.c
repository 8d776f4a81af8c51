#include "combinatorial.h"

#include "base/error.h"
#include "choose.h"
#include "gourdon/gourdon.h"
#include "lucy.h"

struct run {
    yoke_server *server;
    enum weight weight;
    struct progress progress;
    double done, cost; /* of the sums that are to be found                                       */
};

/* How one sum is found. */
struct way {
    const struct kernels *kernels;
    struct gourdon_tuning tuning;
};

/* The weights of the primes below n. */
static yoke_status total_below(struct run *run, uint64_t n, const struct way *way, uint128 *total)
{
    *total = 0;
    if (n <= 2)
        return YOKE_OK;
    struct progress *progress = &run->progress;
    double cost = choose_prefix_cost((double)n);
    double width = progress->hi - progress->lo;
    progress->piece = progress->lo + width * run->done / run->cost;
    run->done += cost;
    progress->piece_end = progress->lo + width * run->done / run->cost;
    return n <= COMBINATORIAL_LEAST ? lucy_total(n - 1, run->weight, total)
                                    : gourdon_total(run->server, n - 1, run->weight, way->kernels,
                                                    way->tuning, progress, total);
}

static yoke_status total_between(struct run *run, uint64_t lo, uint64_t hi, const struct way *way,
                                 uint128 *total)
{
    uint128 below, all;
    yoke_status status = total_below(run, lo, way, &below);
    if (status == YOKE_OK)
        status = total_below(run, hi, way, &all);
    if (status == YOKE_OK)
        *total = all - below;
    return status;
}

/* The second time with other kernels, where the processor can run some, and with other limits,
 * which moves numbers from every term to others. */
static yoke_status check(struct run *run, uint64_t lo, uint64_t hi, const struct kernels *first,
                         uint128 total)
{
    const struct way way = {kernels_other(first), {3.5, 2.5}};
    uint128 again;
    yoke_status status = total_between(run, lo, hi, &way, &again);
    if (status != YOKE_OK || again == total)
        return status;
    char text[2][YOKE_UINT128_TEXT_SIZE];
    return error_set(
        YOKE_SYSTEM,
        "the double check failed: %s found %s, %s %s; do not trust this machine before "
        "its memory is tested",
        first->name, yoke_uint128_text(uint128_split(total), text[0]), way.kernels->name,
        yoke_uint128_text(uint128_split(again), text[1]));
}

yoke_status combinatorial_totals(yoke_server *server, uint64_t lo, uint64_t hi, enum weight weight,
                                 const yoke_primes_options *options, struct totals *totals)
{
    const char *problem;
    const struct kernels *kernels = kernels_choose(&problem);
    if (!kernels)
        return error_set(YOKE_INVALID, "%s", problem);
    if (server && yoke_server_workers(server) == 0)
        return error_set(YOKE_CLOSED, "the server is closed; open another one");
    struct run run = {.server = server, .weight = weight};
    run.progress.callback = options->progress;
    run.progress.context = options->progress_context;
    run.progress.lo = (double)lo;
    run.progress.hi = (double)hi;
    run.progress.passes = 1;
    run.cost = choose_prefix_cost((double)hi) + (lo > 2 ? choose_prefix_cost((double)lo) : 0);
    run.cost *= options->double_check ? 2 : 1;
    progress_tell(&run.progress, lo);
    uint128 total = 0;
    yoke_status status = total_between(&run, lo, hi, &(struct way){kernels, {0, 0}}, &total);
    if (status == YOKE_OK && options->double_check)
        status = check(&run, lo, hi, kernels, total);
    if (status != YOKE_OK)
        return status;
    progress_tell(&run.progress, hi);
    *totals = (struct totals){0};
    if (weight == WEIGHT_PRIME)
        totals->sum = total;
    else
        totals->count = (uint64_t)total;
    return YOKE_OK;
}
