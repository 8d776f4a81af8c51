/* Looking numbers up in tables of F: the loops of the terms A and C of the combinatorial sum. */
#ifndef PRIMES_ISA_PAIRS_H
#define PRIMES_ISA_PAIRS_H

#include "isa.h"
#include "prefix.h"
#include "vector.h"

/* Vectors that count bits find the sum of a word's primes sooner than memory has that up to each
 * prime. Elsewhere a look-up by word and one by prime take 1.5 ns, against 2.5 for the moments of
 * words in vectors of 32 bytes, and 17 for those of a word at a time (Zen 5). */
#define SUMS_BY_PRIME (VECTOR_BYTES < 64)

#if VECTORS
#include "pairs_vector.h"
#else
#include "pairs_plain.h"
#endif

static uint64_t fill_prefix(struct prefix_word *words, const uint8_t *bytes, size_t count,
                            uint64_t first, enum weight weight, uint64_t before)
{
    return weight == WEIGHT_ONE ? fill_prefix_of(words, bytes, count, first, WEIGHT_ONE, before)
                                : fill_prefix_of(words, bytes, count, first, WEIGHT_PRIME, before);
}

static uint128 sum_pairs(const struct pair_table *table, enum weight weight, uint128 n,
                         const uint32_t *q, size_t count)
{
    return weight == WEIGHT_ONE ? sum_pairs_of(table, WEIGHT_ONE, n, q, count)
                                : sum_pairs_of(table, WEIGHT_PRIME, n, q, count);
}

static uint128 sum_easy(const struct prefix_word *words, enum weight weight, uint64_t n,
                        uint64_t least, const int32_t *leaves, size_t count)
{
    return weight == WEIGHT_ONE ? sum_easy_of(words, WEIGHT_ONE, n, least, leaves, count)
                                : sum_easy_of(words, WEIGHT_PRIME, n, least, leaves, count);
}

#endif
