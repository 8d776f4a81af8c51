/* Looking numbers up in tables of F: fill_prefix(), sum_pairs() and sum_easy() of every instruction
 * set that can run, against their definitions, at random and at the ends of what isa.h allows.
 * Lists and bitmaps end where their memory does, for AddressSanitizer to see. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "primes/isa/isa.h"
#include "random.h"

static const enum weight weights[] = {WEIGHT_ONE, WEIGHT_PRIME};

static uint64_t least_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint128 least_of_wide(uint128 a, uint128 b)
{
    return a < b ? a : b;
}

/* Below `below`, in one of three cases one of the last. */
static uint64_t random_to_end(uint64_t *random, uint64_t below)
{
    uint64_t value = random_below(random, below);
    return random_below(random, 3) ? value : below - 1 - least_of(value, value % 4);
}

/* None in half of the cases, else below `below`. */
static uint64_t random_shift(uint64_t *random, uint64_t below)
{
    return random_below(random, 2) ? 0 : random_below(random, below);
}

/* Few bits, about half of them, most of them, all or none. */
static uint64_t random_bits(uint64_t *random)
{
    uint64_t a = random_next(random), b = random_next(random), c = random_next(random);
    switch (random_below(random, 6)) {
    case 0:
        return a & b & c;
    case 1:
        return a | b | c;
    case 2:
        return UINT64_MAX;
    case 3:
        return 0;
    default:
        return a;
    }
}

/* How far the number of a bit is from the first of its word. */
static uint64_t number_of(unsigned bit)
{
    static const uint8_t residue[LANES] = {1, 7, 11, 13, 17, 19, 23, 29};
    return 30 * (bit / LANES) + residue[bit % LANES];
}

/* What the bits of a word up to its number `offset` weigh, modulo 2^64. */
static uint64_t weight_up_to(uint64_t bits, uint64_t first, uint64_t offset, enum weight weight)
{
    uint64_t sum = 0;
    for (unsigned bit = 0; bit < 64; bit++)
        if (bits >> bit & 1 && number_of(bit) <= offset)
            sum += weight == WEIGHT_ONE ? 1 : first + number_of(bit);
    return sum;
}

/* ---- filling --------------------------------------------------------------------------------- */

static void check_filling(const struct isa *isa, enum weight weight, size_t count, uint64_t *random)
{
    /* Sums go on modulo 2^64, wherever they begin. */
    uint64_t first = random_next(random) >> random_below(random, 64);
    uint64_t before = random_next(random) >> random_below(random, 64), next = before;
    size_t shift = random_below(random, 8); /* bitmaps need not be aligned                       */
    uint8_t *memory = malloc(8 * count + shift + 1), *bytes = memory + 1 + shift;
    struct prefix_word *words = malloc((count + 1) * sizeof *words);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = random_bits(random);
        for (int byte = 0; byte < 8; byte++)
            bytes[8 * i + (size_t)byte] = (uint8_t)(bits >> 8 * byte);
    }
    words[count] = (struct prefix_word){12, 34};
    uint64_t end = isa->fill_prefix(words, bytes, count, first, weight, before);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = 0;
        for (int byte = 0; byte < 8; byte++)
            bits |= (uint64_t)bytes[8 * i + (size_t)byte] << 8 * byte;
        cr_assert_eq(words[i].bits, bits, "%s, word %zu of %zu", isa->name, i, count);
        cr_assert_eq(words[i].before, next, "%s, word %zu of %zu", isa->name, i, count);
        next += weight_up_to(bits, first + i * WORD_NUMBERS, WORD_NUMBERS, weight);
    }
    cr_assert_eq(end, next, "%s, %zu words", isa->name, count);
    cr_assert(words[count].bits == 12 && words[count].before == 34, "%s", isa->name);
    free(words);
    free(memory);
}

Test(lookups, tables_are_filled_word_by_word, .timeout = 60)
{
    for (const struct isa *const *isa = isa_compiled; *isa; isa++) {
        uint64_t random = 1;
        for (size_t round = 0; isa_find((*isa)->name) && round < 2000; round++)
            check_filling(*isa, weights[round % 2], round / 2 % 40, &random);
    }
}

/* ---- pairs ----------------------------------------------------------------------------------- */

/* A table by word and one by prime, as they are asked for. */
struct far_table {
    uint64_t first;
    size_t count;
    struct prefix_word *words; /* by word: the weights before it; else the number of primes      */
    uint64_t *sums;
    uint64_t primes;
};

