/* A and most of C: looks the pairs up, stretch by stretch, in tables of F. */
#include "pairs.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/square_root.h"
#include "primes/cancel.h"

/* Between two looks lie so many pairs, a millisecond; what a prime p takes beside its pairs is like
 * that many of them. */
#define STEPS_A_LOOK (UINT64_C(1) << 19)
#define PRIME_STEPS  128

/* Stretches that are cut into parts, primes whose pairs are counted: less than a millisecond. */
#define CUTS_A_LOOK   16384
#define COUNTS_A_LOOK 4096

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

struct pairs_range pairs_range(const struct gourdon *gourdon, uint32_t p)
{
    uint128 n = quotient_of(gourdon->x, p);
    uint64_t to = quotient_or_limit(quotient_of(n, p), gourdon->y);
    uint64_t from = quotient_or_limit(quotient_of(n, (uint64_t)p * p), to);
    from = from > p ? from : quotient_or_limit(p, to);
    uint64_t middle = square_root_wide(n);
    struct pairs_range range = {.n = n,
                                .lo = (uint32_t)from,
                                .mid = (uint32_t)to,
                                .end = (uint32_t)to,
                                .from = (uint32_t)from,
                                .to = (uint32_t)to};
    if (from >= middle || middle >= to)
        return range;
    uint64_t rest = (uint64_t)quotient_of(n, to); /* < middle < to */
    range.lo = (uint32_t)quotient_or_limit(from, rest);
    range.mid = (uint32_t)most(from, rest);
    range.end = (uint32_t)middle;
    range.middle = (uint32_t)middle;
    range.rest = (uint32_t)rest;
    return range;
}

/* Bytes of bitmap of a stretch, whose table takes twice as many, and the sums of its primes up to
 * eighteen times as many where they are kept, nine near 10^10: half and twice the size take 1 to
 * 3 % longer at 1e16 (Zen 5, L2 of 1 MiB). It is the same on every machine, since some of the turns
 * at a stretch may be left to another one.
 *
 * It is what sum_pairs() asks for as well, up to x = 10^26. Of the numbers of a stretch, 2^20.9,
 * less than one in five has no factor up to 13. So its primes, fewer than 2^18.6 up to 2^43.2,
 * together stay below 2^62; its numbers times q below 2^50; and q F(n / q), which is at most n
 * times the primes of the stretch, below 2^86, since pairs ask for n / p^2 < y: n < x / (x /
 * y)^(1/3) < 2^67.3. */
#define STRETCH_BYTES (64u << 10)

/* The stretches get these in proportion to their pairs, and each at least one. */
#define PARTS_A_WORKER 32

/* More than there is work for. */
#define TURNS_MOST (UINT32_C(1) << 20)

/* There are about as many pairs with v in [a, b) as 1 / a - 1 / b says, and none with v far below
 * x^(1/3). */
static double share_of(const struct pairs *pairs, uint64_t stretch)
{
    double width = (double)stretches_width(&pairs->stretches);
    double start = (double)stretches_start(&pairs->stretches, stretch);
    double least_v = pairs->gourdon->root3;
    double share = least_v / (start > least_v ? start : least_v) - least_v / (start + width);
    return share > 0 ? share : 0;
}

static yoke_status cut(struct pairs *pairs, unsigned parts)
{
    uint64_t count = stretches_count(&pairs->stretches);
    pairs->part = malloc((count + 1) * sizeof *pairs->part);
    if (!pairs->part)
        return error_set(YOKE_NO_MEMORY, "no memory for the parts of a sum");
    uint64_t part = 0;
    yoke_status status = YOKE_OK;
    for (uint64_t i = 0; i < count && status == YOKE_OK; i++) {
        if (i % CUTS_A_LOOK == 0)
            status = cancel_look();
        pairs->part[i] = part;
        uint64_t turns = (uint64_t)(share_of(pairs, i) * parts) + 1;
        if (i == 0 && !pairs->turns)
            pairs->turns = turns;
        part += i ? turns : pairs->turns - pairs->turn;
    }
    pairs->part[count] = part;
    return status == YOKE_OK ? merge_expect(&pairs->merge, part) : status;
}

static yoke_status count_lookups(const struct gourdon *gourdon, double *lookups)
{
    *lookups = 0;
    yoke_status status = YOKE_OK;
    for (uint64_t i = context_pi(gourdon, gourdon->root_z); i < gourdon->primes; i++) {
        if (gourdon->prime[i] > gourdon->root3 || status != YOKE_OK)
            break;
        struct pairs_range range = pairs_range(gourdon, gourdon->prime[i]);
        *lookups += (double)(context_pi(gourdon, range.end) - context_pi(gourdon, range.lo));
        if (i % COUNTS_A_LOOK == 0)
            status = cancel_look();
    }
    return status;
}

