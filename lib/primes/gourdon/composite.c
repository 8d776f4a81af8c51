/* Of C the leaves with p <= sqrt(z), where m may have many prime factors.
 *
 *     - sum over p of f(p) sum over max(h, z / p) < m <= z of mu(m) f(m) phi(x / (p m), before p)
 *
 * with the prime factors of m above p and up to y, and h = x / p^3: these leaves are easy, and
 * their values below p^2 <= z lie in the table. */
#include <math.h>

#include "base/debug.h"
#include "factors.h"
#include "terms.h"

struct composite {
    struct merge merge;
    const struct gourdon *gourdon;
    double cost;          /* of all turns, in nanoseconds                                        */
    uint64_t turn, turns; /* parts take turns at the primes p; those before `turn` are done       */
};

/* f(m), negative as the leaf is. */
static int64_t signed_weight(enum weight weight, int32_t leaf)
{
    return weight == WEIGHT_PRIME ? leaf : leaf < 0 ? -1 : 1;
}

/* A leaf whose v lies below p, where F(v) <= F(p - 1), comes to f(m) as well. n = x / p < z p^2, so
 * that with z < 2^LEAF_BITS everything stays below 2^112: all m together times F(p^2). */
static yoke_status total_of_prime(const struct gourdon *gourdon, uint64_t n, uint32_t p,
                                  int128 *total)
{
    debug_assert(n >> 2 * LEAF_BITS == 0);
    const struct isa *isa = gourdon->isa;
    uint64_t before = context_f(gourdon, p - 1);
    uint64_t h = n / ((uint64_t)p * p);
    struct leaf_list list = {.next = factors_up_to(h > gourdon->z / p ? h : gourdon->z / p),
                             .end = factors_up_to(gourdon->z)};
    uint128 sum = 0;
    yoke_status status = YOKE_OK;
    while (list.next < list.end && status == YOKE_OK) {
        status = factors_list(gourdon, p, &list);
        sum +=
            isa->sum_easy(gourdon->table.word, gourdon->weight, n, before, list.leaf, list.count);
        int64_t weights = 0; /* of the 1 and of F(p - 1) */
        for (size_t i = 0; i < list.count; i++)
            weights += signed_weight(gourdon->weight, list.leaf[i]);
        sum += (uint128)weights * (1 - (uint128)before);
    }
    *total = (int128)sum;
    return status;
}

/* Of a number among which leaves are looked for, with the leaves; measured on a Zen 4 at 3 GHz. */
#define NUMBER_COST 0.25

static double total_cost(const struct gourdon *gourdon)
{
    double numbers = 0;
    uint64_t end = context_pi(gourdon, gourdon->root_z);
    for (uint64_t i = gourdon->first; i < end; i++) {
        double p = gourdon->prime[i];
        double z = gourdon->z;
        double h = (double)gourdon->x / (p * p * p);
        numbers += h < z ? z - fmax(h, z / p) : 0;
    }
    return numbers * 8 / 30 * NUMBER_COST;
}

/* The primes p differ in their leaves by half at most, but for a few. */
#define TURNS_A_WORKER 16
#define TURNS_MOST     (UINT32_C(1) << 20)

static yoke_status composite_open(void *state, const struct term_request *request)
{
    struct composite *composite = state;
    struct record *saved = request->saved;
    composite->gourdon = request->gourdon;
    composite->turns = TURNS_A_WORKER * request->workers;
    composite->cost = total_cost(composite->gourdon);
    yoke_status status = merge_open(&composite->merge, 0, saved);
    if (status != YOKE_OK)
        return status;
    if (saved) {
        composite->turn = (uint64_t)record_take(saved, 0, TURNS_MOST);
        composite->turns = (uint64_t)record_take(saved, composite->turn, TURNS_MOST);
    }
    return merge_expect(&composite->merge, composite->turns - composite->turn);
}

static void composite_close(void *state)
{
    struct composite *composite = state;
    merge_close(&composite->merge);
}

static double composite_cost(const void *state, uint64_t number)
{
    (void)number; /* all turns are alike */
    const struct composite *composite = state;
    return composite->cost / (double)composite->turns;
}

static yoke_status composite_part(void *state, void *memory, uint64_t number)
{
    (void)memory;
    struct composite *composite = state;
    const struct gourdon *gourdon = composite->gourdon;
    struct part *part = merge_part(0);
    if (!part)
        return YOKE_NO_MEMORY;
    uint64_t end = context_pi(gourdon, gourdon->root_z);
    uint64_t turn = composite->turn + number;
    yoke_status status = YOKE_OK;
    for (uint64_t i = gourdon->first + turn; i < end && status == YOKE_OK; i += composite->turns) {
        uint64_t p = gourdon->prime[i];
        uint128 n = gourdon->x / p;
        if (n / (p * p) >= gourdon->z)
            continue;
        int128 total;
        status = total_of_prime(gourdon, (uint64_t)n, (uint32_t)p, &total);
        uint256_add_product(&part->local, total, weigh(gourdon->weight, p));
    }
    return merge_add(&composite->merge, number, part, status);
}

static void composite_save(void *state, struct record *record)
{
    struct composite *composite = state;
    uint64_t next = merge_save(&composite->merge, record);
    record_add(record, composite->turn + next);
    record_add(record, composite->turns);
}

const struct gourdon_term term_composite = {
    .size = sizeof(struct composite),
    .open = composite_open,
    .cost = composite_cost,
    .part = composite_part,
    .save = composite_save,
    .close = composite_close,
};
