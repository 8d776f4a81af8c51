/* D: sieves the segments of a part, and counts what is left before each prime. */
#include "d.h"

#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/square_root.h"
#include "d_parts.h"
#include "factors.h"
#include "primes/cancel.h"
#include "tiny.h"

/* Of a segment: a level 1 cache. Beyond 2^64 most of the many primes cross off so little that to
 * look at them four times as often would take a fifth more time at 1e20, and a half at 1e22. */
#define SIZE      (UINT32_C(32) << 10)
#define SIZE_WIDE (UINT32_C(128) << 10)

static double d_cost(const void *state, uint64_t number)
{
    return d_parts_cost(state, number);
}

static yoke_status d_open(void *state, const struct term_request *request)
{
    struct d_term *d = state;
    const struct gourdon *gourdon = request->gourdon;
    d->gourdon = gourdon;
    struct record *saved = request->saved;
    uint64_t numbers = (uint64_t)(gourdon->x / gourdon->z) + 1;
    d->size = gourdon->x >> 64 ? SIZE_WIDE : SIZE;
    d->segments = numbers / 30 / d->size + 1;
    yoke_status status = merge_open(&d->merge, gourdon->end_hard - gourdon->first, saved);
    if (status != YOKE_OK)
        return status;
    d->first = saved ? (uint64_t)record_take(saved, 0, d->segments) : 0;
    d->lanes = malloc(sizeof *d->lanes);
    if (!d->lanes)
        return error_set(YOKE_NO_MEMORY, "no memory for the lanes of a wheel");
    wheel_group_fill(wheel_of(30), 0, d->lanes);
    return d_parts_open(d, request->workers);
}

static void d_close(void *state)
{
    struct d_term *d = state;
    merge_close(&d->merge);
    free(d->start);
    free(d->lanes);
}

static void d_close_worker(void *memory)
{
    struct d_worker *worker = memory;
    free(worker->memory);
    free(worker->running);
    free(worker->prime);
}

static yoke_status open_worker(const struct d_term *d, struct d_worker *worker)
{
    if (worker->memory)
        return YOKE_OK;
    size_t lines = d->size / LINE_BYTES_LEAST + 1;
    size_t primes = d->gourdon->end_hard - d->gourdon->first;
    worker->memory = memory_allocate(d->size + LINE_BYTES_MOST);
    worker->running = malloc(2 * lines * sizeof *worker->running);
    worker->prime = malloc((primes + 1) * sizeof *worker->prime);
    if (!worker->memory || !worker->running || !worker->prime)
        return error_set(YOKE_NO_MEMORY, "no memory for a worker's hard leaves");
    memset(worker->memory + d->size, 0, LINE_BYTES_MOST);
    worker->bitmap = (struct counted_bitmap){worker->memory, worker->running + lines, d->size,
                                             d->gourdon->weight, 0};
    return YOKE_OK;
}

/* The segment at hand, of one part. */
struct hard {
    const struct d_term *d;
    const struct gourdon *gourdon;
    struct d_worker *worker;
    struct part *part;
    uint64_t start, end; /* its numbers                                                          */
    bool running;        /* worker->running is that of the bitmap as it stands                   */
    yoke_status status;  /* YOKE_CANCELLED: the part is not worked out any further               */
};

static void start_segment(struct hard *hard, uint64_t segment)
{
    uint32_t size = hard->d->size;
    hard->start = segment * size * 30;
    hard->end = hard->start + UINT64_C(30) * size;
    const uint8_t *wheel = hard->gourdon->wheel_bytes;
    uint32_t phase = (uint32_t)(segment * size % TINY_BYTES);
    for (uint32_t done = 0; done < size;) {
        uint32_t length = TINY_BYTES - phase < size - done ? TINY_BYTES - phase : size - done;
        memcpy(hard->worker->memory + done, wheel + phase, length);
        done += length;
        phase = 0;
    }
    hard->gourdon->isa->tally_lines(&hard->worker->bitmap);
    hard->running = false;
}

