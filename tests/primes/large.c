/* What large sieving primes are built from, each part against a plain way of doing the same. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/uint128.h"
#include "primes/cofactor_primes.h"
#include "primes/hits.h"
#include "primes/large.h"
#include "primes/sieving_primes.h"
#include "primes/trial.h"
#include "random.h"

static const uint8_t pattern_primes[COFACTOR_PATTERNS][5] = {
    {3, 5, 7, 11, 13}, {17, 19, 23}, {29, 31, 37}, {41, 43}, {47, 53},
    {59, 61},          {67, 71},     {73, 79},     {83, 89},
};

static bool is_left_over(uint64_t cofactor, uint32_t patterns)
{
    for (uint32_t p = 0; p < patterns; p++)
        for (int i = 0; i < 5 && pattern_primes[p][i]; i++)
            if (cofactor % pattern_primes[p][i] == 0)
                return false;
    return true;
}

Test(large, patterns_show_what_has_no_small_factor)
{
    const struct cofactor_pattern *patterns = cofactors_patterns();
    for (uint32_t p = 0; p < COFACTOR_PATTERNS; p++) {
        for (uint32_t index = 0; index < COFACTOR_BITS + 64; index++) {
            bool expected = true;
            for (int i = 0; i < 5 && pattern_primes[p][i]; i++)
                expected &= (2 * index + 1) % pattern_primes[p][i] != 0;
            cr_assert_eq(patterns[p].bits[index / 8] >> index % 8 & 1, expected);
        }
    }
    cr_assert_eq(cofactors_patterns_for(1), 1);
    cr_assert_eq(cofactors_patterns_for(1000), COFACTOR_PATTERNS);
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

#define PRIMES 32

/* Of a query. */
#define NUMBERS_MAX ((UINT64_C(1) << 32) - 2)

/* The wanted multiples, one cofactor after the other. */
static size_t naive_multiples(const uint32_t *primes, const struct run_query *query,
                              uint32_t *distances)
{
    size_t count = 0;
    for (int i = 0; i < PRIMES; i++) {
        uint64_t prime = primes[i];
        uint64_t cofactor = query->first / prime + (query->first % prime > 0);
        cofactor += cofactor % 2 == 0;
        cofactor = (cofactor > prime ? cofactor : prime) + 2 * (uint64_t)query->skip;
        for (int k = 0; k < COFACTOR_RUN; k++, cofactor += 2) {
            uint128 distance = (uint128)prime * cofactor - query->first;
            if (distance < query->numbers && is_left_over(cofactor, query->patterns))
                distances[count++] = (uint32_t)(distance / 2);
        }
    }
    return count;
}

static void expect_multiples(const struct isa *isa, const uint32_t *primes,
                             const struct run_query *query)
{
    static uint32_t expected[PRIMES * COFACTOR_RUN];
    static uint32_t actual[PRIMES * COFACTOR_RUN + VECTOR_SLACK];
    size_t wanted = naive_multiples(primes, query, expected);
    size_t count = isa->find_multiples(primes, PRIMES, query, actual);
    cr_assert_eq(count, wanted, "%s finds %zu of %zu at %lu + %lu, skip %u, primes at %u",
                 isa->name, count, wanted, query->first, query->numbers, query->skip, primes[0]);
    qsort(expected, count, sizeof *expected, compare);
    qsort(actual, count, sizeof *actual, compare);
    cr_assert_arr_eq(actual, expected, count * sizeof *actual, "%s", isa->name);
}

/* Odd numbers do for primes. */
static void random_primes(uint64_t *random, uint32_t primes[PRIMES])
{
    uint64_t prime = (UINT64_C(1) << (16 + random_below(random, 16))) + random_below(random, 60000);
    for (int i = 0; i < PRIMES; i++, prime += 2 * random_below(random, 40))
        primes[i] = prime > UINT32_MAX ? UINT32_MAX : (uint32_t)prime | 1;
}

/* At all heights, at the top, among squares, and with windows much shorter and much longer than a
 * prime. */