/* F up to any number stays below `most`, which is more than that of a word. */
static struct far_table far_table(uint64_t first, size_t count, bool by_prime, enum weight weight,
                                  uint64_t most, uint64_t *random)
{
    struct far_table table = {first, count, malloc(count * sizeof *table.words), NULL, 0};
    if (by_prime && weight == WEIGHT_PRIME)
        table.sums = malloc((64 * count + 1) * sizeof *table.sums);
    uint64_t word = weight == WEIGHT_ONE ? 64 : 64 * (first + count * WORD_NUMBERS);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = random_bits(random);
        uint64_t before = by_prime ? table.primes : random_to_end(random, most - word);
        table.words[i] = (struct prefix_word){bits, before};
        table.primes += (uint64_t)__builtin_popcountll(bits);
    }
    for (uint64_t i = 0; table.sums && i <= table.primes; i++)
        table.sums[i] = random_to_end(random, most);
    return table;
}

static uint64_t look_up(const struct far_table *table, bool by_prime, enum weight weight,
                        uint64_t v)
{
    uint64_t index = (v - table->first) / WORD_NUMBERS;
    uint64_t start = table->first + index * WORD_NUMBERS;
    const struct prefix_word *word = &table->words[index];
    uint64_t f =
        word->before + weight_up_to(word->bits, start, v - start, by_prime ? WEIGHT_ONE : weight);
    return table->sums ? table->sums[f] : f;
}

/* Numbers of a table and a largest q, which allow each other. */
struct far_pairs {
    uint64_t first, numbers, q;
    uint128 n;
};

static struct far_pairs far_pairs(size_t words, uint64_t *random)
{
    struct far_pairs far = {.q = 2 + random_to_end(random, (UINT64_C(1) << LEAF_BITS) - 2)};
    far.q = 2 + ((far.q - 2) >> random_below(random, LEAF_BITS));
    uint64_t most = (UINT64_C(1) << 52) / far.q;
    far.numbers = least_of(words * WORD_NUMBERS, (most - 1) / WORD_NUMBERS * WORD_NUMBERS);
    const uint128 end = ((uint128)1 << 72) / far.q - far.numbers;
    uint64_t last = (uint64_t)least_of_wide(end, (UINT64_C(1) << 53) - far.numbers) / 30;
    far.first = 30 * (random_to_end(random, last) >> random_below(random, 53));
    /* Just below an integer, an integer, or anything. */
    uint64_t rest = random_below(random, 3);
    rest = rest == 2 ? random_below(random, far.q) : rest * (far.q - 1);
    far.n = (uint128)(far.first + random_to_end(random, far.numbers)) * far.q + rest;
    return far;
}

/* Of the numbers up to far->q, which is one of them: those whose values lie in the table. */
static void list_q(const struct far_pairs *far, uint32_t *q, size_t count, uint64_t *random)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t other =
            far->q - least_of(random_below(random, 1 << random_below(random, 20)), far->q - 2);
        q[i] = (uint32_t)(far->n / other < far->first + far->numbers ? other : far->q);
    }
}

static void check_pairs(const struct isa *isa, enum weight weight, size_t count, uint64_t *random)
{
    size_t size = 1 + random_below(random, 500);
    struct far_pairs far = far_pairs(size, random);
    /* F < 2^64 and q F < 2^87 */
    uint64_t most = (uint64_t)least_of_wide(UINT64_MAX, ((uint128)1 << 87) / far.q);
    struct far_table words =
        far_table(far.first, far.numbers / WORD_NUMBERS, isa->sums_by_prime, weight, most, random);
    uint32_t *q = malloc(count * sizeof *q);
    list_q(&far, q, count, random);
    uint128 expected = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t v = (uint64_t)(far.n / q[i]);
        uint64_t f = look_up(&words, isa->sums_by_prime, weight, v);
        expected += (uint128)weigh(weight, q[i]) * f;
    }
    const struct pair_table table = {far.first, words.words, words.sums};
    cr_assert_eq(isa->sum_pairs(&table, weight, far.n, q, count), expected,
                 "%s, %zu pairs up to %llu from %llu", isa->name, count, (unsigned long long)far.q,
                 (unsigned long long)far.first);
    free(q);
    free(words.words);
    free(words.sums);
}

/* Counts that are no multiple of a vector, nor of what is added together. */
Test(lookups, pairs_at_random, .timeout = 120)
{
    for (const struct isa *const *isa = isa_compiled; *isa; isa++) {
        uint64_t random = 2;
        for (size_t round = 0; isa_find((*isa)->name) && round < 1500; round++) {
            size_t count = round < 600 ? round / 2 : random_below(&random, 1500);
            check_pairs(*isa, weights[round % 2], count, &random);
        }
    }
}

/* ---- easy leaves ----------------------------------------------------------------------------- */

/* Words up to the largest value: untouched pages take no memory. */
#define EASY_VALUES (UINT64_C(1) << 30)
#define EASY_WORDS  (EASY_VALUES / WORD_NUMBERS + 1)
#define EASY_F      (UINT64_C(1) << 58)

