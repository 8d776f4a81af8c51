/* The terms of a combinatorial sum far beyond 2^64, where no whole sum can be found in a test: one
 * part of a term at a time, with small limits y and z, against its definition. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/square_root.h"
#include "primes/gourdon/b.h"
#include "primes/gourdon/d.h"
#include "primes/gourdon/pairs.h"
#include "primes/gourdon/tiny.h"
#include "random.h"
#include "yoke/primes.h"

static const struct isa *const portable = &isa_portable;

static const struct isa *best(void)
{
    const char *problem;
    return isa_choose(&problem);
}

static uint128 power_of_ten(unsigned digits)
{
    return digits ? 10 * power_of_ten(digits - 1) : 1;
}

/* Tables with the limits y and z, and the x that they are to be used for, which asks for larger
 * limits: the terms are sums over leaves for any of them. */
static void open_far(struct gourdon *g, uint128 x, enum weight weight, const struct isa *isa,
                     uint32_t y, uint32_t z)
{
    double root3 = cbrt((double)z * z);
    struct gourdon_tuning tuning = {.alpha_y = y / root3 * 1.000001, .alpha_z = (double)z / y};
    cr_assert_eq(context_open(g, (uint128)z * z, weight, isa, tuning, NULL), YOKE_OK);
    g->x = x;
    g->root2 = square_root_wide(x);
    g->root3 = (uint32_t)cbrtl((long double)x);
    g->root4 = (uint32_t)sqrt((double)g->root2);
}

static struct uint256 random_total(uint64_t *random)
{
    return uint256_of((uint128)random_below(random, UINT64_C(1) << 40) << 64 | random_next(random));
}

/* ---- D -------------------------------------------------------------------------------------- */

/* Which numbers of a segment no prime before the one at hand divides. */
struct left {
    uint64_t start;
    size_t size;
    uint8_t *is;
    uint128 *weights; /* of those up to each                                                     */
};

static void cross_off(struct left *left, uint32_t p)
{
    for (uint64_t i = (p - left->start % p) % p; i < left->size; i += p)
        left->is[i] = 0;
}

static void add_up(struct left *left, enum weight weight)
{
    uint128 sum = 0;
    for (size_t i = 0; i < left->size; i++) {
        sum += left->is[i] ? weigh(weight, left->start + i) : 0;
        left->weights[i] = sum;
    }
}

/* mu(m), or 0 where m has a prime factor above y or up to p. */
static int leaf_sign(const struct gourdon *g, uint64_t m, uint64_t p)
{
    int sign = 1;
    uint64_t last = p;
    for (size_t i = 0; i < g->primes && m > 1 && (uint64_t)g->prime[i] * g->prime[i] <= m; i++) {
        if (m % g->prime[i])
            continue;
        last = g->prime[i];
        m /= last;
        sign = -sign;
        if (last <= p || m % last == 0)
            return 0;
    }
    return m == 1 ? sign : m <= p || m > g->y ? 0 : -sign;
}

/* The leaves of p with values in the segment, with what comes before that, which weighs `before`.
 */
static unsigned add_leaves(const struct gourdon *g, struct left *left, uint32_t p, uint128 before,
                           struct uint256 *sum)
{
    uint128 n = g->x / p;
    uint64_t least = (uint64_t)(n / (left->start + left->size));
    uint64_t most = (uint64_t)(n / left->start);
    least = least > g->z / p ? least : g->z / p;
    most = most < g->z ? most : g->z;
    most = n / p / p < most ? (uint64_t)(n / p / p) : most;
    unsigned leaves = 0;
    for (uint64_t m = least + 1; m <= most; m++) {
        int sign = leaf_sign(g, m, p);
        if (!sign)
            continue;
        if (!leaves++)
            add_up(left, g->weight);
        uint128 phi = before + left->weights[(uint64_t)(n / m) - left->start];
        uint128 weight = (uint128)weigh(g->weight, m) * weigh(g->weight, p);
        uint256_add_product(sum, sign > 0 ? -(int128)weight : (int128)weight, phi);
    }
    return leaves;
}

