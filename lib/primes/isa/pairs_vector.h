/* The loops over pairs and easy leaves, as many at a time as a vector has numbers. */
#ifndef PRIMES_ISA_PAIRS_VECTOR_H
#define PRIMES_ISA_PAIRS_VECTOR_H

#include "words.h"

/* What the bits of as many words weigh, the first of which starts at `first`. */
static inline vector weigh_words(vector bits, uint64_t first, enum weight weight)
{
    if (weight == WEIGHT_ONE)
        return vector_sum_of_bytes(vector_bits_of_bytes(bits));
    struct word_moments moments = words_moments(bits);
    vector starts = {0};
    for (uint64_t i = 0; i < VECTOR_NUMBERS; i++)
        starts[i] = i * WORD_NUMBERS;
    starts += first;
    return vector_product_long(moments.count, starts) + moments.offsets;
}

/* The words of a vector, of which `some` are wanted. */
static inline uint64_t fill_words(struct prefix_word *words, const void *bytes, size_t some,
                                  uint64_t first, enum weight weight, uint64_t before)
{
    uint64_t bits[VECTOR_NUMBERS], weights[VECTOR_NUMBERS];
    vector all = vector_load(bytes);
    vector_store(bits, all);
    vector_store(weights, weigh_words(all, first, weight));
    for (size_t i = 0; i < some; i++) {
        words[i] = (struct prefix_word){bits[i], before};
        before += weights[i];
    }
    return before;
}

static inline uint64_t fill_prefix_of(struct prefix_word *words, const uint8_t *bytes, size_t count,
                                      uint64_t first, enum weight weight, uint64_t before)
{
    size_t i = 0;
    for (; i + VECTOR_NUMBERS <= count; i += VECTOR_NUMBERS)
        before = fill_words(words + i, bytes + 8 * i, VECTOR_NUMBERS, first + i * WORD_NUMBERS,
                            weight, before);
    uint64_t rest[VECTOR_NUMBERS] = {0};
    memcpy(rest, bytes + 8 * i, 8 * (count - i));
    return fill_words(words + i, rest, count - i, first + i * WORD_NUMBERS, weight, before);
}

/* Sums of 96-bit products, by 32 bits of them. Room for 2^31 products, as long as their upper
 * parts, a times the upper half of b, together stay below 2^64. */
struct product_sums {
    vector low, middle, high;
};

static inline void add_low(struct product_sums *sums, vector low)
{
    sums->low += low & 0xffffffff;
    sums->middle += low >> 32;
}

static inline void add_products(struct product_sums *sums, vector a32, vector b64)
{
    add_low(sums, vector_product_32(a32, b64));
    sums->high += vector_product_32(a32, b64 >> 32);
}

static inline uint128 total_of_products(const struct product_sums *sums)
{
    return vector_total(sums->low) + ((uint128)vector_total(sums->middle) << 32) +
           ((uint128)vector_total(sums->high) << 32);
}

/* What is behind the last full vector: `rest` numbers and, for the others, the first of them. */
static inline const void *padded(const void *numbers, size_t rest, uint32_t room[VECTOR_NUMBERS])
{
    const uint32_t *from = numbers;
    for (size_t i = 0; i < VECTOR_NUMBERS; i++)
        room[i] = from[i < rest ? i : 0];
    return room;
}

/* What the pairs of a sum have in common. `first` times q and the rest of n are exact: n is the sum
 * of two floating point numbers, of which the lesser is below 2^19, and what `first` leaves of it
 * below 2^52. */
struct pair_query {
    const struct pair_table *table;
    enum weight weight;
    double first, high, low;
};

/* n / q, relative to the table's first. Division rounds to nearest; below an integer the quotient
 * is at least 1 / q below it, which is more than that. */
static inline vector offsets_of_pairs(const struct pair_query *query, vector_double q)
{
    vector_double first = query->first + (vector_double){0};
    vector_double high = query->high + (vector_double){0};
    vector_double rest = vector_minus_product(high, first, q) + query->low;
    return vector_from_double(rest / q);
}

