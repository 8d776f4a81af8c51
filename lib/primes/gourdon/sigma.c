/* Sigma: what the tables up to z answer at once.
 *
 * F(y) - 1, and of the pairs p < q (see pairs.h) what is left beside A and C. */
#include "pairs.h"
#include "primes/cancel.h"
#include "terms.h"

struct sigma {
    struct merge merge; /* of one part                                                           */
    const struct gourdon *gourdon;
};

static yoke_status sigma_open(void *state, const struct term_request *request)
{
    struct sigma *sigma = state;
    sigma->gourdon = request->gourdon;
    yoke_status status = merge_open(&sigma->merge, 0, NULL);
    return status == YOKE_OK ? merge_expect(&sigma->merge, 1) : status;
}

static void sigma_close(void *state)
{
    struct sigma *sigma = state;
    merge_close(&sigma->merge);
}

/* Of a prime, in nanoseconds. */
#define PRIME_COST 13.0

static double sigma_cost(const void *state, uint64_t number)
{
    (void)number;
    const struct sigma *sigma = state;
    return PRIME_COST * sigma->gourdon->primes;
}

/* Of one p with q <= y: the ones, the F(p - 1), and what swapping q and r leaves over. Products of
 * two F(v) <= F(z) < 2^54. */
static int128 pairs_rest(const struct gourdon *gourdon, uint32_t p)
{
    uint64_t before = context_f(gourdon, p - 1);
    struct pairs_range range = pairs_range(gourdon, p);
    uint64_t h = quotient_or_limit(quotient_of(range.n, (uint64_t)p * p), gourdon->y);
    h = h < p ? p : h;
    int128 rest = context_f(gourdon, gourdon->y) - context_f(gourdon, h);
    uint64_t f_to = context_f(gourdon, range.to);
    rest -= (int128)before * (f_to - context_f(gourdon, range.from));
    if (!range.middle)
        return rest;
    uint64_t f_middle = context_f(gourdon, range.middle);
    uint64_t f_rest = context_f(gourdon, range.rest);
    return rest + (int128)f_rest * (f_to - f_middle) - (int128)f_middle * (f_middle - f_rest);
}

/* Between two looks: a millisecond, since each has some divisions of 128 bits. */
#define PRIMES_A_LOOK 4096

static yoke_status sigma_part(void *state, void *memory, uint64_t number)
{
    (void)memory;
    struct sigma *sigma = state;
    const struct gourdon *gourdon = sigma->gourdon;
    struct part *part = merge_part(0);
    if (!part)
        return YOKE_NO_MEMORY;
    uint64_t f_y = context_f(gourdon, gourdon->y);
    part->local = uint256_of(f_y - 1);
    uint64_t up_to = context_f(gourdon, gourdon->root_z);
    yoke_status status = YOKE_OK;
    for (uint64_t i = context_pi(gourdon, gourdon->root_z);
         i < gourdon->primes && status == YOKE_OK; i++) {
        uint32_t p = gourdon->prime[i];
        uint64_t weight = weigh(gourdon->weight, p);
        up_to += weight;
        uint256_add_product(&part->local,
                            p <= gourdon->root3 ? pairs_rest(gourdon, p) : (int128)(f_y - up_to),
                            weight);
        if (i % PRIMES_A_LOOK == 0)
            status = cancel_look();
    }
    return merge_add(&sigma->merge, number, part, status);
}

/* Takes a moment, and is never saved. */
const struct gourdon_term term_sigma = {
    .size = sizeof(struct sigma),
    .open = sigma_open,
    .cost = sigma_cost,
    .part = sigma_part,
    .close = sigma_close,
};
