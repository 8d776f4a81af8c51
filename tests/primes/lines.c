/* The loops over hard leaves of every instruction set, against their definition. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "primes/gourdon/tiny.h"
#include "primes/isa/isa.h"
#include "random.h"

static const uint8_t residue[LANES] = {1, 7, 11, 13, 17, 19, 23, 29};

/* A bitmap and the same without counting. */
struct pair {
    const struct isa *isa;
    struct counted_bitmap counted;
    uint8_t *bytes;
    uint64_t *running;
    uint64_t start; /* its first byte's index among all                                          */
};

static void open_pair(struct pair *pair, const struct isa *isa, uint32_t size, enum weight weight)
{
    uint8_t *bytes = aligned_alloc(LINE_BYTES_MOST, size + LINE_BYTES_MOST);
    memset(bytes + size, 0, LINE_BYTES_MOST);
    size_t lines = size / LINE_BYTES_LEAST + 1;
    uint64_t *tally = malloc(lines * sizeof *tally);
    *pair = (struct pair){isa, {bytes, tally, size, weight, 0}, malloc(size), NULL, 0};
    pair->running = malloc(lines * sizeof *pair->running);
}

static void close_pair(struct pair *pair)
{
    free(pair->counted.bytes);
    free(pair->counted.tally);
    free(pair->bytes);
    free(pair->running);
}

/* All numbers without the factors that no leaf has. */
static void start_pair(struct pair *pair, uint64_t start)
{
    static uint8_t wheel[TINY_BYTES + 8];
    if (!wheel[0])
        tiny_fill(wheel);
    pair->start = start;
    for (uint32_t i = 0; i < pair->counted.size; i++)
        pair->bytes[i] = pair->counted.bytes[i] = wheel[(start + i) % TINY_BYTES];
    pair->isa->tally_lines(&pair->counted);
}

/* What the bits of the bytes [first, end) and, of byte `end`, those up to `rest` come to. */
static uint64_t tally_of(const struct pair *pair, uint32_t first, uint32_t end, uint32_t rest)
{
    uint64_t tally = 0;
    for (uint32_t i = first; i < end + (rest > 0); i++)
        for (int lane = 0; lane < LANES; lane++)
            if (pair->bytes[i] >> lane & 1 && (i < end || residue[lane] <= rest))
                tally += 1 + (pair->counted.weight == WEIGHT_ONE
                                  ? 0
                                  : (uint64_t)(30 * i + residue[lane]) << TALLY_SHIFT);
    return tally;
}

static void expect_equal(struct pair *pair, uint32_t prime)
{
    const struct counted_bitmap *counted = &pair->counted;
    uint32_t line = pair->isa->line_bytes;
    cr_assert(line >= LINE_BYTES_LEAST && line <= LINE_BYTES_MOST);
    cr_assert_arr_eq(counted->bytes, pair->bytes, counted->size, "%s, %u", pair->isa->name, prime);
    for (int i = 0; i < LINE_BYTES_MOST; i++)
        cr_assert_eq(counted->bytes[counted->size + (uint32_t)i], 0);
    pair->isa->run_tallies(counted, pair->running);
    uint64_t total = 0;
    for (uint32_t i = 0; i < counted->size / line; i++) {
        uint64_t tally = tally_of(pair, i * line, (i + 1) * line, 0);
        cr_assert_eq(counted->tally[i], tally, "%s, %u: line %u", pair->isa->name, prime, i);
        cr_assert_eq(pair->running[i], total, "%s, %u: line %u", pair->isa->name, prime, i);
        total += tally;
    }
    cr_assert_eq(counted->total, total, "%s, %u", pair->isa->name, prime);
}

static void cross_off_plain(struct pair *pair, uint32_t prime)
{
    for (uint32_t i = 0; i < pair->counted.size; i++)
        for (int lane = 0; lane < LANES; lane++)
            if ((30 * (pair->start + i) + residue[lane]) % prime == 0)
                pair->bytes[i] &= (uint8_t) ~(1u << lane);
}

/* Ascending leaves whose values are in the bitmap, some of them in the first and the last line. */
static size_t choose_leaves(const struct pair *pair, uint64_t *random, uint64_t n, size_t most,
                            int32_t *leaves)
{
    uint64_t first = 30 * pair->start, end = first + UINT64_C(30) * pair->counted.size - 1;
    uint64_t least = n / (end + 1) + 1, greatest = first ? n / first : 2 * least;
    greatest = greatest < 1 << LEAF_BITS ? greatest : (1 << LEAF_BITS) - 1;
    size_t count = 0;
    for (uint64_t m = least; m <= greatest && count < most;
         m += 1 + random_below(random, 2 * (greatest - least) / most + 1))
        leaves[count++] = (int32_t)(random_below(random, 2) ? m : -m);
    return count;
}

