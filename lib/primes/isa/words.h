/* What the words of a bitmap of modulus 30 hold up to a number, for as many numbers at a time as a
 * vector has. */
#ifndef PRIMES_ISA_WORDS_H
#define PRIMES_ISA_WORDS_H

#include "isa.h"
#include "vector.h"

/* By a number's rest modulo 30: how many of the byte's numbers lie there or below. */
static const uint8_t words_numbers[32] = {0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 4,
                                          4, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 8, 0, 0};

/* Where numbers below 2^32, relative to the start of a bitmap, have their bits: in `byte`, after so
 * many `bits` of it. */
static inline void words_place(vector number, vector *byte, vector *bits)
{
    /* 2290649225 = 2^36 / 30 rounded up, which is exact for 32 bits. */
    *byte = vector_product_32(number, vector_all(2290649225)) >> 36;
    *bits = vector_look_up(words_numbers, number - vector_product_32(*byte, vector_all(30)));
}

/* Of each word: how many bits are set, and the sum of their numbers relative to its first. */
struct word_moments {
    vector count, offsets;
};

static inline struct word_moments words_moments(vector bits)
{
    /* By four bits of a byte: the sum of the residues that are set among 1, 7, 11, 13, and among
     * 17, 19, 23, 29. */
    static const uint8_t low[16] = {0, 1, 7, 8, 11, 12, 18, 19, 13, 14, 20, 21, 24, 25, 31, 32};
    static const uint8_t high[16] = {0, 17, 19, 36, 23, 40, 42, 59, 29, 46, 48, 65, 52, 69, 71, 88};
    vector counts = vector_bits_of_bytes(bits);
    vector bytes = vector_weigh_bytes(counts, vector_all(0x0706050403020100));
    return (struct word_moments){
        vector_sum_of_bytes(counts),
        vector_sum_of_bytes(vector_nibbles(low, high, bits)) +
            vector_product_32(bytes, vector_all(30)),
    };
}

/* The bits of a word up to the given number of them, at most 64. */
static inline vector words_mask(vector length)
{
    return vector_shift_left(vector_all(1), length) - 1;
}

/* Of words up to numbers `offset` behind the first one's start: what comes before the word, and of
 * its bits how many there are and the sum of their numbers, relative to the first word. */
struct words_weights {
    vector before, count, offsets;
};

static inline struct words_weights words_up_to(const struct prefix_word *words, enum weight weight,
                                               vector offset)
{
    struct words_weights up_to = {0};
    vector byte, in_byte, bits;
    words_place(offset, &byte, &in_byte);
    vector word = byte >> 3;
    vector_load_pairs(words, word, &bits, &up_to.before);
    bits &= words_mask(((byte & 7) << 3) + in_byte);
    if (weight == WEIGHT_ONE) {
        up_to.count = vector_sum_of_bytes(vector_bits_of_bytes(bits));
        return up_to;
    }
    struct word_moments moments = words_moments(bits);
    up_to.count = moments.count;
    up_to.offsets =
        vector_product_32(moments.count, vector_product_32(word, vector_all(WORD_NUMBERS))) +
        moments.offsets;
    return up_to;
}

/* n / m - first, n by its lowest 64 bits, below 2^31, where what `first` leaves of n is below 2^52.
 * Division in floating point rounds to nearest; below an integer that quotient is at least 1 / m
 * below it, which is more than that. */
static inline vector words_quotients(uint64_t n, vector m, uint64_t first)
{
    vector rest = n - vector_product_long(m, vector_all(first));
    return vector_from_double(vector_to_double(rest) / vector_to_double(m));
}

#endif