/* Leaves whose values lie below EASY_VALUES, and a word for each. */
static void list_easy(struct prefix_word *words, enum weight weight, uint64_t n, uint64_t least_m,
                      int32_t *leaves, size_t count, uint64_t *random)
{
    const uint64_t most = (UINT64_C(1) << LEAF_BITS) - 1;
    for (size_t i = 0; i < count; i++) {
        uint64_t m =
            least_m + (random_below(random, most - least_m + 1) >> random_below(random, LEAF_BITS));
        leaves[i] = random_below(random, 2) ? (int32_t)m : -(int32_t)m;
        uint64_t index = n / m / WORD_NUMBERS;
        uint64_t word = weight == WEIGHT_ONE ? 64 : 64 * EASY_VALUES;
        words[index] =
            (struct prefix_word){random_bits(random), random_to_end(random, EASY_F - word)};
    }
}

static void check_easy(const struct isa *isa, struct prefix_word *words, enum weight weight,
                       size_t count, uint64_t *random)
{
    const uint64_t most = (UINT64_C(1) << LEAF_BITS) - 1;
    uint64_t least_m = 1 + (random_to_end(random, most) >> random_shift(random, LEAF_BITS));
    /* The least m has a value below 2^30: a number that has a bit, or just below. */
    uint64_t v = random_to_end(random, EASY_VALUES) >> random_shift(random, 30);
    v = v / 30 * 30 + number_of((unsigned)random_below(random, LANES));
    uint64_t n = v * least_m - random_below(random, 2);
    n = n / least_m < EASY_VALUES ? n : EASY_VALUES * least_m - 1;
    int32_t *leaves = malloc(count * sizeof *leaves);
    list_easy(words, weight, n, least_m, leaves, count, random);
    uint64_t least = random_to_end(random, EASY_F) >> random_below(random, 58);
    uint128 expected = 0;
    for (size_t i = 0; i < count; i++) {
        bool even = leaves[i] < 0;
        uint64_t m = (uint64_t)(even ? -leaves[i] : leaves[i]);
        uint64_t start = n / m / WORD_NUMBERS * WORD_NUMBERS;
        const struct prefix_word *word = &words[start / WORD_NUMBERS];
        uint64_t f = word->before + weight_up_to(word->bits, start, n / m - start, weight);
        uint128 leaf = (uint128)weigh(weight, m) * (f > least ? f : least);
        expected += even ? -leaf : leaf;
    }
    cr_assert_eq(isa->sum_easy(words, weight, n, least, leaves, count), expected,
                 "%s, %zu leaves from %llu of %llu", isa->name, count, (unsigned long long)least_m,
                 (unsigned long long)n);
    free(leaves);
}

Test(lookups, easy_leaves_at_random, .timeout = 120)
{
    struct prefix_word *words = calloc(EASY_WORDS, sizeof *words);
    cr_assert_not_null(words);
    for (const struct isa *const *isa = isa_compiled; *isa; isa++) {
        uint64_t random = 3;
        for (size_t round = 0; isa_find((*isa)->name) && round < 1000; round++) {
            size_t count = round < 600 ? round / 2 : LEAVES_ROOM - random_below(&random, 100);
            check_easy(*isa, words, weights[round % 2], count, &random);
        }
    }
    free(words);
}

/* All of one sign, with the largest m and F, in the last bit of a table. */
Test(lookups, the_largest_easy_leaves_run_over_nowhere, .timeout = 60)
{
    struct prefix_word *words = calloc(EASY_WORDS, sizeof *words);
    cr_assert_not_null(words);
    const uint64_t m = (UINT64_C(1) << LEAF_BITS) - 1, v = EASY_VALUES - 1;
    const uint64_t n = v * m + m - 1;
    const uint64_t start = v / WORD_NUMBERS * WORD_NUMBERS;
    int32_t leaves[LEAVES_ROOM];
    for (int i = 0; i < 8; i++) {
        enum weight weight = weights[i % 2];
        int sign = i / 2 % 2 ? -1 : 1;
        uint64_t word = weight_up_to(UINT64_MAX, start, v - start, weight);
        words[start / WORD_NUMBERS] = (struct prefix_word){UINT64_MAX, EASY_F - 1 - word};
        for (size_t j = 0; j < LEAVES_ROOM; j++)
            leaves[j] = sign * (int32_t)m;
        uint128 expected = (uint128)weigh(weight, m) * (EASY_F - 1) * LEAVES_ROOM;
        expected = sign < 0 ? -expected : expected;
        uint64_t least = i / 4 ? EASY_F - 1 : 0;
        for (const struct isa *const *isa = isa_compiled; *isa; isa++)
            if (isa_find((*isa)->name))
                cr_assert_eq((*isa)->sum_easy(words, weight, n, least, leaves, LEAVES_ROOM),
                             expected, "%s", (*isa)->name);
    }
    free(words);
}
