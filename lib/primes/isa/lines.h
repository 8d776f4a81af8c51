/* A bitmap whose lines are kept counted while primes are crossed off, see isa.h. Compiled once for
 * each instruction set, which chooses how long a line is: a vector, so that the bits of one up to a
 * number are counted at once. */
#ifndef PRIMES_ISA_LINES_H
#define PRIMES_ISA_LINES_H

#include <string.h>

#include "isa.h"
#include "loops.h"
#include "prefix.h"
#include "vector.h"
#if VECTORS
#include "words.h"
#endif

#define LINE_BYTES   (VECTOR_BYTES < LINE_BYTES_LEAST ? LINE_BYTES_LEAST : VECTOR_BYTES)
#define LINE_VECTORS (LINE_BYTES / VECTOR_BYTES)
#define LINE_NUMBERS (30 * LINE_BYTES)

/* By bits of a byte: so many ones, then as many bits, then zeros. What lies LINE_BYTES_MOST - i
 * bytes behind the start has the bits of a line up to byte i. */
extern const uint8_t lines_mask[LANES + 1][2 * LINE_BYTES_MOST];

/* A line's share of tallies: a word's count weighs so much for the numbers of the words before it.
 * The last word of a line starts below 2^11, so that it fits 32 bits. */
#define WORD_TALLY(word) (1 + ((uint64_t)WORD_NUMBERS * (word) << TALLY_SHIFT))

#if VECTORS

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
    vector offsets = moments.residues + vector_product_32(moments.bytes, vector_all(30));
    return vector_product_32(moments.count, first) + (offsets << TALLY_SHIFT);
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
#ifndef PATTERN_BELOW
#define PATTERN_BELOW 256
#endif

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

#else

/* The tally of a word whose first number is `first`, relative to the start of the bitmap. */
static inline uint64_t tally_word(uint64_t word, uint64_t first)
{
    uint64_t count = prefix_count(word);
    return count + ((first * count + prefix_offsets(word)) << TALLY_SHIFT);
}

static inline uint64_t word_at(const uint8_t *bytes)
{
    uint64_t word = 0;
    for (int byte = 0; byte < 8; byte++)
        word |= (uint64_t)bytes[byte] << 8 * byte;
    return word;
}

static void tally_lines(struct counted_bitmap *bitmap)
{
    bitmap->total = 0;
    for (uint32_t byte = 0; byte < bitmap->size; byte += LINE_BYTES) {
        uint64_t tally = 0;
        for (uint32_t i = byte; i < byte + LINE_BYTES; i += 8)
            tally += tally_word(word_at(bitmap->bytes + i), UINT64_C(30) * i);
        tally &= bitmap->weight == WEIGHT_ONE ? (UINT64_C(1) << TALLY_SHIFT) - 1 : UINT64_MAX;
        bitmap->tally[byte / LINE_BYTES] = tally;
        bitmap->total += tally;
    }
}

#endif

/* Clears the lane's bit of a byte; where it was set, takes it off the tallies. */
static inline void cross_off_hit(struct counted_bitmap *bitmap, enum weight weight, uint32_t byte,
                                 int lane, uint32_t offset, uint64_t *taken)
{
    uint8_t old = bitmap->bytes[byte];
    uint64_t set = old >> lane & 1;
    uint64_t tally = set;
    if (weight == WEIGHT_PRIME) /* not a branch that nobody can predict */
        tally = -set & (((uint64_t)byte * 30 + offset) << TALLY_SHIFT | 1);
    bitmap->bytes[byte] = (uint8_t)(old & ~(1u << lane));
    bitmap->tally[byte / LINE_BYTES] -= tally;
    *taken += tally;
}

/* Written out, so that a lane's mask is a constant of the instruction. */
static inline void cross_off_round(struct counted_bitmap *bitmap, enum weight weight,
                                   const lane_vector *byte, uint64_t *taken)
{
    uint32_t at[LANES];
    memcpy(at, byte, sizeof at);
    cross_off_hit(bitmap, weight, at[0], 0, 1, taken);
    cross_off_hit(bitmap, weight, at[1], 1, 7, taken);
    cross_off_hit(bitmap, weight, at[2], 2, 11, taken);
    cross_off_hit(bitmap, weight, at[3], 3, 13, taken);
    cross_off_hit(bitmap, weight, at[4], 4, 17, taken);
    cross_off_hit(bitmap, weight, at[5], 5, 19, taken);
    cross_off_hit(bitmap, weight, at[6], 6, 23, taken);
    cross_off_hit(bitmap, weight, at[7], 7, 29, taken);
}

/* Each lane is hit first at `byte`, and then once in every round; where it is not hit in the last
 * one, it is in the line behind the bitmap, which costs less than a branch that nobody can
 * predict. */
static inline void cross_off_rounds(struct counted_bitmap *bitmap, enum weight weight,
                                    int32_t prime, int32_t rounds, const lane_vector *first)
{
    struct counted_bitmap local = *bitmap;
    int32_t end = (int32_t)bitmap->size;
    uint64_t taken = 0;
    lane_vector byte = *first;
    for (int32_t round = 0; round < rounds; round++, byte += prime)
        cross_off_round(&local, weight, &byte, &taken);
    lane_vector inside = byte < end;
    byte = (byte & inside) | (end & ~inside);
    cross_off_round(&local, weight, &byte, &taken);
    bitmap->total -= taken;
}

static void cross_off_counted(struct counted_bitmap *bitmap, struct medium_prime *medium,
                              const struct wheel *wheel, const struct wheel_group *lanes)
{
    int32_t prime = (int32_t)medium->prime;
    int32_t size = (int32_t)bitmap->size;
    int32_t last = (size - 1) / prime;
    lane_vector byte;
    offsets_of(wheel, lanes, medium->prime, &byte);
#if VECTORS
    if (prime < PATTERN_BELOW) {
        cross_off_pattern(bitmap, (uint32_t)prime, (uint32_t)-medium->position, &byte);
    } else
#endif
    {
        byte += medium->position;
        byte += prime & byte >> 31;
        if (bitmap->weight == WEIGHT_ONE)
            cross_off_rounds(bitmap, WEIGHT_ONE, prime, last, &byte);
        else
            cross_off_rounds(bitmap, WEIGHT_PRIME, prime, last, &byte);
    }
    int32_t position = medium->position + last * prime - size;
    medium->position = position + (prime & (position + prime - 1) >> 31);
}

/* The tallies of all lines before each. */
static void run_tallies(const struct counted_bitmap *bitmap, uint64_t *running)
{
    uint64_t tally = 0;
    for (uint32_t line = 0; line < bitmap->size / LINE_BYTES; line++) {
        running[line] = tally;
        tally += bitmap->tally[line];
    }
}

#endif