/* Completes the query, whose numbers become even, and asks every instruction set that can run. */
static void expect_multiples_of_all(uint64_t *random, const uint32_t primes[PRIMES],
                                    struct run_query *query)
{
    query->first &= ~UINT64_C(1);
    query->numbers = (query->numbers + 1) & ~UINT64_C(1);
    query->squares = (uint64_t)primes[PRIMES - 1] * primes[PRIMES - 1] > query->first;
    uint32_t cofactors = (uint32_t)(query->numbers / 2 / primes[0]) + 1;
    query->skip = (uint32_t)random_below(random, cofactors) / COFACTOR_RUN * COFACTOR_RUN;
    query->cofactors = cofactors - query->skip;
    for (const struct isa *const *k = isa_compiled; *k; k++)
        if (isa_find((*k)->name))
            expect_multiples(*k, primes, query);
}

Test(large, multiples_are_found_by_all_kernels, .timeout = 60)
{
    uint64_t random = 6;
    for (int round = 0; round < (YOKE_DEBUG ? 2000 : 20000); round++) {
        uint32_t primes[PRIMES];
        random_primes(&random, primes);
        uint64_t height = random_below(&random, 4);
        uint64_t square = (uint64_t)primes[PRIMES / 2] * primes[PRIMES / 2];
        struct run_query query = {
            .first = height == 0   ? random_next(&random) >> random_below(&random, 34)
                     : height == 1 ? UINT64_MAX - random_below(&random, UINT32_MAX)
                     : height == 2 ? square - random_below(&random, UINT32_MAX)
                                   : primes[0] * (random_next(&random) >> 32),
            .numbers = 1 + (random_next(&random) >> (32 + random_below(&random, 20))) % NUMBERS_MAX,
            .patterns = 1 + (uint32_t)random_below(&random, COFACTOR_PATTERNS),
            .pattern = cofactors_patterns(),
        };
        expect_multiples_of_all(&random, primes, &query);
    }
}

/* Consecutive primes as batches have them: as close as they come or as far apart, and the largest.
 */
static void random_batch(uint64_t *random, uint32_t primes[PRIMES])
{
    uint32_t bits = 17 + (uint32_t)random_below(random, 16);
    uint64_t prime = random_next(random) >> (64 - bits) | 1;
    prime = prime > LARGE_PRIME_MIN ? prime : LARGE_PRIME_MIN + 1;
    uint64_t gap = 2 + 2 * random_below(random, 255);
    for (int i = PRIMES - 1; i >= 0; i--, prime -= prime > LARGE_PRIME_MIN + gap ? gap : 0)
        primes[i] = (uint32_t)prime;
}

/* The first number such that a prime's quotient is a whole or a half number, or next to one, where
 * rounding is hardest; the others follow from the primes' distances. */
static uint64_t hard_first(uint64_t *random, uint64_t prime)
{
    uint64_t most = UINT64_MAX / prime;
    uint64_t quotient = prime + random_below(random, most - prime + 1);
    if (random_below(random, 2))
        quotient = prime + random_below(random, 1 + (most - prime) / prime);
    uint64_t first = quotient * prime;
    uint64_t off = random_below(random, 5);
    return off < 2 ? first - off : first <= UINT64_MAX - off ? first + off - 2 : first;
}

Test(large, multiples_are_found_at_hard_quotients_by_all_kernels, .timeout = 60)
{
    uint64_t random = 16;
    for (int round = 0; round < (YOKE_DEBUG ? 4000 : 40000); round++) {
        uint32_t primes[PRIMES];
        random_batch(&random, primes);
        uint64_t longest = random_below(&random, 4) ? 20 * (uint64_t)primes[0] : NUMBERS_MAX;
        longest = longest < NUMBERS_MAX ? longest : NUMBERS_MAX;
        struct run_query query = {
            .first = hard_first(&random, primes[random_below(&random, PRIMES)]),
            .numbers = 1 + random_below(&random, longest),
            .patterns = 1 + (uint32_t)random_below(&random, COFACTOR_PATTERNS),
            .pattern = cofactors_patterns(),
        };
        expect_multiples_of_all(&random, primes, &query);
    }
}

