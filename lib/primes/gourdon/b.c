/* B: sieves a stretch segment by segment, while the primes p whose values lie there fall. */
#include "b.h"

#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/error.h"
#include "primes/cancel.h"

/* How many numbers are looked through for primes p at a time: the list of them takes 2 MiB. */
#define BATCH (UINT32_C(1) << 22)

/* Primes p between two looks: a millisecond, since each asks for a division of 128 bits. */
#define PRIMES_A_LOOK 16384

/* No more than BATCH / 8 numbers of a batch are primes: 30 does not divide them. */
#define BATCH_PRIMES (BATCH / 30 * 8 + 16)

/* The parts of shorter terms follow, so that these need not be small. */
#define PARTS_A_WORKER 16

/* A part takes a second at most, so that a checkpoint is soon followed by the next one. */
#define WIDTH_MOST UINT64_C(5000000000)
/* A segment has 2^20 bytes of eight numbers at most: up to here, together they stay below 2^64. */
#define SHALLOW_MOST (UINT64_C(1) << 40)

/* To start with a stretch takes a tenth of a millisecond, which this is a fifth of. */
#define WIDTH_LEAST UINT64_C(3900000)

static yoke_status b_open(void *state, const struct term_request *request)
{
    struct b_term *b = state;
    const struct gourdon *gourdon = request->gourdon;
    b->gourdon = gourdon;
    struct record *saved = request->saved;
    yoke_status status = merge_open(&b->merge, B_TOTALS, saved);
    if (status != YOKE_OK)
        return status;
    uint64_t last = (uint64_t)(gourdon->x / gourdon->y);
    debug_assert(last >> 58 == 0);
    b->deep = gourdon->weight == WEIGHT_PRIME && (last > SHALLOW_MOST || gourdon->deep);
    uint64_t first = 0;
    if (saved)
        first = (uint64_t)record_take(saved, 0, last / 30 + 1);
    else
        b->merge.before[B_BELOW] = gourdon->weight == WEIGHT_PRIME ? 10 : 3; /* 2, 3 and 5 */
    uint64_t width = last / (PARTS_A_WORKER * (uint64_t)request->workers) + 1;
    width = width > WIDTH_LEAST ? width : WIDTH_LEAST;
    width = width < WIDTH_MOST ? width : WIDTH_MOST;
    stretches_plan(&b->stretches, first, last, width, request->primes, gourdon->isa);
    return merge_expect(&b->merge, stretches_count(&b->stretches));
}

static void b_close(void *state)
{
    struct b_term *b = state;
    merge_close(&b->merge);
}

static void b_close_worker(void *memory)
{
    struct b_worker *worker = memory;
    sieve_close(worker->sieve);
    table_close(&worker->table);
    free(worker->prime);
}

/* The primes p of a part, from above. */
struct falling {
    uint64_t *prime;
    size_t left;      /* those that are not done: prime[0] ... prime[left - 1]                  */
    uint64_t lo, end; /* the numbers that have not been looked through: [lo, end)                */
};

static yoke_status list_more(struct falling *falling)
{
    uint64_t first = falling->end - falling->lo < BATCH ? falling->lo : falling->end - BATCH;
    yoke_prime_iterator *iterator;
    yoke_status status = yoke_prime_iterator_open(first, falling->end, &iterator);
    if (status != YOKE_OK)
        return status;
    falling->end = first;
    size_t count;
    do {
        const uint64_t *prime;
        status = yoke_prime_iterator_next(iterator, &prime, &count);
        for (size_t i = 0; status == YOKE_OK && i < count; i++)
            falling->prime[falling->left++] = prime[i];
    } while (status == YOKE_OK && count);
    yoke_prime_iterator_release(iterator);
    return status;
}

/* The primes of one segment. Where that is deep, the table is relative to its start. */
struct near {
    const struct table *table;
    uint64_t start, end;
    bool deep;
};

/* F(v), relative to what came before the segment. */
static inline uint128 near_weight(const struct near *near, uint64_t v)
{
    if (!near->deep)
        return table_weight(near->table, v);
    v -= near->start;
    return (uint128)near->start * table_count(near->table, v) + table_weight(near->table, v);
}

/* Adds the p with x / p below the end, the values of which lie in the segment or before it. For x
 * up to 10^26, p < 2^44 and all of them < 2^82, their squares < 2^126, F < 2^111, and x / p < 2^58.
 */
static yoke_status add_segment(const struct gourdon *gourdon, const struct near *near,
                               struct falling *falling, struct part *part)
{
    enum weight weight = gourdon->weight;
    uint128 weights = 0, squares = 0;
    while (falling->left || falling->end > falling->lo) {
        if (!falling->left) {
            yoke_status status = list_more(falling);
            if (status != YOKE_OK)
                return status;
            continue;
        }
        uint64_t p = falling->prime[falling->left - 1];
        uint64_t v = (uint64_t)quotient_of(gourdon->x, p);
        if (v >= near->end)
            break;
        falling->left--;
        uint64_t w = weigh(weight, p);
        weights += w;
        squares += (uint128)w * w;
        uint256_add(&part->local, uint256_of(w * near_weight(near, v)));
        if (falling->left % PRIMES_A_LOOK == 0) {
            yoke_status status = cancel_look();
            if (status != YOKE_OK)
                return status;
        }
    }
    uint256_add(&part->local, uint256_product(weights, part->raise[B_BELOW].rise));
    part->raise[B_BELOW].weight += (int128)weights;
    part->raise[B_WEIGHTS].rise += weights;
    part->raise[B_SQUARES].rise += squares;
    return YOKE_OK;
}