static void check_hard_segment(struct gourdon *g, uint64_t start, uint32_t size)
{
    struct d_term d = {0};
    struct d_worker worker = {0};
    const struct term_request request = {g, NULL, 1, NULL};
    cr_assert_eq(term_d.open(&d, &request), YOKE_OK);
    d.size = size;
    uint64_t segment = start / 30 / d.size;
    d.start[0] = segment;
    d.start[1] = segment + 1;
    uint32_t primes = g->end_hard - g->first;
    struct left left = {segment * d.size * 30, (size_t)d.size * 30, NULL, NULL};
    left.is = malloc(left.size);
    left.weights = malloc(left.size * sizeof *left.weights);
    memset(left.is, 1, left.size);
    for (uint32_t i = 0; i < g->first; i++)
        cross_off(&left, g->prime[i]);
    uint64_t random = start;
    struct uint256 expected = {0};
    uint128 rise = 0;
    unsigned leaves = 0;
    for (uint32_t i = 0; i < primes; i++) {
        d.merge.before[i] = random_total(&random).lo;
        uint32_t p = g->prime[g->first + i];
        leaves += add_leaves(g, &left, p, d.merge.before[i], &expected);
        cross_off(&left, p);
    }
    uint128 before = d.merge.before[0];
    cr_assert_eq(term_d.part(&d, &worker, 0), YOKE_OK);
    cr_assert(uint256_equal(d.merge.sum, expected), "segment %lu", segment);
    cr_assert_gt(leaves, 20, "%u", leaves);
    memset(left.is, 1, left.size);
    for (uint32_t i = 0; i < g->first; i++)
        cross_off(&left, g->prime[i]);
    add_up(&left, g->weight);
    rise = left.weights[left.size - 1];
    cr_assert_eq(d.merge.before[0] - before, rise);
    free(left.is);
    free(left.weights);
    term_d.close_worker(&worker);
    term_d.close(&d);
}

/* With composite leaves and with prime ones; n is above 2^64. */
Test(gourdon_wide, hard_leaves_of_a_segment, .timeout = 300)
{
    static const struct {
        unsigned digits;
        uint32_t z, most;
        uint64_t start;
    } cases[] = {
        {23, 20000000, 4472, UINT64_C(5000000000000)},
        {25, 20000000, 600000, UINT64_C(11000000000000)},
    };
    for (int i = 0; i < 4; i++) {
        uint128 x = power_of_ten(cases[i / 2].digits) + 12345;
        const struct isa *isa = i % 2 ? best() : portable;
        enum weight weight = i == 2 ? WEIGHT_ONE : WEIGHT_PRIME;
        struct gourdon g;
        open_far(&g, x, weight, isa, cases[i / 2].z / 2, cases[i / 2].z);
        g.root4 = cases[i / 2].most;
        g.end_hard = (uint32_t)context_pi(&g, g.root4);
        check_hard_segment(&g, cases[i / 2].start, i == 1 ? COUNTED_BYTES_MAX : 32 << 10);
        context_close(&g);
    }
}

/* ---- the primes of an interval -------------------------------------------------------------- */

struct list {
    uint64_t *prime;
    uint128 *weights; /* of those up to each                                                     */
    size_t count;
};

static struct list list_primes(uint64_t lo, uint64_t hi, enum weight weight)
{
    struct list list = {malloc((hi - lo) * 8), malloc((hi - lo) * 16), 0};
    yoke_prime_iterator *iterator;
    const uint64_t *prime;
    size_t count;
    uint128 sum = 0;
    cr_assert_eq(yoke_prime_iterator_open(lo, hi, &iterator), YOKE_OK);
    while (yoke_prime_iterator_next(iterator, &prime, &count) == YOKE_OK && count)
        for (size_t i = 0; i < count; i++) {
            sum += weigh(weight, prime[i]);
            list.prime[list.count] = prime[i];
            list.weights[list.count++] = sum;
        }
    yoke_prime_iterator_release(iterator);
    return list;
}

static void close_list(struct list *list)
{
    free(list->prime);
    free(list->weights);
}