/* Where the bits up to numbers are: 2^8 times the word and, below, the distance from its first. */
static inline void find_words(vector offset, uint64_t place[VECTOR_NUMBERS])
{
    /* 2290649225 = 2^39 / 240 rounded up, which is exact for 32 bits. */
    vector word = vector_product_32(offset, vector_all(2290649225)) >> 39;
    vector rest = offset - vector_product_32(word, vector_all(WORD_NUMBERS));
    vector_store(place, word << 8 | rest);
    /* In memory, or the compiler takes the vector apart, which takes twice as long. */
    __asm__("" : "+m"(*(uint64_t(*)[VECTOR_NUMBERS])place));
}

static inline uint64_t primes_up_to(const struct prefix_word *words, uint64_t place)
{
    const struct prefix_word *word = &words[place >> 8];
    return word->before + prefix_count(word->bits & prefix_mask[(uint8_t)place]);
}

/* What is worked out before a table is looked at, so that no look waits for a division: with
 * AVX-512 it takes a third less time, with AVX2 a tenth (sums below 1e15, Zen 5). The products of
 * q < 2^LEAF_BITS and the lower half of F for so many vectors fit 64 bits together. */
#define VECTORS_AT_ONCE 8

union places {
    vector offset[VECTORS_AT_ONCE];
    uint64_t place[VECTORS_AT_ONCE * VECTOR_NUMBERS];
};

static inline void find_places(const struct pair_query *query, const uint32_t *q, size_t vectors,
                               union places *places)
{
    for (size_t i = 0; i < vectors; i++, q += VECTOR_NUMBERS) {
        vector offset = offsets_of_pairs(query, vector_load_double(q));
        if (SUMS_BY_PRIME)
            find_words(offset, places->place + VECTOR_NUMBERS * i);
        else
            places->offset[i] = offset;
    }
}

/* F of the numbers of a vector, or its parts. */
static inline struct words_weights look_up(const struct pair_query *query,
                                           const union places *places, size_t number)
{
    if (!SUMS_BY_PRIME)
        return words_up_to(query->table->words, query->weight, places->offset[number]);
    uint64_t sums[VECTOR_NUMBERS];
    const uint64_t *place = places->place + VECTOR_NUMBERS * number;
    for (int i = 0; i < VECTOR_NUMBERS; i++)
        sums[i] = query->table->sums[primes_up_to(query->table->words, place[i])];
    return (struct words_weights){.before = vector_load(sums)};
}

/* As many as keep the upper parts of the products, below 2^(87 - 32), from running over. */
#define VECTORS_TOGETHER (4 * VECTORS_AT_ONCE)

/* The sum for as many pairs as fill `vectors` vectors; of the last one those count for which
 * `weighs` is all ones. */
static inline uint128 sum_vectors(const struct pair_query *query, const uint32_t *q, size_t vectors,
                                  vector weighs)
{
    struct product_sums sums = {0};
    vector counts = {0};
    while (vectors) {
        vector low = {0};
        union places places;
        size_t some = vectors < VECTORS_AT_ONCE ? vectors : VECTORS_AT_ONCE;
        find_places(query, q, some, &places);
        for (size_t i = 0; i < some; i++, q += VECTOR_NUMBERS) {
            struct words_weights up_to = look_up(query, &places, i);
            vector a = query->weight == WEIGHT_ONE ? vector_all(1) : vector_load_32(q);
            a &= --vectors ? ~(vector){0} : weighs;
            vector f = up_to.before + (query->weight == WEIGHT_ONE ? up_to.count : up_to.offsets);
            low += vector_product_32(a, f);
            sums.high += vector_product_32(a, f >> 32);
            counts += vector_product_32(a, up_to.count);
        }
        add_low(&sums, low);
    }
    uint128 total = total_of_products(&sums);
    if (!SUMS_BY_PRIME && query->weight == WEIGHT_PRIME)
        total += (uint128)query->table->first * vector_total(counts);
    return total;
}

/* How many primes are up to n / q, for the first `some` pairs of as many vectors. */
static inline uint64_t count_vectors(const struct pair_query *query, const uint32_t *q,
                                     size_t vectors, size_t some)
{
    union places places;
    uint64_t primes = 0;
    find_places(query, q, vectors, &places);
    for (size_t i = 0; i < some; i++)
        primes += primes_up_to(query->table->words, places.place[i]);
    return primes;
}