static yoke_status open_worker(const struct b_term *b, struct b_worker *worker)
{
    yoke_status status = stretches_sieve(&b->stretches, &worker->sieve);
    if (status == YOKE_OK && !worker->table.word)
        status = table_open(&worker->table, b->gourdon->weight, b->stretches.plan.segment, b->deep);
    if (status == YOKE_OK && !worker->prime)
        worker->prime = malloc(BATCH_PRIMES * sizeof *worker->prime);
    if (status == YOKE_OK && !worker->prime)
        status = error_set(YOKE_NO_MEMORY, "no memory for a list of primes");
    return status;
}

/* The primes p with values in [start, end). */
static struct falling primes_of(const struct gourdon *gourdon, uint64_t start, uint64_t end,
                                uint64_t *room)
{
    uint64_t largest =
        start ? quotient_or_limit(gourdon->x / start, gourdon->root2) : gourdon->root2;
    uint64_t below = quotient_or_limit(gourdon->x / end, largest);
    below = below > gourdon->y ? below : gourdon->y;
    largest = largest > below ? largest : below;
    return (struct falling){room, 0, below + 1, largest + 1};
}

/* Fills the table; returns what its primes weigh. */
static uint128 fill_table(struct b_worker *worker, const struct near *near, struct segment segment,
                          const struct isa *isa)
{
    if (near->deep)
        segment.first_byte = 0;
    table_clear(&worker->table, 0, 0);
    table_add(&worker->table, &segment, isa);
    return near_weight(near, near->end - 1);
}

static yoke_status add_stretch(const struct b_term *b, struct b_worker *worker, uint64_t number,
                               struct part *part)
{
    const struct gourdon *gourdon = b->gourdon;
    uint64_t start = stretches_start(&b->stretches, number);
    uint64_t end = start + stretches_width(&b->stretches);
    struct falling falling = primes_of(gourdon, start, end, worker->prime);
    yoke_status status = sieve_start(worker->sieve, number);
    while (status == YOKE_OK) {
        struct segment segment;
        status = sieve_next(worker->sieve, &segment);
        if (status != YOKE_OK || segment.size == 0)
            break;
        uint64_t first = 30 * segment.first_byte;
        struct near near = {&worker->table, first, first + 30 * (uint64_t)segment.size, b->deep};
        uint128 rise = fill_table(worker, &near, segment, gourdon->isa);
        status = add_segment(gourdon, &near, &falling, part);
        part->raise[B_BELOW].rise += rise;
    }
    return status;
}

static yoke_status b_part(void *state, void *memory, uint64_t number)
{
    struct b_term *b = state;
    struct b_worker *worker = memory;
    struct part *part = merge_part(B_TOTALS);
    if (!part)
        return YOKE_NO_MEMORY;
    yoke_status status = open_worker(b, worker);
    if (status == YOKE_OK)
        status = add_stretch(b, worker, number, part);
    return merge_add(&b->merge, number, part, status);
}

/* Measured on a Zen 4 at 3 GHz: to sieve a number, and to count or sum up to it. */
static double b_cost(const void *state, uint64_t number)
{
    (void)number; /* all parts are as long */
    const struct b_term *b = state;
    double sieved = b->gourdon->weight == WEIGHT_PRIME ? 0.135 : 0.11;
    uint64_t last = (uint64_t)(b->gourdon->x / b->gourdon->y);
    uint64_t parts = stretches_count(&b->stretches);
    return parts ? (double)(last - stretches_start(&b->stretches, 0)) / (double)parts * sieved : 0;
}

static void b_save(void *state, struct record *record)
{
    struct b_term *b = state;
    uint64_t next = merge_save(&b->merge, record);
    record_add(record, stretches_done(&b->stretches, next));
}

struct uint256 b_squares(const struct gourdon *gourdon, uint128 above, uint128 squares)
{
    struct uint256 sum = uint256_product(above, above);
    uint256_subtract(&sum, uint256_of(squares));
    sum = uint256_half(sum);
    uint256_add(&sum, uint256_product(context_f(gourdon, gourdon->y), above));
    return sum;
}

/* B is subtracted. */
static struct uint256 b_total(const void *state)
{
    const struct b_term *b = state;
    const uint128 *totals = b->merge.before;
    struct uint256 total = b_squares(b->gourdon, totals[B_WEIGHTS], totals[B_SQUARES]);
    uint256_subtract(&total, b->merge.sum);
    return total;
}

const struct gourdon_term term_b = {
    .size = sizeof(struct b_term),
    .worker_size = sizeof(struct b_worker),
    .open = b_open,
    .cost = b_cost,
    .part = b_part,
    .save = b_save,
    .total = b_total,
    .close_worker = b_close_worker,
    .close = b_close,
};
