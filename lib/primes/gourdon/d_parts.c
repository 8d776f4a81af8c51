/* Cuts the segments of D into parts by a model of what each takes. */
#include "d_parts.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "primes/cancel.h"
#include "primes/plan.h"
#include "tiny.h"

/* So many that a worker who waits for the last part of another loses a hundredth of the time. */
#define PARTS_A_WORKER 80

/* Of a part: a second at most, so that a checkpoint is soon followed by the next one; with plain C
 * up to seven. */
#define COST_MOST 1e9

/* Beyond 1e23 parts take longer, for the sake of the memory. */
#define PARTS_MOST 1e6

/* What it takes, in nanoseconds on a Zen 4 at 3 GHz: to fill a segment; a prime in a segment, and a
 * number that it crosses off; a leaf, and a number of those without the factors 2, 3 and 5 among
 * which leaves are looked for. */
#define SEGMENT_COST 32e3 /* of SEGMENT_BYTES */
#define PRIME_COST   640.0
#define HIT_COST     0.8
#define LEAF_COST    5.0
#define NUMBER_COST  0.19

#define SEGMENT_BYTES (UINT32_C(32) << 10)

/* The primes p are taken by so many classes of about the same logarithm. */
#define CLASSES 12

/* The leaves m in (lo, hi] of a prime with the logarithm t: numbers without factors up to p, of
 * which there are 0.56 / t, less the primes above y; or primes. */
static double leaves_cost(const struct gourdon *gourdon, double t, double lo, double hi)
{
    double y = gourdon->y;
    if (exp(t) > gourdon->root_z)
        return (hi - lo) / log(hi) * LEAF_COST;
    double above = hi > y ? hi - (lo > y ? lo : y) : 0;
    double leaves = (hi - lo) * 0.56 / t - above / log(hi);
    return (leaves > 0 ? leaves * LEAF_COST : 0) + (hi - lo) * 8 / 30 * NUMBER_COST;
}

/* What a segment takes. It has the leaves m = x / (p v) of its numbers v, with p < sqrt(v). */
static double segment_cost(const struct d_term *d, uint64_t segment)
{
    const struct gourdon *gourdon = d->gourdon;
    double x = (double)gourdon->x;
    double z = gourdon->z;
    double width = 30.0 * d->size;
    double start = (double)segment * width;
    double end = start + width;
    double first = log(TINY_LARGEST);
    double step = (log(sqrt(end) < gourdon->root4 ? sqrt(end) : gourdon->root4) - first) / CLASSES;
    double cost = SEGMENT_COST * d->size / SEGMENT_BYTES;
    for (int i = 0; step > 0 && i < CLASSES; i++) {
        double t = first + step * (i + 0.5);
        double p = exp(t);
        bool prime = p > gourdon->root_z;
        double lo = fmax(x / (p * end), prime ? p : z / p);
        double hi = fmin(x / (p * p * p), prime ? gourdon->y : z);
        hi = start > 0 ? fmin(hi, x / (p * start)) : hi;
        if (lo < hi)
            cost += p / t * step * leaves_cost(gourdon, t, lo, hi);
    }
    double last = start > 0 ? fmin(sqrt(x / start), gourdon->root4) : gourdon->root4;
    if (last > TINY_LARGEST)
        cost +=
            plan_prime_count(last) * PRIME_COST + 8.0 * d->size * log(log(last) / first) * HIT_COST;
    return cost;
}

/* Far from the first ones, segments are looked at in runs: those of a run cost about the same. */
static uint64_t run_at(uint64_t segment, uint64_t end)
{
    uint64_t run = 1 + (segment >> 12);
    return end - segment < run ? end - segment : run;
}

/* Between two looks: a millisecond. */
#define RUNS_A_LOOK 512

/* Whoever is cancelled meanwhile gets less, and learns that from the next look. */
static double cost_between(const struct d_term *d, uint64_t first, uint64_t end)
{
    double cost = 0;
    uint32_t runs = 0;
    for (uint64_t i = first; i < end; i += run_at(i, end)) {
        if (++runs % RUNS_A_LOOK == 0 && cancel_look() != YOKE_OK)
            break;
        cost += segment_cost(d, i) * (double)run_at(i, end);
    }
    return cost;
}

/* Cuts the segments from `first` on into at most `parts` + 1 parts that take equally long. */
static yoke_status cut(struct d_term *d, uint64_t parts)
{
    double done = 0;
    uint32_t runs = 0;
    yoke_status status = cancel_look();
    for (uint64_t i = d->first, run; i < d->segments && status == YOKE_OK; i += run) {
        run = run_at(i, d->segments);
        double cost = segment_cost(d, i);
        for (uint64_t next = i; next < i + run; next++) {
            double left = d->cost / (double)parts * (double)d->parts - done;
            uint64_t start = left > 0 ? i + (uint64_t)ceil(left / cost) : i;
            next = start > next ? start : next;
            if (next < i + run)
                d->start[d->parts++] = next;
        }
        done += cost * (double)run;
        if (++runs % RUNS_A_LOOK == 0)
            status = cancel_look();
    }
    d->start[d->parts] = d->segments;
    return status;
}

yoke_status d_parts_open(struct d_term *d, unsigned workers)
{
    d->cost = cost_between(d, d->first, d->segments);
    double wanted = d->cost / COST_MOST < PARTS_MOST ? d->cost / COST_MOST : PARTS_MOST;
    uint64_t parts = (uint64_t)wanted + 1;
    parts = parts > PARTS_A_WORKER * workers ? parts : PARTS_A_WORKER * workers;
    d->start = malloc((parts + 2) * sizeof *d->start);
    if (!d->start)
        return error_set(YOKE_NO_MEMORY, "no memory for the parts of a sum");
    yoke_status status = cut(d, parts);
    return status == YOKE_OK ? merge_expect(&d->merge, d->parts) : status;
}

double d_parts_cost(const struct d_term *d, uint64_t number)
{
    return cost_between(d, d->start[number], d->start[number + 1]);
}