static void expect_sums(const struct pair *pair, uint64_t n, const int32_t *leaves, size_t count)
{
    struct leaf_sums expected = {1, 2, 3}; /* added to, not overwritten                          */
    for (size_t i = 0; i < count; i++) {
        uint64_t m = (uint64_t)(leaves[i] < 0 ? -leaves[i] : leaves[i]);
        uint64_t v = n / m - 30 * pair->start;
        uint64_t tally = tally_of(pair, 0, (uint32_t)(v / 30), (uint32_t)(v % 30));
        int64_t times = pair->counted.weight == WEIGHT_PRIME ? leaves[i] : leaves[i] < 0 ? -1 : 1;
        expected.weight += times;
        expected.count += (uint128)times * (tally & ((UINT64_C(1) << TALLY_SHIFT) - 1));
        expected.offsets += (uint128)times * (tally >> TALLY_SHIFT);
    }
    for (int i = 0; i < 2; i++) {
        struct leaf_sums sums = {1, 2, 3};
        pair->isa->sum_leaves(&pair->counted, i ? pair->running : NULL, 30 * pair->start, n, leaves,
                              count, &sums);
        cr_assert_eq(sums.weight, expected.weight, "%s", pair->isa->name);
        cr_assert(sums.count == expected.count, "%s", pair->isa->name);
        cr_assert(sums.offsets == expected.offsets, "%s", pair->isa->name);
    }
}

/* Primes that hit every line, some lines, and not every bitmap; leaves up to the largest. */
static void check_bitmaps(const struct isa *isa, uint32_t size, enum weight weight)
{
    static const uint32_t primes[] = {19,  23,  61,  67,   127,  131,  251,   257,
                                      509, 521, 997, 1021, 4099, 9973, 65537, 4194301};
    enum { PRIMES = sizeof primes / sizeof *primes };
    struct wheel_group lanes;
    struct medium_prime medium[PRIMES];
    struct pair pair;
    uint64_t random = size + weight;
    uint64_t start = random_below(&random, UINT64_C(1) << 29);
    wheel_group_fill(wheel_of(30), 0, &lanes);
    open_pair(&pair, isa, size, weight);
    for (int i = 0; i < PRIMES; i++)
        medium[i] = (struct medium_prime){primes[i], -(int32_t)(start % primes[i])};
    for (int segment = 0; segment < 3; segment++, start += size) {
        start_pair(&pair, start);
        expect_equal(&pair, 17);
        for (int i = 0; i < PRIMES; i++) {
            isa->cross_off_counted(&pair.counted, &medium[i], wheel_of(30), &lanes);
            cross_off_plain(&pair, primes[i]);
            expect_equal(&pair, primes[i]);
            cr_assert_eq(medium[i].position, -(int32_t)((start + size) % primes[i]));
            uint64_t n = 30 * start * random_below(&random, UINT64_C(1) << (5 + 24 * (i % 2)));
            int32_t leaves[200];
            size_t count = choose_leaves(&pair, &random, n, 1 + 199 * (size_t)(i % 3 != 0), leaves);
            expect_sums(&pair, n, leaves, count);
        }
    }
    close_pair(&pair);
}

Test(lines, bitmaps_stay_counted, .timeout = 60)
{
    for (const struct isa *const *isa = isa_compiled; *isa; isa++) {
        if (!isa_find((*isa)->name))
            continue;
        for (enum weight weight = WEIGHT_ONE; weight <= WEIGHT_PRIME; weight++) {
            check_bitmaps(*isa, 512, weight);
            check_bitmaps(*isa, 8192, weight);
        }
    }
}

/* Every start and end within a vector, and entries at and around the prime. */
Test(lines, leaves_are_listed, .timeout = 60)
{
    enum { ENTRIES = 4096 };
    static uint16_t factor[ENTRIES];
    static const uint32_t primes[] = {19, 32749, 32771, 65521};
    uint64_t random = 5;
    for (size_t j = 0; j < sizeof primes / sizeof *primes; j++) {
        uint32_t prime = primes[j];
        for (size_t i = 0; i < ENTRIES; i++) {
            uint16_t near = (uint16_t)(prime - 2 + random_below(&random, 5));
            uint16_t some[4] = {0, near, UINT16_MAX, UINT16_MAX - 1};
            uint64_t which = random_below(&random, 8);
            factor[i] = which < 4 ? some[which] : (uint16_t)random_next(&random);
        }
        for (const struct isa *const *isa = isa_compiled; *isa; isa++) {
            if (!isa_find((*isa)->name))
                continue;
            for (int round = 0; round < 300; round++) {
                size_t next = random_below(&random, 100);
                size_t end = next + random_below(&random, round % 2 ? 80 : ENTRIES - 100);
                for (size_t i = next; next < end;) {
                    int32_t leaves[LEAVES_ROOM];
                    size_t count = (*isa)->list_leaves(factor, &next, end, prime, leaves);
                    cr_assert(next <= end && (next == end || count >= LEAVES_MAX));
                    for (size_t k = 0; i < next; i++) {
                        int32_t m = (int32_t)(30 * (i / LANES)) + residue[i % LANES];
                        if (factor[i] > prime)
                            cr_assert_eq(leaves[k++], factor[i] % 2 ? m : -m);
                        cr_assert(k <= count && (i + 1 < next || k == count));
                    }
                }
            }
        }
    }
}