static yoke_status pairs_open(void *state, const struct term_request *request)
{
    struct pairs *pairs = state;
    const struct gourdon *gourdon = request->gourdon;
    pairs->gourdon = gourdon;
    struct record *saved = request->saved;
    yoke_status status = merge_open(&pairs->merge, 1, saved);
    if (status != YOKE_OK)
        return status;
    uint64_t first = 0;
    if (saved) {
        first = (uint64_t)record_take(saved, 0, gourdon->root2 / 30 + 1);
        pairs->turn = (uint64_t)record_take(saved, 0, TURNS_MOST);
        pairs->turns = (uint64_t)record_take(saved, pairs->turn + 1, TURNS_MOST + 1);
    } else {
        pairs->merge.before[0] = gourdon->weight == WEIGHT_PRIME ? 10 : 3; /* 2, 3 and 5 */
    }
    stretches_plan(&pairs->stretches, first, gourdon->root2, 30 * (STRETCH_BYTES - 1),
                   request->primes, gourdon->isa);
    status = count_lookups(gourdon, &pairs->lookups);
    return status == YOKE_OK ? cut(pairs, PARTS_A_WORKER * request->workers) : status;
}

static void pairs_close(void *state)
{
    struct pairs *pairs = state;
    merge_close(&pairs->merge);
    free(pairs->part);
}

static void pairs_close_worker(void *memory)
{
    struct pairs_worker *worker = memory;
    sieve_close(worker->sieve);
    table_close(&worker->table);
}

static yoke_status open_table(const struct pairs *pairs, struct table *table)
{
    const struct gourdon *gourdon = pairs->gourdon;
    bool sums = gourdon->isa->sums_by_prime && gourdon->weight == WEIGHT_PRIME;
    yoke_status status =
        table_open(table, sums ? WEIGHT_ONE : gourdon->weight, pairs->stretches.plan.chunk, false);
    if (status == YOKE_OK && sums)
        status = table_open_sums(table);
    if (status != YOKE_OK)
        table_close(table);
    return status;
}

static yoke_status fill_table(const struct pairs *pairs, struct pairs_worker *worker,
                              uint64_t number)
{
    if (worker->stretch == number + 1)
        return YOKE_OK;
    worker->stretch = 0;
    yoke_status status = stretches_sieve(&pairs->stretches, &worker->sieve);
    if (status == YOKE_OK && !worker->table.word)
        status = open_table(pairs, &worker->table);
    if (status == YOKE_OK)
        status = sieve_start(worker->sieve, number);
    table_clear(&worker->table, 0, 0);
    while (status == YOKE_OK) {
        struct segment segment;
        status = sieve_next(worker->sieve, &segment);
        if (status != YOKE_OK || segment.size == 0)
            break;
        table_add(&worker->table, &segment, pairs->gourdon->isa);
    }
    if (status == YOKE_OK && worker->table.sum)
        table_fill_sums(&worker->table);
    worker->stretch = status == YOKE_OK ? number + 1 : 0;
    return status;
}

/* What is added to a part, and the steps since the last look. */
struct adding {
    const struct gourdon *gourdon;
    const struct table *table;
    struct part *part;
    uint64_t steps;
};

static yoke_status look_after(struct adding *adding, uint64_t steps)
{
    adding->steps += steps;
    if (adding->steps < STEPS_A_LOOK)
        return YOKE_OK;
    adding->steps = 0;
    return cancel_look();
}

/* Adds `times` the pairs of p with q in (lo, hi]. */
static yoke_status add_pairs(struct adding *adding, uint32_t p, uint128 n, uint64_t lo, uint64_t hi,
                             unsigned times)
{
    if (lo >= hi)
        return YOKE_OK;
    const struct gourdon *gourdon = adding->gourdon;
    const struct pair_table table = {adding->table->first, adding->table->word, adding->table->sum};
    uint64_t to = context_pi(gourdon, hi);
    uint64_t weight = times * weigh(gourdon->weight, p);
    yoke_status status = YOKE_OK;
    for (uint64_t from = context_pi(gourdon, lo), count; from < to && status == YOKE_OK;
         from += count) {
        count = to - from < STEPS_A_LOOK ? to - from : STEPS_A_LOOK;
        uint128 sum =
            gourdon->isa->sum_pairs(&table, gourdon->weight, n, gourdon->prime + from, count);
        uint256_add(&adding->part->local, uint256_product(sum, weight));
        status = look_after(adding, count);
    }
    adding->part->raise[0].weight +=
        (int128)weight * (context_f(gourdon, hi) - context_f(gourdon, lo));
    return status;
}

/* Which of how many turns at a stretch a part is. */
struct turn {
    uint64_t stretch, turn, turns;
};

