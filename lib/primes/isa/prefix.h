/* Counts and sums of a bitmap of modulus 30 up to any number. */
#ifndef PRIMES_ISA_PREFIX_H
#define PRIMES_ISA_PREFIX_H

#include "isa.h"

/* What the bits of a word are above its first number, one bit of the offset at a time: bit b is set
 * in prefix_plane[i] where bit i of its offset is. Bit 0 is set in all of them. */
extern const uint64_t prefix_plane[8];

/* By a number's distance from the first of its word: the bits up to it. */
extern const uint64_t prefix_mask[WORD_NUMBERS];

/* By bit: how far its number is from the first of the word. */
extern const uint8_t prefix_number[64];

static inline uint64_t prefix_count(uint64_t bits)
{
#if defined(__x86_64__) && !defined(__POPCNT__) /* else the compiler calls a function */
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    return ((bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f)) * UINT64_C(0x0101010101010101) >>
           56;
#else
    return (uint64_t)__builtin_popcountll(bits);
#endif
}

/* The sum of the offsets of the set bits. */
static inline uint64_t prefix_offsets(uint64_t bits)
{
    uint64_t sum = prefix_count(bits);
    for (int i = 1; i < 8; i++)
        sum += prefix_count(bits & prefix_plane[i]) << i;
    return sum;
}

/* What the set bits of a word that starts at `first` weigh. */
static inline uint64_t prefix_weight(uint64_t bits, uint64_t first, enum weight weight)
{
    uint64_t count = prefix_count(bits);
    return weight == WEIGHT_ONE ? count : first * count + prefix_offsets(bits);
}

/* The weights up to v, of words that start at `first`. */
static inline uint64_t prefix_up_to(const struct prefix_word *words, uint64_t first,
                                    enum weight weight, uint64_t v)
{
    uint64_t index = (v - first) / WORD_NUMBERS;
    uint64_t start = first + index * WORD_NUMBERS;
    return words[index].before +
           prefix_weight(words[index].bits & prefix_mask[v - start], start, weight);
}

#endif
