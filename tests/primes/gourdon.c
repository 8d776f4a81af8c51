/* Combinatorial sums and counts: each term against its definition, the whole against another
 * algorithm and published values. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/square_root.h"
#include "primes/combinatorial.h"
#include "primes/gourdon/factors.h"
#include "primes/gourdon/gourdon.h"
#include "primes/gourdon/terms.h"
#include "primes/gourdon/tiny.h"
#include "primes/isa/prefix.h"
#include "primes/lucy.h"
#include "random.h"

static const struct isa *isa(void)
{
    const char *problem;
    return isa_choose(&problem);
}

/* All of these are below 2^128, or negative. */
static uint128 low(struct uint256 value)
{
    cr_assert(value.hi == 0 || value.hi == ~(uint128)0);
    return value.lo;
}

static uint128 gourdon(yoke_server *server, uint64_t x, enum weight weight, double alpha_y,
                       double alpha_z)
{
    struct uint256 total;
    struct gourdon_tuning tuning = {.alpha_y = alpha_y, .alpha_z = alpha_z};
    cr_assert_eq(gourdon_total(server, x, weight, isa(), tuning, NULL, NULL, &total), YOKE_OK);
    cr_assert_eq(total.hi, 0);
    return total.lo;
}

static uint128 lucy(uint64_t x, enum weight weight)
{
    uint128 total;
    cr_assert_eq(lucy_total(x, weight, &total), YOKE_OK);
    return total;
}

static const enum weight weights[] = {WEIGHT_ONE, WEIGHT_PRIME};

/* ---- each term, by its definition ---------------------------------------------------------- */

/* The smallest prime factor of every number up to `most`; 0 for 0 and 1. */
static uint32_t *smallest_factors(uint64_t most)
{
    uint32_t *factor = calloc(most + 1, sizeof *factor);
    for (uint64_t p = 2; p <= most; p++)
        for (uint64_t m = p; factor[p] == p || factor[p] == 0 ? m <= most : false; m += p)
            factor[m] = factor[m] ? factor[m] : (uint32_t)p;
    return factor;
}

/* mu(m), or 0 where m has a prime factor above y or up to p. */
static int leaf_sign(const uint32_t *factor, uint64_t m, uint64_t p, uint64_t y)
{
    int sign = 1;
    for (uint64_t last = 0; m > 1; m /= last, sign = -sign) {
        if (factor[m] == last || factor[m] > y || factor[m] <= p)
            return 0;
        last = factor[m];
    }
    return sign;
}

/* The weights of the numbers up to v whose prime factors are all >= p. */
static uint128 phi(const uint32_t *factor, enum weight weight, uint64_t v, uint64_t p)
{
    uint128 sum = 0;
    for (uint64_t n = 1; n <= v; n++)
        sum += n == 1 || factor[n] >= p ? weigh(weight, n) : 0;
    return sum;
}

struct by_definition {
    uint128 phi0, hard, composite, pairs, b;
};

static uint128 prime_weights(const uint32_t *factor, enum weight weight, uint64_t v)
{
    uint128 sum = 0;
    for (uint64_t n = 2; n <= v; n++)
        sum += factor[n] == n ? weigh(weight, n) : 0;
    return sum;
}

static void add_leaves(const struct gourdon *g, const uint32_t *factor, uint64_t p,
                       struct by_definition *terms)
{
    for (uint64_t m = g->z / p + 1; m <= g->z; m++) {
        int sign = leaf_sign(factor, m, p, g->y);
        if (!sign)
            continue;
        uint64_t v = (uint64_t)g->x / p / m;
        uint128 leaf = weigh(g->weight, m) * weigh(g->weight, p) * phi(factor, g->weight, v, p);
        leaf = sign > 0 ? -leaf : leaf;
        if (v >= p * p)
            terms->hard += leaf;
        else if (p <= g->root_z)
            terms->composite += leaf;
        else
            terms->pairs += leaf;
    }
}