/* A pattern that starts somewhere and never repeats, as that of known primes. */
Test(large, multiples_with_known_cofactors_are_found_by_all_kernels, .timeout = 60)
{
    enum { BYTES = 1 << 16 };
    static uint8_t bits[BYTES + 64];
    uint64_t random = 17;
    const struct cofactor_pattern *multiples_of_3 = cofactors_patterns();
    for (int round = 0; round < (YOKE_DEBUG ? 2000 : 20000); round++) {
        uint32_t primes[PRIMES];
        random_batch(&random, primes);
        struct run_query query = {
            .first = hard_first(&random, primes[0]) & ~UINT64_C(1),
            .numbers = 2 + 2 * random_below(&random, NUMBERS_MAX / 2),
            .patterns = 1,
        };
        if ((uint64_t)primes[PRIMES - 1] * primes[PRIMES - 1] > query.first)
            continue;
        uint32_t cofactors = (uint32_t)(query.numbers / 2 / primes[0]) + 1;
        uint64_t start = query.first / primes[PRIMES - 1] / 2 - random_below(&random, 100);
        uint64_t end = query.first / primes[0] / 2 + cofactors + 64;
        if (end - start > 8 * (uint64_t)BYTES || query.first / primes[0] > UINT32_MAX)
            continue;
        /* The same as the first of the patterns, so that what is expected is known. */
        for (uint64_t index = start; index < end; index++) {
            uint64_t there = index % (uint64_t)multiples_of_3->period;
            uint8_t bit = multiples_of_3->bits[there / 8] >> there % 8 & 1;
            uint8_t *byte = &bits[(index - start) / 8];
            *byte = (uint8_t)((*byte & ~(1u << (index - start) % 8)) | (unsigned)bit
                                                                           << (index - start) % 8);
        }
        struct cofactor_pattern known = {bits, (double)start, 0x1p52, 0};
        query.pattern = &known;
        query.skip = (uint32_t)random_below(&random, cofactors) / COFACTOR_RUN * COFACTOR_RUN;
        query.cofactors = cofactors - query.skip;
        for (const struct isa *const *k = isa_compiled; *k; k++)
            if (isa_find((*k)->name))
                expect_multiples(*k, primes, &query);
    }
}

Test(large, primes_are_listed_by_all_kernels)
{
    const struct isa *isa = &isa_portable;
    struct sieving_primes primes;
    cr_assert_eq(sieving_primes_open(NULL, 200000, isa, &primes), YOKE_OK);
    uint64_t random = 7;
    for (const struct isa *const *k = isa_compiled; *k; k++) {
        if (!isa_find((*k)->name))
            continue;
        struct prime_cursor walk = prime_cursor_start(&primes);
        while (walk.prime) {
            uint32_t list[100 + VECTOR_SLACK];
            size_t left = walk.piece->count - walk.index;
            size_t count = 1 + random_below(&random, left < 100 ? left : 100);
            (*k)->list_primes(walk.piece->half_gap + walk.index, count, walk.prime, list);
            for (size_t i = 0; i < count; i++, prime_cursor_next(&walk))
                cr_assert_eq(list[i], walk.prime, "%s, number %zu", (*k)->name, i);
        }
    }
    sieving_primes_close(&primes);
}

/* Numbers by where they lie: in every lane, from the first bytes to the last that a distance of 32
 * bits reaches. */
Test(large, numbers_are_located_by_all_kernels)
{
    enum { BITS = 19, COUNT = 16 };
    const uint32_t last = UINT32_MAX / 15 - 1;
    const struct wheel *wheel = wheel_of(30);
    uint64_t random = 8;
    for (uint32_t round = 0; round < 10000; round++) {
        uint32_t distance[COUNT + VECTOR_SLACK] = {0}, address[COUNT + VECTOR_SLACK];
        uint32_t expected[COUNT];
        struct bitmap_layout layout = {BITS, (uint32_t)random_below(&random, 1024) << (BITS + 3)};
        for (uint32_t i = 0; i < COUNT; i++) {
            uint32_t lane = (uint32_t)random_below(&random, LANES);
            uint32_t byte = round < 1000   ? round
                            : round < 2000 ? last - (round - 1000)
                                           : (uint32_t)random_below(&random, last + 1);
            distance[i] = 15 * byte + wheel->residue[lane] / 2;
            uint32_t segment = byte >> BITS;
            expected[i] = layout.first + (segment << (BITS + 3) | lane << BITS |
                                          (byte & ((UINT32_C(1) << BITS) - 1)));
        }
        for (const struct isa *const *k = isa_compiled; *k; k++) {
            if (!isa_find((*k)->name))
                continue;
            memcpy(address, distance, sizeof address);
            (*k)->locate(address, COUNT, &layout);
            cr_assert_arr_eq(address, expected, sizeof expected, "%s, round %u", (*k)->name, round);
        }
    }
}