/* For so many, to add up the tallies of all lines before each costs less than running sums. */
#define FEW_LEAVES 10

static void sum_leaves(struct hard *hard, uint64_t n, const int32_t *leaves, size_t count,
                       struct leaf_sums *sums)
{
    struct d_worker *worker = hard->worker;
    if (!count)
        return;
    if (!hard->running && count > FEW_LEAVES) {
        hard->gourdon->isa->run_tallies(&worker->bitmap, worker->running);
        hard->running = true;
    }
    const uint64_t *running = hard->running ? worker->running : NULL;
    hard->gourdon->isa->sum_leaves(&worker->bitmap, running, hard->start, n, leaves, count, sums);
}

/* Leaves m in (lo, hi]; of n the lowest 64 bits. */
static void sum_composite(struct hard *hard, uint32_t p, uint64_t n, uint64_t lo, uint64_t hi,
                          struct leaf_sums *sums)
{
    const struct gourdon *gourdon = hard->gourdon;
    struct leaf_list list = {.next = factors_up_to(lo), .end = factors_up_to(hi)};
    while (list.next < list.end && hard->status == YOKE_OK) {
        hard->status = factors_list(gourdon, p, &list);
        sum_leaves(hard, n, list.leaf, list.count, sums);
    }
}

/* Leaves m = q, a prime in (lo, hi]. */
static void sum_primes(struct hard *hard, uint64_t n, uint64_t lo, uint64_t hi,
                       struct leaf_sums *sums)
{
    uint64_t next = context_pi(hard->gourdon, lo);
    uint64_t end = context_pi(hard->gourdon, hi);
    while (next < end && hard->status == YOKE_OK) {
        int32_t leaves[LEAVES_ROOM];
        size_t count = end - next < LEAVES_MAX ? end - next : LEAVES_MAX;
        for (size_t i = 0; i < count; i++)
            leaves[i] = (int32_t)hard->gourdon->prime[next + i];
        sum_leaves(hard, n, leaves, count, sums);
        next += count;
        if (next < end)
            hard->status = cancel_look();
    }
}

/* The leaves of a prime whose values lie in the segment. */
static struct leaf_sums sum_prime(struct hard *hard, uint32_t p)
{
    const struct gourdon *gourdon = hard->gourdon;
    struct leaf_sums sums = {0};
    bool composite = p <= gourdon->root_z;
    uint128 n = quotient_of(gourdon->x, p);
    uint64_t most = composite ? gourdon->z : gourdon->y;
    uint64_t least = composite ? gourdon->z / p : p;
    uint64_t hi = quotient_or_limit(quotient_of(n, (uint64_t)p * p), most);
    if (hard->start)
        hi = quotient_or_limit(quotient_of(n, hard->start), hi);
    uint64_t lo = quotient_or_limit(quotient_of(n, hard->end), hi);
    lo = lo > least ? lo : least;
    if (lo >= hi)
        return sums;
    if (composite)
        sum_composite(hard, p, (uint64_t)n, lo, hi, &sums);
    else
        sum_primes(hard, (uint64_t)n, lo, hi, &sums);
    return sums;
}

/* How far everything is from running over, for x up to 10^26: p < 2^22, m < 2^29 and together below
 * 2^57, numbers below x / z < 2^58, in a segment fewer than 2^20 are left, 2^22 apart. So the
 * counts of the leaves weigh below 2^77 and their offsets below 2^99, and all numbers together,
 * which a total comes to, below 2^116. */