static struct by_definition define(const struct gourdon *g)
{
    struct by_definition terms = {0};
    const uint64_t x = (uint64_t)g->x;
    uint32_t *factor = smallest_factors(x);
    for (uint64_t m = 1; m <= g->z; m++) {
        int sign = leaf_sign(factor, m, TINY_LARGEST, g->y);
        if (!sign)
            continue;
        uint128 leaf = weigh(g->weight, m) * phi(factor, g->weight, x / m, TINY_LARGEST + 1);
        terms.phi0 += sign > 0 ? leaf : -leaf;
    }
    for (uint64_t p = TINY_LARGEST + 1; p <= g->y; p++)
        if (factor[p] == p)
            add_leaves(g, factor, p, &terms);
    for (uint64_t p = g->y + 1; p <= g->root2; p++)
        if (factor[p] == p)
            terms.b += weigh(g->weight, p) * prime_weights(factor, g->weight, x / p);
    free(factor);
    return terms;
}

/* The sum of a term's parts, worked out from the last one to the first. */
static uint128 found(const struct gourdon_term *term, const struct gourdon *g,
                     const struct sieving_primes *primes, unsigned workers)
{
    const struct term_request request = {g, primes, workers, NULL};
    struct merge *merge = calloc(1, term->size);
    void *worker = calloc(1, term->worker_size + 1);
    cr_assert_eq(term->open(merge, &request), YOKE_OK);
    for (uint64_t i = merge->parts; i > 0; i--)
        cr_assert_eq(term->part(merge, worker, i - 1), YOKE_OK);
    uint128 sum = low(merge->sum);
    if (term->worker_size)
        term->close_worker(worker);
    term->close(merge);
    free(worker);
    free(merge);
    return sum;
}

static void check_terms(uint64_t x, enum weight weight, struct gourdon_tuning tuning)
{
    struct gourdon g;
    struct sieving_primes primes;
    cr_assert_eq(context_open(&g, x, weight, isa(), tuning, NULL), YOKE_OK);
    cr_assert_eq(sieving_primes_open(NULL, square_root(x / g.y), isa(), &primes), YOKE_OK);
    struct by_definition terms = define(&g);
    cr_assert_eq(found(&term_phi0, &g, &primes, 1), terms.phi0, "Phi0 of %llu",
                 (unsigned long long)x);
    cr_assert_eq(found(&term_d, &g, &primes, 2), terms.hard, "D of %llu", (unsigned long long)x);
    cr_assert_eq(found(&term_composite, &g, &primes, 1), terms.composite, "C of %llu",
                 (unsigned long long)x);
    cr_assert_eq(found(&term_b, &g, &primes, 2), terms.b, "B of %llu", (unsigned long long)x);
    uint128 rest = found(&term_sigma, &g, &primes, 1) - context_f(&g, g.y) + 1;
    cr_assert_eq(found(&term_pairs, &g, &primes, 2) + rest, terms.pairs, "A + C + Sigma of %llu",
                 (unsigned long long)x);
    sieving_primes_close(&primes);
    context_close(&g);
}

Test(gourdon, terms_by_definition, .timeout = 120)
{
    uint64_t seed = 4;
    for (int i = 0; i < 4; i++) {
        uint64_t x = GOURDON_LEAST + random_below(&seed, 200000);
        struct gourdon_tuning tuning = {.alpha_y = 1 + (double)random_below(&seed, 5),
                                        .alpha_z = 1 + (double)random_below(&seed, 4),
                                        .deep = i / 2 % 2};
        check_terms(x, weights[i % 2], tuning);
    }
}

/* From the last part of the last term to the first of the first, with one worker's memory for all.
 */
