#include "pairs.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/square_root.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

struct pairs_range pairs_range(const struct gourdon *gourdon, uint32_t p)
{
    uint64_t n = gourdon->x / p;
    uint64_t to = least(gourdon->y, n / p);
    uint64_t from = least(most(p, n / ((uint64_t)p * p)), to);
    uint64_t middle = square_root(n);
    struct pairs_range range = {.n = n,
                                .lo = (uint32_t)from,
                                .mid = (uint32_t)to,
                                .end = (uint32_t)to,
                                .from = (uint32_t)from,
                                .to = (uint32_t)to};
    if (from >= middle || middle >= to)
        return range;
    uint64_t rest = n / to;
    range.lo = (uint32_t)least(from, rest);
    range.mid = (uint32_t)most(from, rest);
    range.end = (uint32_t)middle;
    range.middle = (uint32_t)middle;
    range.rest = (uint32_t)rest;
    return range;
}

/* The numbers v of a stretch, as so many of a kilobyte's words as half of a level 2 cache holds. */
#define STRETCH_BYTES (256u << 10)

#define PARTS_A_WORKER 32

/* There are about as many pairs with v in [a, b) as 1 / a - 1 / b says, and none with v far below
 * x^(1/3). */
static void cut(struct pairs *pairs, unsigned parts)
{
    double width = (double)stretches_width(&pairs->stretches);
    double least_v = pairs->gourdon->root3;
    uint64_t part = 0;
    for (uint64_t i = 0; i < stretches_count(&pairs->stretches); i++) {
        double start = (double)i * width;
        double share = least_v / (start > least_v ? start : least_v) - least_v / (start + width);
        pairs->part[i] = part;
        part += share > 0 ? (uint64_t)(share * parts) + 1 : 1;
    }
    pairs->part[stretches_count(&pairs->stretches)] = part;
}

yoke_status pairs_open(struct pairs *pairs, const struct gourdon *gourdon,
                       const struct sieving_primes *primes, unsigned workers)
{
    *pairs = (struct pairs){.gourdon = gourdon};
    uint64_t width = STRETCH_BYTES / sizeof(struct prefix_word) * WORD_NUMBERS;
    stretches_plan(&pairs->stretches, gourdon->root2, width, primes, gourdon->kernels);
    pairs->part = malloc((stretches_count(&pairs->stretches) + 1) * sizeof *pairs->part);
    if (!pairs->part)
        return error_set(YOKE_NO_MEMORY, "no memory for the parts of a sum");
    cut(pairs, PARTS_A_WORKER * workers);
    uint128 before = gourdon->weight == WEIGHT_PRIME ? 10 : 3; /* 2, 3 and 5 */
    return merge_open(&pairs->merge, pairs_parts(pairs), 1, before);
}

void pairs_close(struct pairs *pairs)
{
    merge_close(&pairs->merge);
    free(pairs->part);
    *pairs = (struct pairs){0};
}

void pairs_worker_close(struct pairs_worker *worker)
{
    sieve_close(worker->sieve);
    table_close(&worker->table);
}

static yoke_status fill_table(const struct pairs *pairs, struct pairs_worker *worker,
                              uint64_t number)
{
    if (worker->stretch == number + 1)
        return YOKE_OK;
    worker->stretch = 0;
    yoke_status status = stretches_sieve(&pairs->stretches, &worker->sieve);
    if (status == YOKE_OK && !worker->table.word)
        status =
            table_open(&worker->table, pairs->gourdon->weight, pairs->stretches.plan.chunk, false);
    if (status == YOKE_OK)
        status = sieve_start(worker->sieve, number);
    table_clear(&worker->table, 0, 0);
    while (status == YOKE_OK) {
        struct segment segment;
        status = sieve_next(worker->sieve, &segment);
        if (status != YOKE_OK || segment.size == 0)
            break;
        table_add(&worker->table, &segment, pairs->gourdon->kernels);
    }
    worker->stretch = status == YOKE_OK ? number + 1 : 0;
    return status;
}

/* Adds `times` the pairs of p with q in (lo, hi]. */
static void add_pairs(const struct gourdon *gourdon, const struct table *table, uint32_t p,
                      uint64_t n, uint64_t lo, uint64_t hi, unsigned times, struct part *part)
{
    if (lo >= hi)
        return;
    uint64_t from = gourdon_pi(gourdon, lo);
    uint64_t to = gourdon_pi(gourdon, hi);
    if (from == to)
        return;
    uint64_t weight = times * weigh(gourdon->weight, p);
    part->local += weight * gourdon->kernels->sum_pairs(table->word, table->first, table->weight, n,
                                                        gourdon->prime + from, to - from);
    part->raise[0].weight += (uint128)weight * (gourdon_f(gourdon, hi) - gourdon_f(gourdon, lo));
}

/* v = n / q lies in [start, end) for q in (n / end, n / start]. Only p in (x / (end * end or y),
 * sqrt(x / start)] have such pairs: p <= lo < n / start, and n / end < s or Q. */
static void add_stretch(const struct gourdon *gourdon, const struct table *table, uint64_t start,
                        uint64_t turn, uint64_t turns, struct part *part)
{
    uint64_t end = table->first + table->words * WORD_NUMBERS;
    uint64_t largest = start ? square_root(gourdon->x / start) : gourdon->root3;
    largest = least(largest, gourdon->root3);
    uint64_t smallest = gourdon->x / end / most(end, gourdon->y);
    smallest = most(smallest, gourdon->root_z);
    if (smallest >= largest)
        return;
    uint64_t to = gourdon_pi(gourdon, largest);
    for (uint64_t i = gourdon_pi(gourdon, smallest) + turn; i < to; i += turns) {
        uint32_t p = gourdon->prime[i];
        struct pairs_range range = pairs_range(gourdon, p);
        uint64_t least_q = range.n / end;
        uint64_t most_q = start ? least(range.end, range.n / start) : range.end;
        add_pairs(gourdon, table, p, range.n, most(range.lo, least_q), least(range.mid, most_q), 1,
                  part);
        add_pairs(gourdon, table, p, range.n, most(range.mid, least_q), most_q, 2, part);
    }
}

yoke_status pairs_part(struct pairs *pairs, struct pairs_worker *worker, uint64_t number)
{
    struct part *part = part_open(1);
    if (!part)
        return YOKE_NO_MEMORY;
    uint64_t stretch = 0;
    while (pairs->part[stretch + 1] <= number)
        stretch++;
    yoke_status status = fill_table(pairs, worker, stretch);
    if (status != YOKE_OK) {
        free(part);
        return status;
    }
    uint64_t turns = pairs->part[stretch + 1] - pairs->part[stretch];
    add_stretch(pairs->gourdon, &worker->table, stretch * stretches_width(&pairs->stretches),
                number - pairs->part[stretch], turns, part);
    /* All turns at a stretch start from the same total. */
    if (number + 1 == pairs->part[stretch + 1])
        part->raise[0].rise = worker->table.total;
    merge_add(&pairs->merge, number, part);
    return YOKE_OK;
}