static void do_prime(struct hard *hard, uint32_t index)
{
    const struct gourdon *gourdon = hard->gourdon;
    uint32_t p = gourdon->prime[gourdon->first + index];
    struct leaf_sums sums = sum_prime(hard, p);
    struct raise *raise = &hard->part->raise[index];
    struct uint256 *local = &hard->part->local;
    int64_t weight = (int64_t)weigh(gourdon->weight, p);
    int128 weights = (int128)sums.weight * weight;
    uint256_add_product(local, weights, raise->rise);
    raise->weight += weights;
    uint64_t tally = hard->worker->bitmap.total;
    uint64_t left = tally & ((UINT64_C(1) << TALLY_SHIFT) - 1);
    if (gourdon->weight == WEIGHT_PRIME) {
        uint256_add_product(local, (int128)sums.count * weight, hard->start);
        uint256_add_signed(local, (int128)sums.offsets * weight);
        raise->rise += (uint128)left * hard->start + (tally >> TALLY_SHIFT);
    } else {
        uint256_add_signed(local, (int128)sums.count);
        raise->rise += left;
    }
}

static void cross_off(struct hard *hard, uint32_t index)
{
    struct d_worker *worker = hard->worker;
    hard->gourdon->isa->cross_off_counted(&worker->bitmap, &worker->prime[index], wheel_of(30),
                                          hard->d->lanes);
    hard->running = false;
}

/* How many of the primes have leaves in the segment or later ones: m > p and v >= start ask for
 * p^2 < x / start. */
static uint32_t primes_left(const struct hard *hard)
{
    const struct gourdon *gourdon = hard->gourdon;
    if (hard->start == 0)
        return gourdon->end_hard - gourdon->first;
    uint64_t largest = square_root_wide(gourdon->x / hard->start);
    uint64_t end = largest < gourdon->root4 ? context_pi(gourdon, largest) : gourdon->end_hard;
    return end > gourdon->first ? (uint32_t)end - gourdon->first : 0;
}

static void start_primes(const struct hard *hard, uint32_t primes)
{
    uint64_t first_byte = hard->start / 30;
    for (uint32_t i = 0; i < primes; i++) {
        uint32_t p = hard->gourdon->prime[hard->gourdon->first + i];
        hard->worker->prime[i] = (struct medium_prime){p, -(int32_t)(first_byte % p)};
    }
}

/* Primes without many leaves between two looks: less than a millisecond. */
#define PRIMES_A_LOOK 512

static void do_segment(struct hard *hard, uint64_t segment)
{
    start_segment(hard, segment);
    uint32_t left = primes_left(hard);
    hard->status = cancel_look();
    for (uint32_t i = 0; i < left && hard->status == YOKE_OK; i++) {
        do_prime(hard, i);
        cross_off(hard, i);
        if (i % PRIMES_A_LOOK == PRIMES_A_LOOK - 1 && hard->status == YOKE_OK)
            hard->status = cancel_look();
    }
}

static yoke_status d_part(void *state, void *memory, uint64_t number)
{
    struct d_term *d = state;
    struct d_worker *worker = memory;
    yoke_status status = open_worker(d, worker);
    if (status != YOKE_OK)
        return status;
    struct hard hard = {.d = d, .gourdon = d->gourdon, .worker = worker};
    hard.start = d->start[number] * d->size * 30;
    debug_assert(hard.start >> 58 == 0);
    uint32_t primes = primes_left(&hard);
    hard.part = merge_part(primes);
    if (!hard.part)
        return YOKE_NO_MEMORY;
    start_primes(&hard, primes);
    for (uint64_t segment = d->start[number];
         segment < d->start[number + 1] && hard.status == YOKE_OK; segment++)
        do_segment(&hard, segment);
    return merge_add(&d->merge, number, hard.part, hard.status);
}

static void d_save(void *state, struct record *record)
{
    struct d_term *d = state;
    uint64_t next = merge_save(&d->merge, record);
    record_add(record, d->start[next]);
}

const struct gourdon_term term_d = {
    .size = sizeof(struct d_term),
    .worker_size = sizeof(struct d_worker),
    .open = d_open,
    .cost = d_cost,
    .part = d_part,
    .save = d_save,
    .close_worker = d_close_worker,
    .close = d_close,
};
