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

#define PREFIX_BYTES(value) (UINT64_C(0x0101010101010101) * (value))

/* How many bits of each byte are set. */
static inline uint64_t prefix_counts(uint64_t bits)
{
    bits -= bits >> 1 & PREFIX_BYTES(0x55);
    bits = (bits & PREFIX_BYTES(0x33)) + (bits >> 2 & PREFIX_BYTES(0x33));
    return (bits + (bits >> 4)) & PREFIX_BYTES(0x0f);
}

static inline uint64_t prefix_count(uint64_t bits)
{
#if defined(__x86_64__) && !defined(__POPCNT__) /* else the compiler calls a function */
    return prefix_counts(bits) * PREFIX_BYTES(1) >> 56;
#else
    return (uint64_t)__builtin_popcountll(bits);
#endif
}

/* The sum of the offsets of the set bits. Where counting bits takes a dozen operations it is found
 * from the bytes: byte i adds 30 i for each of its bits, and their residues 1, 7, 11, 13, 17, 19,
 * 23 and 29, which are 1 and twice 0, 3, 5, 6, 8, 9, 11 and 14. */
static inline uint64_t prefix_offsets(uint64_t bits)
{
#if !defined(__POPCNT__)
    uint64_t counts = prefix_counts(bits);
    uint64_t bytes = counts * UINT64_C(0x0001020304050607) >> 56;
    uint64_t halves = (bits >> 1 & PREFIX_BYTES(1)) * 3 + (bits >> 2 & PREFIX_BYTES(1)) * 5 +
                      (bits >> 3 & PREFIX_BYTES(1)) * 6 + (bits >> 4 & PREFIX_BYTES(1)) * 8 +
                      (bits >> 5 & PREFIX_BYTES(1)) * 9 + (bits >> 6 & PREFIX_BYTES(1)) * 11 +
                      (bits >> 7 & PREFIX_BYTES(1)) * 14;
    const uint64_t shorts = UINT64_C(0x00ff00ff00ff00ff);
    halves = (halves & shorts) + (halves >> 8 & shorts);
    return (counts * PREFIX_BYTES(1) >> 56) + 2 * (halves * UINT64_C(0x0001000100010001) >> 48) +
           30 * bytes;
#else
    uint64_t sum = prefix_count(bits);
    for (int i = 1; i < 8; i++)
        sum += prefix_count(bits & prefix_plane[i]) << i;
    return sum;
#endif
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
