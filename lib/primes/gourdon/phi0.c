/* Phi0: the ordinary leaves.
 *
 *     Phi0 = sum over m <= z of mu(m) f(m) phi(x / m, 7)
 *
 * with the prime factors of m above 17 and up to y. phi(v, 7) is had by one look, since the numbers
 * without the factors 2, 3, 5, 7, 11, 13 and 17 repeat every 510510. */
#include <stdlib.h>

#include "base/error.h"
#include "factors.h"
#include "terms.h"
#include "tiny.h"

#define TINY_WORDS (TINY_BYTES / 8 + 1)
#define TINY_COUNT 92160 /* of the numbers in a period: 1 * 2 * 4 * 6 * 10 * 12 * 16 */

/* The wheel's numbers up to any r below the period: how many, and their sum. */
struct wheel_sums {
    struct prefix_word count[TINY_WORDS], sum[TINY_WORDS];
};

struct phi0 {
    struct merge merge;
    const struct gourdon *gourdon;
    struct wheel_sums *sums; /* of one period                                                    */
    uint64_t first, end;     /* the entries of the numbers m: see factors.h                      */
    uint64_t parts;
};

/* With v = a period + r, the numbers j period + s: for j < a all s of the period, of which there
 * are TINY_COUNT with the mean of half a period, and for j = a those up to r. With v <=
 * GOURDON_MOST, a < 2^68. */
static struct uint256 phi(const struct wheel_sums *sums, enum weight weight, uint128 v)
{
    uint128 a = quotient_of(v, TINY_PERIOD);
    uint64_t r = (uint64_t)(v - a * TINY_PERIOD);
    uint64_t rest = prefix_up_to(sums->count, 0, WEIGHT_ONE, r);
    if (weight == WEIGHT_ONE)
        return uint256_of(a * TINY_COUNT + rest);
    struct uint256 sum = uint256_product(a * TINY_PERIOD * (TINY_COUNT / 2), a);
    uint256_add(&sum, uint256_of(a * TINY_PERIOD * rest));
    uint256_add(&sum, uint256_of(prefix_up_to(sums->sum, 0, WEIGHT_PRIME, r)));
    return sum;
}

/* The term takes so little that its parts may be uneven. */
#define PARTS_A_WORKER 8

static yoke_status phi0_open(void *state, const struct term_request *request)
{
    struct phi0 *phi0 = state;
    const struct gourdon *gourdon = request->gourdon;
    phi0->gourdon = gourdon;
    struct record *saved = request->saved;
    phi0->end = factors_up_to(gourdon->z);
    yoke_status status = merge_open(&phi0->merge, 0, saved);
    if (status != YOKE_OK)
        return status;
    phi0->first = saved ? (uint64_t)record_take(saved, 0, phi0->end) : 0;
    phi0->parts = phi0->first < phi0->end ? PARTS_A_WORKER * request->workers : 0;
    phi0->sums = malloc(sizeof *phi0->sums);
    if (!phi0->sums)
        return error_set(YOKE_NO_MEMORY, "no memory for the ordinary leaves");
    const struct isa *isa = gourdon->isa;
    const uint8_t *wheel = gourdon->wheel_bytes;
    isa->fill_prefix(phi0->sums->count, wheel, TINY_WORDS, 0, WEIGHT_ONE, 0);
    isa->fill_prefix(phi0->sums->sum, wheel, TINY_WORDS, 0, WEIGHT_PRIME, 0);
    return merge_expect(&phi0->merge, phi0->parts);
}

static void phi0_close(void *state)
{
    struct phi0 *phi0 = state;
    merge_close(&phi0->merge);
    free(phi0->sums);
}

/* The first entry of a part, or behind the last. */
static uint64_t start_of(const struct phi0 *phi0, uint64_t number)
{
    uint64_t entries = phi0->end - phi0->first;
    return phi0->parts ? phi0->first + entries * number / phi0->parts : phi0->first;
}

static yoke_status phi0_part(void *state, void *memory, uint64_t number)
{
    (void)memory;
    struct phi0 *phi0 = state;
    const struct gourdon *gourdon = phi0->gourdon;
    enum weight weight = gourdon->weight;
    struct part *part = merge_part(0);
    if (!part)
        return YOKE_NO_MEMORY;
    struct leaf_list list = {.next = start_of(phi0, number), .end = start_of(phi0, number + 1)};
    yoke_status status = YOKE_OK;
    while (list.next < list.end && status == YOKE_OK) {
        status = factors_list(gourdon, TINY_LARGEST, &list);
        for (size_t i = 0; i < list.count; i++) {
            bool even = list.leaf[i] < 0;
            uint32_t m = (uint32_t)(even ? -list.leaf[i] : list.leaf[i]);
            struct uint256 leaf = phi(phi0->sums, weight, quotient_of(gourdon->x, m));
            leaf = uint256_times(leaf, weigh(weight, m));
            if (even)
                uint256_add(&part->local, leaf);
            else
                uint256_subtract(&part->local, leaf);
        }
    }
    return merge_add(&phi0->merge, number, part, status);
}

/* Measured on a Zen 4 at 3 GHz: one of the numbers, whether it is a leaf or not. */
static double phi0_cost(const void *state, uint64_t number)
{
    (void)number; /* all parts are as long */
    const struct phi0 *phi0 = state;
    double entry = phi0->gourdon->weight == WEIGHT_PRIME ? 13 : 4.6;
    return phi0->parts ? (double)(phi0->end - phi0->first) * entry / (double)phi0->parts : 0;
}

static void phi0_save(void *state, struct record *record)
{
    struct phi0 *phi0 = state;
    uint64_t next = merge_save(&phi0->merge, record);
    record_add(record, start_of(phi0, next));
}

const struct gourdon_term term_phi0 = {
    .size = sizeof(struct phi0),
    .open = phi0_open,
    .cost = phi0_cost,
    .part = phi0_part,
    .save = phi0_save,
    .close = phi0_close,
};
