/* The loops over pairs and easy leaves, one at a time. */
#ifndef PRIMES_ISA_PAIRS_PLAIN_H
#define PRIMES_ISA_PAIRS_PLAIN_H

#include <stdbool.h>

#include "base/little_endian.h"

static inline uint64_t fill_prefix_of(struct prefix_word *words, const uint8_t *bytes, size_t count,
                                      uint64_t first, enum weight weight, uint64_t before)
{
    for (size_t i = 0; i < count; i++, first += WORD_NUMBERS) {
        uint64_t bits = little_endian_load_64(bytes + 8 * i);
        words[i] = (struct prefix_word){bits, before};
        before += prefix_weight(bits, first, weight);
    }
    return before;
}

/* n / q is `first` and the quotient of what `first` leaves of n, which is below 2^52. Division in
 * floating point rounds to nearest; below an integer that quotient is at least 1 / q below it,
 * which is more than that. */
static inline uint128 sum_pairs_of(const struct pair_table *table, enum weight weight, uint128 n,
                                   const uint32_t *q, size_t count)
{
    uint128 sum = 0;
    for (size_t i = 0; i < count; i++) {
        double rest = (double)(int64_t)((uint64_t)n - table->first * q[i]);
        uint64_t primes =
            prefix_up_to(table->words, 0, WEIGHT_ONE, (uint64_t)(int64_t)(rest / q[i]));
        sum += weight == WEIGHT_ONE ? primes : (uint128)q[i] * table->sums[primes];
    }
    return sum;
}

static inline uint128 sum_easy_of(const struct prefix_word *words, enum weight weight, uint64_t n,
                                  uint64_t least, const int32_t *leaves, size_t count)
{
    uint128 sum = 0;
    for (size_t i = 0; i < count; i++) {
        bool even = leaves[i] < 0;
        uint32_t m = (uint32_t)(even ? -leaves[i] : leaves[i]);
        uint64_t f = prefix_up_to(words, 0, weight, n / m);
        uint128 leaf = (uint128)weigh(weight, m) * (f > least ? f : least);
        sum += even ? -leaf : leaf;
    }
    return sum;
}

#endif