static struct turn turn_of(const struct pairs *pairs, uint64_t number)
{
    struct turn found = {0};
    for (uint64_t end = stretches_count(&pairs->stretches); end - found.stretch > 1;) {
        uint64_t middle = found.stretch + (end - found.stretch) / 2;
        if (pairs->part[middle] <= number)
            found.stretch = middle;
        else
            end = middle;
    }
    found.turn = number - pairs->part[found.stretch];
    found.turns = pairs->part[found.stretch + 1] - pairs->part[found.stretch];
    if (found.stretch == 0) {
        found.turn += pairs->turn;
        found.turns = pairs->turns;
    }
    return found;
}

/* The pairs of p with v = n / q in [start, end): q in (n / end, n / start]. */
static yoke_status add_prime(struct adding *adding, uint32_t p, uint64_t start, uint64_t end)
{
    struct pairs_range range = pairs_range(adding->gourdon, p);
    uint64_t least_q = quotient_or_limit(quotient_of(range.n, end), range.end);
    uint64_t most_q = start ? quotient_or_limit(quotient_of(range.n, start), range.end) : range.end;
    yoke_status status = add_pairs(adding, p, range.n, most(range.lo, least_q),
                                   quotient_or_limit(range.mid, most_q), 1);
    if (status == YOKE_OK)
        status = add_pairs(adding, p, range.n, most(range.mid, least_q), most_q, 2);
    return status == YOKE_OK ? look_after(adding, PRIME_STEPS) : status;
}

/* Only p in (x / (end * end or y), sqrt(x / start)] have such pairs: p <= lo < n / start, and n /
 * end < s or Q. */
static yoke_status add_stretch(struct adding *adding, uint64_t start, struct turn turn)
{
    const struct gourdon *gourdon = adding->gourdon;
    uint64_t end = adding->table->first + adding->table->words * WORD_NUMBERS;
    uint64_t largest = start ? square_root_wide(gourdon->x / start) : gourdon->root3;
    largest = quotient_or_limit(largest, gourdon->root3);
    uint64_t smallest = quotient_or_limit(gourdon->x / end / most(end, gourdon->y), largest);
    smallest = most(smallest, gourdon->root_z);
    if (smallest >= largest)
        return YOKE_OK;
    uint64_t to = context_pi(gourdon, largest);
    yoke_status status = YOKE_OK;
    for (uint64_t i = context_pi(gourdon, smallest) + turn.turn; i < to && status == YOKE_OK;
         i += turn.turns)
        status = add_prime(adding, gourdon->prime[i], start, end);
    return status;
}

static yoke_status pairs_part(void *state, void *memory, uint64_t number)
{
    struct pairs *pairs = state;
    struct pairs_worker *worker = memory;
    struct part *part = merge_part(1);
    if (!part)
        return YOKE_NO_MEMORY;
    struct turn turn = turn_of(pairs, number);
    struct adding adding = {pairs->gourdon, &worker->table, part, 0};
    yoke_status status = fill_table(pairs, worker, turn.stretch);
    if (status == YOKE_OK)
        status = add_stretch(&adding, stretches_start(&pairs->stretches, turn.stretch), turn);
    /* All turns at a stretch start from the same total. */
    if (turn.turn + 1 == turn.turns)
        part->raise[0].rise =
            worker->table.sum ? worker->table.sum[worker->table.total] : worker->table.total;
    return merge_add(&pairs->merge, number, part, status);
}

/* Measured on a Zen 4 at 3 GHz: a pair, and to sieve a number for the table. */
static double pairs_cost(const void *state, uint64_t number)
{
    const struct pairs *pairs = state;
    double lookup = pairs->gourdon->weight == WEIGHT_PRIME ? 1.93 : 1.55;
    struct turn turn = turn_of(pairs, number);
    double cost = share_of(pairs, turn.stretch) * pairs->lookups * lookup / (double)turn.turns;
    double table = 0.135 * (double)stretches_width(&pairs->stretches);
    return turn.turn ? cost : cost + table;
}

static void pairs_save(void *state, struct record *record)
{
    struct pairs *pairs = state;
    uint64_t next = merge_save(&pairs->merge, record);
    struct turn turn = {stretches_count(&pairs->stretches), 0, 1};
    if (next < pairs->merge.parts)
        turn = turn_of(pairs, next);
    record_add(record, stretches_done(&pairs->stretches, turn.stretch));
    record_add(record, turn.turn);
    record_add(record, turn.turns);
}

const struct gourdon_term term_pairs = {
    .size = sizeof(struct pairs),
    .worker_size = sizeof(struct pairs_worker),
    .open = pairs_open,
    .cost = pairs_cost,
    .part = pairs_part,
    .save = pairs_save,
    .close_worker = pairs_close_worker,
    .close = pairs_close,
};
