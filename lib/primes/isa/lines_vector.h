/* Tallies of lines that are vectors. */
#ifndef PRIMES_ISA_LINES_VECTOR_H
#define PRIMES_ISA_LINES_VECTOR_H

#include "words.h"

#define LINE_VECTORS (LINE_BYTES / VECTOR_BYTES)

/* By bits of a byte: so many ones, then as many bits, then zeros. What lies LINE_BYTES_MOST - i
 * bytes behind the start has the bits of a line up to byte i. */
extern const uint8_t lines_mask[LANES + 1][2 * LINE_BYTES_MOST];

/* A line's share of tallies: a word's count weighs so much for the numbers of the words before it.
 * The last word of a line starts below 2^11, so that it fits 32 bits. */
#define WORD_TALLY(word) (1 + ((uint64_t)WORD_NUMBERS * (word) << TALLY_SHIFT))

static const uint64_t lines_word_tally[8] = {WORD_TALLY(0), WORD_TALLY(1), WORD_TALLY(2),
                                             WORD_TALLY(3), WORD_TALLY(4), WORD_TALLY(5),
                                             WORD_TALLY(6), WORD_TALLY(7)};

/* The tallies of the words of a vector, relative to the start of its line. */
static inline vector lines_words(vector bits, int number, enum weight weight)
{
    if (weight == WEIGHT_ONE)
        return vector_sum_of_bytes(vector_bits_of_bytes(bits));
    struct word_moments moments = words_moments(bits);
    vector first = vector_load(lines_word_tally + number * VECTOR_NUMBERS);
    return vector_product_32(moments.count, first) + (moments.offsets << TALLY_SHIFT);
}

/* Tallies relative to their lines, for lines whose first numbers are given. */
static inline vector lines_tallies(vector tallies, vector first, enum weight weight)
{
    if (weight == WEIGHT_ONE)
        return tallies;
    vector counts = tallies & ((UINT64_C(1) << TALLY_SHIFT) - 1);
    return tallies + (vector_product_32(counts, first) << TALLY_SHIFT);
}

/* Where the next line finds its bits in the pattern of a prime. */
struct lines_pattern {
    const uint8_t *bytes; /* NULL: there is none                                                 */
    uint32_t period, phase, step;
};

/* Tallies all lines, after crossing off a pattern if there is one. */
static inline void lines_tally(struct counted_bitmap *bitmap, enum weight weight,
                               struct lines_pattern pattern)
{
    uint64_t numbers[VECTOR_NUMBERS];
    for (int i = 0; i < VECTOR_NUMBERS; i++)
        numbers[i] = LINE_NUMBERS * (uint64_t)i;
    vector first = vector_load(numbers), total = {0};
    uint64_t *tally = bitmap->tally;
    uint8_t *line = bitmap->bytes;
    for (; line < bitmap->bytes + bitmap->size; tally += VECTOR_NUMBERS) {
        vector words[VECTOR_NUMBERS];
        for (int i = 0; i < VECTOR_NUMBERS; i++, line += LINE_BYTES) {
            words[i] = vector_all(0);
            for (int j = 0; j < LINE_VECTORS; j++) {
                vector bits = vector_load(line + j * VECTOR_BYTES);
                if (pattern.bytes) {
                    bits &= vector_load(pattern.bytes + pattern.phase + j * VECTOR_BYTES);
                    vector_store(line + j * VECTOR_BYTES, bits);
                }
                words[i] += lines_words(bits, j, weight);
            }
            pattern.phase += pattern.step;
            pattern.phase -= pattern.phase >= pattern.period ? pattern.period : 0;
        }
        vector tallies = lines_tallies(vector_totals(words), first, weight);
        vector_store(tally, tallies);
        total += tallies;
        first += LINE_NUMBERS * VECTOR_NUMBERS;
    }
    bitmap->total = vector_total(total);
}

static void tally_lines(struct counted_bitmap *bitmap)
{
    struct lines_pattern none = {0};
    if (bitmap->weight == WEIGHT_ONE)
        lines_tally(bitmap, WEIGHT_ONE, none);
    else
        lines_tally(bitmap, WEIGHT_PRIME, none);
}

/* Below this, crossing off and counting anew by the vector costs less than hit by hit. */
#define PATTERN_BELOW (4 * VECTOR_BYTES)

static void cross_off_pattern(struct counted_bitmap *bitmap, uint32_t prime, uint32_t phase,
                              const lane_vector *offset)
{
    uint8_t bytes[PATTERN_BELOW + LINE_BYTES_MOST];
    uint32_t length = prime + LINE_BYTES;
    memset(bytes, 0xff, sizeof bytes);
    for (int lane = 0; lane < LANES; lane++)
        for (uint32_t byte = (uint32_t)(*offset)[lane]; byte < length; byte += prime)
            bytes[byte] &= (uint8_t) ~(1u << lane);
    struct lines_pattern pattern = {bytes, prime, phase, LINE_BYTES % prime};
    if (bitmap->weight == WEIGHT_ONE)
        lines_tally(bitmap, WEIGHT_ONE, pattern);
    else
        lines_tally(bitmap, WEIGHT_PRIME, pattern);
}

#endif