Test(gourdon, terms_are_one_row_of_parts, .timeout = 60)
{
    const uint64_t x = 123456789;
    for (int i = 0; i < 2; i++) {
        struct gourdon g;
        struct terms terms;
        struct terms_worker worker = {0};
        struct gourdon_tuning tuning = {0};
        cr_assert_eq(context_open(&g, x, weights[i], isa(), tuning, NULL), YOKE_OK);
        cr_assert_eq(terms_open(&terms, &g, 3, NULL), YOKE_OK);
        cr_assert_eq(terms_worker_open(&worker), YOKE_OK);
        uint64_t number = terms_parts(&terms), within = number - 1;
        cr_assert_eq(terms_find(&terms, &within), TERM_sigma);
        cr_assert_eq(within, 0);
        while (number-- > 0) {
            cr_assert(terms_cost(&terms, number) >= 0);
            cr_assert_eq(terms_part(&terms, &worker, number), YOKE_OK);
        }
        cr_assert_eq(low(terms_total(&terms)), lucy(x, weights[i]));
        terms_worker_close(&worker);
        terms_close(&terms);
        context_close(&g);
    }
}

/* Works out some of the parts that are left, from what is saved on, and saves what they come to.
 * Returns whether none is left; then that is `sum`. */
static bool go_on(const struct gourdon *g, const struct sieving_primes *primes, uint64_t some,
                  struct record *saved, uint128 *sum)
{
    const struct term_request request = {g, primes, 3, saved->count ? saved : NULL};
    struct merge *merge = calloc(1, term_pairs.size);
    void *worker = calloc(1, term_pairs.worker_size);
    cr_assert_eq(term_pairs.open(merge, &request), YOKE_OK);
    cr_assert(!saved->failed && !record_has_more(saved));
    for (uint64_t i = 0; i < some && i < merge->parts; i++)
        cr_assert_eq(term_pairs.part(merge, worker, i), YOKE_OK);
    bool done = some >= merge->parts;
    *sum = low(merge->sum);
    record_clear(saved);
    term_pairs.save(merge, saved);
    term_pairs.close_worker(worker);
    term_pairs.close(merge);
    free(worker);
    free(merge);
    return done;
}

/* In the middle of a stretch, by other instruction sets, whose tables may hold something else. */
Test(gourdon, pairs_go_on_by_another_instruction_set, .timeout = 120)
{
    const uint64_t x = UINT64_C(200000000000);
    uint64_t seed = 9;
    for (int i = 0; i < 8; i++) {
        struct gourdon g;
        struct sieving_primes primes;
        struct gourdon_tuning tuning = {0};
        struct record saved = {0};
        uint64_t inside = 0;
        uint128 sum;
        cr_assert_eq(context_open(&g, x, weights[i % 2], &isa_portable, tuning, NULL), YOKE_OK);
        cr_assert_eq(sieving_primes_open(NULL, square_root(x / g.y), isa(), &primes), YOKE_OK);
        uint128 expected = found(&term_pairs, &g, &primes, 1);
        const struct isa *const *k = isa_compiled;
        do {
            for (k = *k ? k : isa_compiled; !isa_find((*k)->name);)
                k++;
            g.isa = *k++;
            inside += saved.count && saved.number[saved.count - 2] > 0; /* turn, turns */
        } while (!go_on(&g, &primes, 1 + random_below(&seed, 12), &saved, &sum));
        cr_assert_eq(sum, expected, "%d", i);
        cr_assert_gt(inside, 5, "%" PRIu64, inside);
        record_close(&saved);
        sieving_primes_close(&primes);
        context_close(&g);
    }
}

/* ---- the whole ------------------------------------------------------------------------------ */

Test(gourdon, agrees_with_lucy, .timeout = 120)
{
    uint64_t seed = 5;
    for (int i = 0; i < 200; i++) {
        uint64_t x = GOURDON_LEAST + random_below(&seed, UINT64_C(1) << (14 + i % 18));
        enum weight weight = weights[i % 2];
        double alpha_y = 1 + (double)random_below(&seed, 500) / 50;
        double alpha_z = 1 + (double)random_below(&seed, 500) / 50;
        cr_assert_eq(gourdon(NULL, x, weight, alpha_y, alpha_z), lucy(x, weight), "%llu, %g %g",
                     (unsigned long long)x, alpha_y, alpha_z);
    }
}

