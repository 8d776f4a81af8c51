/* The loops of the combinatorial sum, compiled once for each instruction set. */
#ifndef PRIMES_KERNELS_LEAVES_H
#define PRIMES_KERNELS_LEAVES_H

#include <string.h>

#include "kernels.h"
#include "prefix.h"

static uint64_t fill_prefix(struct prefix_word *words, const uint8_t *bytes, size_t count,
                            uint64_t first, enum weight weight, uint64_t before)
{
    for (size_t i = 0; i < count; i++, first += WORD_NUMBERS) {
        uint64_t bits = 0;
        for (int byte = 0; byte < 8; byte++)
            bits |= (uint64_t)bytes[8 * i + (size_t)byte] << 8 * byte;
        words[i] = (struct prefix_word){bits, before};
        before += prefix_weight(bits, first, weight);
    }
    return before;
}

/* Division in floating point rounds to nearest; n / q below an integer is at least 1 / q below it,
 * which for n < 2^53 is more than that. */
static inline uint128 sum_pairs_of(const struct prefix_word *words, uint64_t first,
                                   enum weight weight, uint64_t n, const uint32_t *q, size_t count)
{
    uint128 sum = 0;
    double numerator = (double)n;
    for (size_t i = 0; i < count; i++) {
        uint64_t v = (uint64_t)(int64_t)(numerator / q[i]);
        sum += (uint128)weigh(weight, q[i]) * prefix_up_to(words, first, weight, v);
    }
    return sum;
}

static uint128 sum_pairs(const struct prefix_word *words, uint64_t first, enum weight weight,
                         uint64_t n, const uint32_t *q, size_t count)
{
    return weight == WEIGHT_ONE ? sum_pairs_of(words, first, WEIGHT_ONE, n, q, count)
                                : sum_pairs_of(words, first, WEIGHT_PRIME, n, q, count);
}

static inline uint64_t word_at(const uint8_t *bytes)
{
    uint64_t word = 0;
    for (int byte = 0; byte < 8; byte++)
        word |= (uint64_t)bytes[byte] << 8 * byte;
    return word;
}

/* The tally of a word whose first number is `first`, relative to the start of the bitmap. */
static inline uint64_t tally_word(uint64_t word, uint64_t first)
{
    uint64_t count = prefix_count(word);
    return (count << TALLY_SHIFT) + first * count + prefix_offsets(word);
}

static void tally_lines(const struct counted_bitmap *bitmap)
{
    for (uint32_t byte = 0; byte < bitmap->size; byte += LINE_BYTES) {
        uint64_t tally = 0;
        for (uint32_t i = byte; i < byte + LINE_BYTES; i += 8)
            tally += tally_word(word_at(bitmap->bytes + i), UINT64_C(30) * i);
        bitmap->tally[byte / LINE_BYTES] = tally;
    }
}

/* Hits are counted only where the bit was set. */
static inline uint64_t cross_off_counting(const struct counted_bitmap *bitmap, uint32_t byte,
                                          int lane)
{
    static const uint8_t residue[LANES] = {1, 7, 11, 13, 17, 19, 23, 29};
    uint8_t old = bitmap->bytes[byte];
    uint64_t set = old >> lane & 1;
    bitmap->bytes[byte] = (uint8_t)(old & ~(1u << lane));
    uint64_t tally = -set & ((UINT64_C(1) << TALLY_SHIFT) + UINT64_C(30) * byte + residue[lane]);
    bitmap->tally[byte / LINE_BYTES] -= tally;
    return tally;
}

static uint64_t cross_off_counted(const struct counted_bitmap *bitmap, struct medium_prime *prime,
                                  const struct wheel *wheel, const struct wheel_group *lanes)
{
    uint32_t offset[LANES];
    wheel_offsets(wheel, lanes, prime->prime, offset);
    int64_t size = bitmap->size;
    int64_t period = prime->position;
    uint64_t tally = 0;
    for (; period < size; period += prime->prime) {
        for (int lane = 0; lane < LANES; lane++) {
            int64_t byte = period + offset[lane];
            if (byte >= 0 && byte < size)
                tally += cross_off_counting(bitmap, (uint32_t)byte, lane);
        }
    }
    /* The last period may go on in the next bitmap. */
    period -= period > size ? (int64_t)prime->prime : 0;
    prime->position = (int32_t)(period - size);
    return tally;
}

static size_t list_leaves(const uint16_t *factor, size_t *next, size_t end, uint32_t prime,
                          int32_t leaves[LEAVES_MAX])
{
    static const uint8_t residue[LANES] = {1, 7, 11, 13, 17, 19, 23, 29};
    size_t count = 0;
    size_t i = *next;
    for (; i < end && count < LEAVES_MAX; i++) {
        int32_t m = (int32_t)(30 * (i / LANES) + residue[i % LANES]);
        leaves[count] = factor[i] % 2 ? m : -m;
        count += factor[i] > prime;
    }
    *next = i;
    return count;
}

static void sum_leaves(const struct counted_bitmap *bitmap, const uint64_t *running, uint64_t first,
                       enum weight weight, uint64_t n, const int32_t *leaves, size_t count,
                       struct leaf_sums *sums)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t m = (uint32_t)(leaves[i] < 0 ? -leaves[i] : leaves[i]);
        uint32_t v = (uint32_t)(n / m - first);
        uint32_t word = v / WORD_NUMBERS;
        uint64_t tally = running[word / 8];
        for (uint32_t j = word / 8 * 8; j < word; j++)
            tally += tally_word(word_at(bitmap->bytes + 8 * j), UINT64_C(240) * j);
        tally += tally_word(word_at(bitmap->bytes + 8 * word) & prefix_mask[v % WORD_NUMBERS],
                            UINT64_C(240) * word);
        int64_t times = weight == WEIGHT_PRIME ? leaves[i] : leaves[i] < 0 ? -1 : 1;
        sums->weight += times;
        sums->count += (uint128)times * (tally >> TALLY_SHIFT);
        sums->offsets += (uint128)times * (tally & ((UINT64_C(1) << TALLY_SHIFT) - 1));
    }
}

#endif
