/* The loops over pairs and easy leaves, as many at a time as a vector has numbers. */
#ifndef PRIMES_ISA_PAIRS_VECTOR_H
#define PRIMES_ISA_PAIRS_VECTOR_H

#include "words.h"

/* Sums of 96-bit products, by 32 bits of them. Room for 2^31 products, as long as their upper
 * parts, a times the upper half of b, together stay below 2^64. */
struct product_sums {
    vector low, middle, high;
};

static inline void add_products(struct product_sums *sums, vector a32, vector b64)
{
    vector low = vector_product_32(a32, b64);
    sums->low += low & 0xffffffff;
    sums->middle += low >> 32;
    sums->high += vector_product_32(a32, b64 >> 32);
}

static inline void add_numbers(struct product_sums *sums, vector b64)
{
    sums->low += b64 & 0xffffffff;
    sums->middle += b64 >> 32;
}

static inline uint128 total_of_products(const struct product_sums *sums)
{
    return vector_total(sums->low) + ((uint128)vector_total(sums->middle) << 32) +
           ((uint128)vector_total(sums->high) << 32);
}

/* As many pairs as keep the upper parts of the products, below 2^(87 - 32), from running over. */
#define SUM_PAIRS_BLOCK 256

/* What is behind the last full vector: `rest` numbers and, for the others, the first of them. */
static inline const void *padded(const void *numbers, size_t rest, uint32_t room[VECTOR_NUMBERS])
{
    const uint32_t *from = numbers;
    for (size_t i = 0; i < VECTOR_NUMBERS; i++)
        room[i] = from[i < rest ? i : 0];
    return room;
}

/* All ones for the first `rest` numbers. */
static inline vector first_numbers(size_t rest)
{
    vector first = {0};
    for (size_t i = 0; i < rest; i++)
        first[i] = UINT64_MAX;
    return first;
}

static inline uint128 sum_pairs_of(const struct prefix_word *words, uint64_t first,
                                   enum weight weight, uint64_t n, const uint32_t *q, size_t count)
{
    uint128 total = 0;
    while (count) {
        size_t block = count < SUM_PAIRS_BLOCK ? count : SUM_PAIRS_BLOCK;
        struct product_sums sums = {0};
        size_t i = 0;
        for (; i + VECTOR_NUMBERS <= block; i += VECTOR_NUMBERS) {
            vector q64 = vector_load_32(q + i);
            vector f = words_weights_up_to(words, first, weight, words_quotients(n, q64, first));
            if (weight == WEIGHT_ONE)
                add_numbers(&sums, f);
            else
                add_products(&sums, q64, f);
        }
        if (i < block) {
            uint32_t room[VECTOR_NUMBERS];
            vector q64 = vector_load_32(padded(q + i, block - i, room));
            vector f = words_weights_up_to(words, first, weight, words_quotients(n, q64, first));
            vector a = weight == WEIGHT_ONE ? vector_all(1) : q64;
            add_products(&sums, a & first_numbers(block - i), f);
        }
        total += total_of_products(&sums);
        q += block;
        count -= block;
    }
    return total;
}

/* n / m, where that is below 2^31. The quotient of rounded numbers is off by one at most. */
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
    for (size_t done = 0; done < count; done += SUM_PAIRS_BLOCK) {
        struct product_sums odd = {0}, even = {0};
        size_t end = count - done < SUM_PAIRS_BLOCK ? count : done + SUM_PAIRS_BLOCK;
        for (size_t i = done; i < end; i += VECTOR_NUMBERS) {
            uint32_t room[VECTOR_NUMBERS];
            size_t rest = end - i < VECTOR_NUMBERS ? end - i : VECTOR_NUMBERS;
            const int32_t *at = rest < VECTOR_NUMBERS ? padded(leaves + i, rest, room) : leaves + i;
            vector inside = first_numbers(rest);
            vector signed_m = vector_load_signed_32(at);
            vector negative = (vector)((vector_signed)signed_m < 0);
            vector m = (signed_m ^ negative) - negative;
            vector f = words_weights_up_to(words, 0, weight, values_of(n, m));
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