/* What the listed primes up to v weigh. */
static uint128 listed_up_to(const struct list *list, uint64_t v)
{
    size_t lo = 0, hi = list->count;
    while (lo < hi) {
        size_t middle = (lo + hi) / 2;
        if (list->prime[middle] <= v)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo ? list->weights[lo - 1] : 0;
}

/* ---- B -------------------------------------------------------------------------------------- */

static void check_b_stretch(uint128 x, uint64_t v, enum weight weight, const struct isa *isa)
{
    struct gourdon g;
    open_far(&g, x, weight, isa, 10000, 20000);
    struct b_term b = {.gourdon = &g, .deep = weight == WEIGHT_PRIME};
    struct b_worker worker = {0};
    struct sieving_primes primes;
    uint64_t last = 2 * v;
    cr_assert_eq(sieving_primes_open(NULL, square_root(last), isa, &primes), YOKE_OK);
    stretches_plan(&b.stretches, v / 30, last, 1 << 24, &primes, isa);
    uint64_t width = stretches_width(&b.stretches);
    uint64_t start = stretches_start(&b.stretches, 0);
    cr_assert_eq(merge_open(&b.merge, B_TOTALS, NULL), YOKE_OK);
    cr_assert_eq(merge_expect(&b.merge, 1), YOKE_OK);
    uint64_t random = v;
    uint128 before = random_total(&random).lo;
    b.merge.before[B_BELOW] = before;
    cr_assert_eq(term_b.part(&b, &worker, 0), YOKE_OK, "%s", yoke_last_error());

    struct list near = list_primes(start, start + width, weight);
    struct list p =
        list_primes((uint64_t)(x / (start + width)) + 1, (uint64_t)(x / start) + 1, weight);
    struct uint256 expected = {0};
    for (size_t i = 0; i < p.count; i++) {
        uint64_t w = weigh(weight, p.prime[i]);
        uint256_add_product(&expected, w, before + listed_up_to(&near, (uint64_t)(x / p.prime[i])));
    }
    cr_assert_gt(p.count, 100);
    cr_assert(uint256_equal(b.merge.sum, expected), "%lu numbers from %lu", width, start);
    cr_assert_eq(b.merge.before[B_BELOW] - before, listed_up_to(&near, start + width));
    close_list(&near);
    close_list(&p);
    term_b.close_worker(&worker);
    term_b.close(&b);
    sieving_primes_close(&primes);
    context_close(&g);
}

/* p above 2^40; a segment's primes together above 2^64. */
Test(gourdon_wide, b_of_a_stretch, .timeout = 300)
{
    check_b_stretch(power_of_ten(25), UINT64_C(9000000000000), WEIGHT_PRIME, best());
    check_b_stretch(power_of_ten(25) + 77, UINT64_C(8000000000000), WEIGHT_ONE, best());
    check_b_stretch(power_of_ten(26), UINT64_C(70000000000000), WEIGHT_PRIME, portable);
}

/* ---- A and C -------------------------------------------------------------------------------- */

/* A stretch in turns, some by one instruction set and, from what is saved, the others by another.
 */
static void check_turns(struct gourdon g, const struct sieving_primes *primes, uint64_t start,
                        uint128 before, struct uint256 expected)
{
    enum { TURNS = 7, DONE = 3 };
    struct record saved = {0};
    record_add_wide(&saved, (struct uint256){0});
    record_add(&saved, 1);
    record_add(&saved, before);
    record_add(&saved, start / 30);
    record_add(&saved, 0);
    record_add(&saved, TURNS);
    struct uint256 sum = {0};
    for (int i = 0; i < 2; i++) {
        struct pairs pairs = {0};
        struct pairs_worker worker = {0};
        const struct term_request request = {&g, primes, 1, &saved};
        cr_assert_eq(term_pairs.open(&pairs, &request), YOKE_OK);
        cr_assert_not(saved.failed);
        for (uint64_t turn = 0; turn < (i ? TURNS - DONE : DONE); turn++)
            cr_assert_eq(term_pairs.part(&pairs, &worker, turn), YOKE_OK);
        sum = pairs.merge.sum;
        record_clear(&saved);
        term_pairs.save(&pairs, &saved);
        term_pairs.close_worker(&worker);
        term_pairs.close(&pairs);
        g.isa = g.isa == portable ? best() : portable;
    }
    cr_assert(uint256_equal(sum, expected), "%s", g.isa->name);
    record_close(&saved);
}

/* With v about 10^12, h is what q begins from: there are no r to take the place of q. */
static void check_pairs_stretch(struct gourdon *g, uint64_t v)
{
    struct sieving_primes primes;
    struct pairs pairs = {0};
    struct pairs_worker worker = {0};
    cr_assert_eq(sieving_primes_open(NULL, square_root(g->root2), g->isa, &primes), YOKE_OK);
    const struct term_request request = {g, &primes, 1, NULL};
    cr_assert_eq(term_pairs.open(&pairs, &request), YOKE_OK);
    uint64_t width = stretches_width(&pairs.stretches);
    uint64_t stretch = v / width;
    uint64_t start = stretch * width;
    cr_assert_eq(pairs.part[stretch + 1] - pairs.part[stretch], 1);
    uint64_t random = v;
    uint128 before = random_total(&random).lo;
    pairs.merge.next = pairs.part[stretch];
    pairs.merge.before[0] = before;
    cr_assert_eq(term_pairs.part(&pairs, &worker, pairs.part[stretch]), YOKE_OK);

    struct list near = list_primes(start, start + width, g->weight);
    struct uint256 expected = {0};
    unsigned leaves = 0;
    for (uint64_t i = context_pi(g, g->root_z); i < g->primes; i++) {
        uint64_t p = g->prime[i];
        uint128 n = g->x / p;
        uint64_t lo = (uint64_t)(n / (start + width));
        lo = n / (p * p) > lo ? quotient_or_limit(n / (p * p), g->y) : lo;
        lo = lo > p ? lo : p;
        uint64_t hi = quotient_or_limit(n / start, g->y);
        hi = quotient_or_limit(n / p, hi);
        for (uint64_t j = lo < hi ? context_pi(g, lo) : 0;
             lo < hi && j < g->primes && g->prime[j] <= hi; j++) {
            uint64_t q = g->prime[j];
            uint128 f = before + listed_up_to(&near, (uint64_t)(n / q));
            uint256_add_product(&expected, (int128)weigh(g->weight, p) * weigh(g->weight, q), f);
            leaves++;
        }
    }
    cr_assert_gt(leaves, 1000, "%u", leaves);
    cr_assert(uint256_equal(pairs.merge.sum, expected));
    cr_assert_eq(pairs.merge.before[0] - before, listed_up_to(&near, start + width));
    check_turns(*g, &primes, start, before, expected);
    close_list(&near);
    term_pairs.close_worker(&worker);
    term_pairs.close(&pairs);
    sieving_primes_close(&primes);
}

Test(gourdon_wide, pairs_of_a_stretch, .timeout = 300)
{
    for (const struct isa *const *isa = isa_compiled; *isa; isa++) {
        for (int i = 0; i < 3 && isa_find((*isa)->name); i++) {
            struct gourdon g;
            open_far(&g, power_of_ten(i ? 26 : 25) + 4321, i == 2 ? WEIGHT_ONE : WEIGHT_PRIME, *isa,
                     i ? 25000000 : 12000000, 26000000);
            check_pairs_stretch(&g, UINT64_C(1000000000000));
            context_close(&g);
        }
    }
}

/* ---- Phi0 and Sigma ------------------------------------------------------------------------- */

/* The weights of the numbers up to v without the factors 2 to 17: those of the multiples of each of
 * the 128 products of these primes, by turns. */
static struct uint256 phi_by_turns(uint128 v, enum weight weight)
{
    static const uint32_t prime[TINY_PRIMES] = {2, 3, 5, 7, 11, 13, 17};
    struct uint256 sum = {0};
    for (unsigned set = 0; set < 1u << TINY_PRIMES; set++) {
        uint64_t product = 1;
        for (unsigned i = 0; i < TINY_PRIMES; i++)
            product *= set >> i & 1 ? prime[i] : 1;
        uint128 n = v / product;
        struct uint256 term =
            weight == WEIGHT_ONE ? uint256_of(n) : uint256_half(uint256_product(n, n + 1));
        term = uint256_times(term, weigh(weight, product));
        if (__builtin_popcount(set) % 2)
            uint256_subtract(&sum, term);
        else
            uint256_add(&sum, term);
    }
    return sum;
}

Test(gourdon_wide, ordinary_leaves, .timeout = 60)
{
    for (int i = 0; i < 6; i++) {
        enum weight weight = i % 2 ? WEIGHT_ONE : WEIGHT_PRIME;
        uint64_t scale = i ? (uint64_t)i * 1000000 : 1;
        struct gourdon g;
        open_far(&g, power_of_ten(26) / scale, weight, best(), 700, 900);
        struct merge *merge = calloc(1, term_phi0.size);
        struct uint256 expected = {0};
        for (uint64_t m = 1; m <= g.z; m++) {
            int sign = m == 1 ? 1 : leaf_sign(&g, m, TINY_LARGEST);
            struct uint256 leaf = phi_by_turns(g.x / m, weight);
            leaf = uint256_times(leaf, weigh(weight, m));
            if (sign > 0)
                uint256_add(&expected, leaf);
            else if (sign < 0)
                uint256_subtract(&expected, leaf);
        }
        const struct term_request request = {&g, NULL, 1, NULL};
        cr_assert_eq(term_phi0.open(merge, &request), YOKE_OK);
        for (uint64_t j = 0; j < merge->parts; j++)
            cr_assert_eq(term_phi0.part(merge, NULL, j), YOKE_OK);
        cr_assert(uint256_equal(merge->sum, expected), "%d", i);
        term_phi0.close(merge);
        free(merge);
        context_close(&g);
    }
}

/* The pairs of some large numbers. */
Test(gourdon_wide, squares_beyond_128_bits, .timeout = 60)
{
    struct gourdon g;
    open_far(&g, power_of_ten(26), WEIGHT_PRIME, best(), 700, 900);
    uint64_t random = 9;
    uint128 above = 0, squares = 0;
    struct uint256 expected = {0};
    for (int i = 0; i < 1000; i++) {
        uint128 n = random_below(&random, UINT64_C(1) << 58);
        uint256_add(&expected, uint256_product(n, above + context_f(&g, g.y)));
        above += n;
        squares += n * n;
    }
    cr_assert(uint256_equal(b_squares(&g, above, squares), expected));
    context_close(&g);
}

/* ---- what the vectors have room for ---------------------------------------------------------- */

/* Leaves m just below their limit, in the last line of a bitmap far up. */
static void check_largest_leaves(const struct isa *isa, uint32_t size)
{
    uint8_t *bytes = aligned_alloc(LINE_BYTES_MOST, size + LINE_BYTES_MOST);
    uint8_t *wheel = malloc(TINY_BYTES);
    uint64_t *tally = malloc((size / LINE_BYTES_LEAST + 1) * sizeof *tally);
    uint64_t *running = malloc(size / LINE_BYTES_LEAST * sizeof *running);
    tiny_fill(wheel);
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = wheel[i % TINY_BYTES];
    struct counted_bitmap bitmap = {bytes, tally, size, WEIGHT_PRIME, 0};
    isa->tally_lines(&bitmap);
    isa->run_tallies(&bitmap, running);
    const uint64_t first = (uint64_t)30 * size << 36;
    const uint64_t offset = (uint64_t)30 * size - 1;
    const int32_t m = (1 << LEAF_BITS) - 1;
    uint64_t count = 0, numbers = 0;
    static const uint8_t residue[LANES] = {1, 7, 11, 13, 17, 19, 23, 29};
    for (uint32_t i = 0; i < 8 * size; i++) {
        bool set = bytes[i / 8] >> i % 8 & 1;
        count += set;
        numbers += set ? 30 * (i / 8) + residue[i % 8] : 0;
    }
    cr_assert_eq(bitmap.total, count + (numbers << TALLY_SHIFT));
    int32_t leaves[LEAVES_ROOM];
    for (int sign = 1; sign >= -1; sign -= 2) {
        for (size_t i = 0; i < LEAVES_ROOM; i++)
            leaves[i] = sign * m;
        uint128 n = (first + offset) * (uint128)m + (uint128)(m - 1);
        int128 weight = (int128)sign * m * LEAVES_ROOM;
        for (int i = 0; i < 2; i++) {
            struct leaf_sums sums = {0};
            isa->sum_leaves(&bitmap, i ? running : NULL, first, (uint64_t)n, leaves, LEAVES_ROOM,
                            &sums);
            cr_assert((int128)sums.weight == weight);
            cr_assert((int128)sums.count == weight * (int128)count);
            cr_assert((int128)sums.offsets == weight * (int128)numbers);
        }
    }
    free(bytes);
    free(wheel);
    free(tally);
    free(running);
}

Test(gourdon_wide, the_largest_leaves_run_over_nowhere, .timeout = 60)
{
    for (const struct isa *const *isa = isa_compiled; *isa; isa++) {
        if (!isa_find((*isa)->name))
            continue;
        check_largest_leaves(*isa, UINT32_C(32) << 10);
        check_largest_leaves(*isa, COUNTED_BYTES_MAX);
    }
}

/* What one way of looking up comes to, pair by pair. */
static uint128 sum_of_pairs(const struct pair_table *table, uint128 n, const uint32_t *q,
                            size_t pairs)
{
    uint128 sum = 0;
    for (size_t i = 0; i < pairs; i++) {
        uint64_t v = (uint64_t)(n / q[i]);
        uint64_t f = table->sums
                         ? table->sums[prefix_up_to(table->words, table->first, WEIGHT_ONE, v)]
                         : prefix_up_to(table->words, table->first, WEIGHT_PRIME, v);
        sum += q[i] * (uint128)f;
    }
    return sum;
}

/* As many pairs, numbers and primes as sum_pairs() allows at a time. */
Test(gourdon_wide, the_largest_pairs_run_over_nowhere, .timeout = 60)
{
    enum { WORDS = 1 << 15, PAIRS = 3000 };
    struct prefix_word *words = malloc(2 * WORDS * sizeof *words);
    struct prefix_word *counted = words + WORDS;
    uint64_t *sums = malloc((64 * WORDS + 1) * sizeof *sums);
    uint32_t q[PAIRS];
    uint64_t random = 1;
    const uint64_t first = (uint64_t)WORD_NUMBERS << 35; /* 2^43                                  */
    uint64_t primes = 0;
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t bits = random_next(&random) | random_next(&random);
        words[i] = (struct prefix_word){bits, (UINT64_C(1) << 58) -
                                                  (WORDS + 1024 - i) * (UINT64_C(1) << 40)};
        counted[i] = (struct prefix_word){bits, primes};
        primes += prefix_count(bits);
    }
    for (uint64_t i = 0; i <= primes; i++)
        sums[i] = (UINT64_C(1) << 58) - random_below(&random, UINT64_C(1) << 40);
    const struct pair_table by_word = {first, words, NULL}, by_prime = {first, counted, sums};
    for (int round = 0; round < 20; round++) {
        uint64_t v = first + random_below(&random, (uint64_t)WORDS * WORD_NUMBERS - 100000);
        const uint64_t most = (UINT64_C(1) << LEAF_BITS) - 1;
        uint128 n = (uint128)v * most + random_below(&random, most);
        for (uint32_t i = 0; i < PAIRS; i++) {
            q[i] = (uint32_t)most - i % 4;
            cr_assert_lt(n / q[i], first + (uint64_t)WORDS * WORD_NUMBERS);
        }
        for (const struct isa *const *isa = isa_compiled; *isa; isa++) {
            const struct pair_table *table = (*isa)->sums_by_prime ? &by_prime : &by_word;
            size_t pairs = PAIRS - random_below(&random, 100);
            if (isa_find((*isa)->name))
                cr_assert_eq((*isa)->sum_pairs(table, WEIGHT_PRIME, n, q, pairs),
                             sum_of_pairs(table, n, q, pairs), "%s", (*isa)->name);
        }
    }
    free(words);
    free(sums);
}