/* The sum for WEIGHT_ONE where bits are counted word by word. */
static inline uint128 count_pairs(const struct pair_query *query, const uint32_t *q, size_t count)
{
    enum { AT_ONCE = VECTORS_AT_ONCE * VECTOR_NUMBERS };
    uint64_t primes = 0;
    for (; count >= AT_ONCE; count -= AT_ONCE, q += AT_ONCE)
        primes += count_vectors(query, q, VECTORS_AT_ONCE, AT_ONCE);
    for (; count >= VECTOR_NUMBERS; count -= VECTOR_NUMBERS, q += VECTOR_NUMBERS)
        primes += count_vectors(query, q, 1, VECTOR_NUMBERS);
    uint32_t room[VECTOR_NUMBERS];
    return count ? primes + count_vectors(query, padded(q, count, room), 1, count) : primes;
}

static inline uint128 sum_pairs_of(const struct pair_table *table, enum weight weight, uint128 n,
                                   const uint32_t *q, size_t count)
{
    struct pair_query query = {table, weight, (double)table->first, (double)n, 0};
    query.low = (double)(int64_t)(n - (uint128)query.high);
    if (SUMS_BY_PRIME && weight == WEIGHT_ONE)
        return count_pairs(&query, q, count);
    uint128 total = 0;
    while (count >= VECTOR_NUMBERS) {
        size_t vectors = count / VECTOR_NUMBERS;
        vectors = vectors < VECTORS_TOGETHER ? vectors : VECTORS_TOGETHER;
        total += sum_vectors(&query, q, vectors, ~(vector){0});
        q += vectors * VECTOR_NUMBERS;
        count -= vectors * VECTOR_NUMBERS;
    }
    if (count == 0)
        return total;
    uint32_t room[VECTOR_NUMBERS];
    return total + sum_vectors(&query, padded(q, count, room), 1, vector_first(count));
}

/* As many as keep the upper parts of the products from running over. */
#define SUM_EASY_BLOCK 256

/* n / m, where that is below 2^30. The quotient of rounded numbers is off by one at most. */
static inline vector values_of(uint64_t n, vector m)
{
    vector v = vector_from_double((double)n / vector_to_double(m));
    vector_signed rest = (vector_signed)(n - vector_product_32(v, m));
    v += (vector)(rest < 0);
    return v - (vector)(rest >= (vector_signed)m);
}

static inline uint128 sum_easy_of(const struct prefix_word *words, enum weight weight, uint64_t n,
                                  uint64_t least, const int32_t *leaves, size_t count)
{
    uint128 total = 0;
    for (size_t done = 0; done < count; done += SUM_EASY_BLOCK) {
        struct product_sums odd = {0}, even = {0};
        size_t end = count - done < SUM_EASY_BLOCK ? count : done + SUM_EASY_BLOCK;
        for (size_t i = done; i < end; i += VECTOR_NUMBERS) {
            uint32_t room[VECTOR_NUMBERS];
            size_t rest = end - i < VECTOR_NUMBERS ? end - i : VECTOR_NUMBERS;
            const int32_t *at = rest < VECTOR_NUMBERS ? padded(leaves + i, rest, room) : leaves + i;
            vector inside = vector_first(rest);
            vector signed_m = vector_load_signed_32(at);
            vector negative = (vector)((vector_signed)signed_m < 0);
            vector m = (signed_m ^ negative) - negative;
            struct words_weights up_to = words_up_to(words, weight, values_of(n, m));
            vector f = up_to.before + (weight == WEIGHT_ONE ? up_to.count : up_to.offsets);
            f = vector_choose((vector_signed)(f > least), f, vector_all(least));
            m = weight == WEIGHT_PRIME ? m : vector_all(1);
            add_products(&odd, m & inside & ~negative, f);
            add_products(&even, m & inside & negative, f);
        }
        total += total_of_products(&odd) - total_of_products(&even);
    }
    return total;
}

#endif