/* More hits than a block takes, lists that stay empty, numbers of segments that addresses do not
 * hold, and workers that cross off what others have found and find with the memory that others have
 * crossed off. */
Test(large, hits_are_crossed_off_in_their_segments)
{
    enum { BITS = 19, SEGMENTS = 8, HITS = 1200000, TURNS = 4 };
    static uint8_t expected[SEGMENTS][1 << BITS], actual[1 << BITS];
    static uint32_t address[HITS];
    uint64_t random = 9;
    for (const struct isa *const *k = isa_compiled; *k; k++) {
        if (!isa_find((*k)->name))
            continue;
        struct block_store store = {.batches = NULL};
        struct hits *hits[2];
        for (int i = 0; i < 2; i++)
            cr_assert_eq(hits_open(BITS, *k, &store, &hits[i]), YOKE_OK);
        for (int turn = 0; turn < TURNS; turn++) {
            uint64_t first = 1019 + 5 * (uint64_t)turn;
            size_t count = turn == 2 ? HITS : 30000;
            memset(expected, 0xff, sizeof expected);
            for (size_t i = 0; i < count; i++) {
                uint32_t segment = (uint32_t)random_below(&random, SEGMENTS - 1);
                uint32_t lane = (uint32_t)random_below(&random, LANES);
                uint32_t byte = (uint32_t)random_below(&random, 1 << BITS);
                address[i] = ((uint32_t)first + segment) << (BITS + 3) | lane << BITS | byte;
                expected[segment][byte] &= (uint8_t) ~(1u << lane);
            }
            struct hits *finder = hits[turn % 2], *other = hits[1 - turn % 2];
            cr_assert_eq(hits_add(finder, address, count / 3), YOKE_OK);
            cr_assert_eq(hits_add(other, address + count / 3, count - count / 3), YOKE_OK);
            for (uint64_t segment = 0; segment < SEGMENTS; segment++) {
                memset(actual, 0xff, sizeof actual);
                for (int i = 0; i < 2; i++)
                    hits_cross_off(finder, hits[i], first + segment, actual);
                cr_assert_arr_eq(actual, expected[segment], sizeof actual);
            }
        }
        for (int i = 0; i < 2; i++)
            hits_close(hits[i]);
    }
}

Test(large, cofactor_primes_are_the_primes, .timeout = 20)
{
    const struct isa *isa = &isa_portable;
    struct sieving_primes primes;
    cr_assert_eq(sieving_primes_open(NULL, 10000, isa, &primes), YOKE_OK);
    struct plan plan = {.cofactor_first = 1000007, .cofactor_end = 1200001};
    for (int turn = 0; turn < 2; turn++) {
        cr_assert_eq(cofactor_primes_find(NULL, &primes, &plan, isa), YOKE_OK);
        const struct cofactor_primes *found = &primes.cofactors;
        cr_assert(cofactors_know(found, 1000007, 1200000));
        cr_assert_not(cofactors_know(found, 1000007, 1200001));
        cr_assert_not(cofactors_know(found, 900000, 1200000));
        struct totals expected = {0};
        struct totals actual = {0};
        trial_range(found->first, found->end, &expected);
        for (uint64_t number = found->first | 1; number < found->end; number += 2) {
            uint64_t bit = number / 2 - (uint64_t)found->pattern.first;
            if (found->pattern.bits[bit / 8] >> bit % 8 & 1) {
                actual.count++;
                actual.sum += number;
            }
        }
        cr_assert(actual.count == expected.count && actual.sum == expected.sum);
    }
    plan.cofactor_end = 0;
    cr_assert_eq(cofactor_primes_find(NULL, &primes, &plan, isa), YOKE_OK);
    cr_assert_not(cofactors_know(&primes.cofactors, 1000007, 1000008));
    sieving_primes_close(&primes);
}