/* From where sums are combinatorial on, each instruction set by itself. */
Test(gourdon, every_instruction_set_agrees_with_lucy, .timeout = 120)
{
    uint64_t seed = 8;
    for (int i = 0; i < 60; i++) {
        uint64_t x = COMBINATORIAL_LEAST + random_below(&seed, UINT64_C(1) << i / 2);
        uint128 expected = lucy(x, weights[i % 2]);
        for (const struct isa *const *k = isa_compiled; *k; k++) {
            struct uint256 total;
            struct gourdon_tuning tuning = {0};
            if (!isa_find((*k)->name))
                continue;
            cr_assert_eq(gourdon_total(NULL, x, weights[i % 2], *k, tuning, NULL, NULL, &total),
                         YOKE_OK);
            cr_assert_eq(low(total), expected, "%" PRIu64 " by %s", x, (*k)->name);
        }
    }
}

/* Roots, and one off. */
Test(gourdon, agrees_with_lucy_at_powers, .timeout = 120)
{
    for (uint64_t root = 18; root < 60; root++) {
        uint64_t power[] = {root * root * root * root, root * root * root * root * root};
        for (int i = 0; i < 6; i++) {
            uint64_t x = power[i % 2] + (uint64_t)(i / 2) - 1;
            if (x >= GOURDON_LEAST)
                cr_assert_eq(gourdon(NULL, x, WEIGHT_PRIME, 0, 0), lucy(x, WEIGHT_PRIME), "%llu",
                             (unsigned long long)x);
        }
    }
}

/* SUMS=200 in the environment makes it so many sums and counts, up to 1e15 instead of 1e12, from a
 * seed that is SEED. */
Test(gourdon, any_tuning_and_any_workers_agree, .timeout = 600)
{
    const char *sums = getenv("SUMS");
    uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 6;
    uint64_t most = sums ? UINT64_C(1000000000000000) : UINT64_C(1000000000000);
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = 2;
    yoke_server *server;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK);
    for (int i = 0; i < (sums ? atoi(sums) : 4); i++) {
        uint64_t x = GOURDON_LEAST + random_below(&seed, most - GOURDON_LEAST + 1);
        double alpha_y = 1.5 + (double)random_below(&seed, 1000) / 100;
        double alpha_z = 1 + (double)random_below(&seed, 500) / 100;
        for (int w = 0; w < 2; w++) {
            uint128 alone = gourdon(NULL, x, weights[w], 0, 0);
            cr_assert_eq(gourdon(server, x, weights[w], 0, 0), alone, "%" PRIu64, x);
            cr_assert_eq(gourdon(server, x, weights[w], alpha_y, alpha_z), alone,
                         "%" PRIu64 ", %g %g", x, alpha_y, alpha_z);
            cr_assert_eq(gourdon(NULL, x, weights[w], 5, 5), alone, "%" PRIu64, x);
        }
    }
    yoke_server_release(server);
}

/* A046731 and A006880 of the OEIS. */
Test(gourdon, published_values, .timeout = 120)
{
    uint64_t x = UINT64_C(1000000000000);
    uint128 sum = (uint128)UINT64_C(18435588552550705) * 1000000 + 911377;
    cr_assert_eq(gourdon(NULL, x, WEIGHT_PRIME, 0, 0), sum);
    cr_assert_eq(gourdon(NULL, x, WEIGHT_ONE, 0, 0), UINT64_C(37607912018));
}

/* ---- tables --------------------------------------------------------------------------------- */

Test(gourdon, planes_and_masks, .timeout = 10)
{
    static const uint8_t residue[8] = {1, 7, 11, 13, 17, 19, 23, 29};
    uint64_t seed = 7;
    for (int i = 0; i < 1000; i++) {
        uint64_t bits = random_next(&seed) & random_next(&seed);
        uint64_t most = random_below(&seed, WORD_NUMBERS);
        uint64_t count = 0, sum = 0;
        for (unsigned bit = 0; bit < 64; bit++) {
            uint64_t offset = 30 * (bit / 8) + residue[bit % 8];
            bool set = bits >> bit & 1 && offset <= most;
            count += set;
            sum += set ? offset : 0;
        }
        cr_assert_eq(prefix_count(bits & prefix_mask[most]), count);
        cr_assert_eq(prefix_offsets(bits & prefix_mask[most]), sum);
    }
}
