/* Tallies of lines that are words. */
#ifndef PRIMES_ISA_LINES_PLAIN_H
#define PRIMES_ISA_LINES_PLAIN_H

#include "base/little_endian.h"

/* The bits of a byte: how many, and the sum of their residues modulo 30 in the upper half. */
#define BIT(residue) ((residue) << 16 | 1)
#define BYTES_2(t)   (t), (t) + BIT(1)
#define BYTES_4(t)   BYTES_2(t), BYTES_2((t) + BIT(7))
#define BYTES_8(t)   BYTES_4(t), BYTES_4((t) + BIT(11))
#define BYTES_16(t)  BYTES_8(t), BYTES_8((t) + BIT(13))
#define BYTES_32(t)  BYTES_16(t), BYTES_16((t) + BIT(17))
#define BYTES_64(t)  BYTES_32(t), BYTES_32((t) + BIT(19))
#define BYTES_128(t) BYTES_64(t), BYTES_64((t) + BIT(23))

static const uint32_t lines_byte[256] = {BYTES_128(0), BYTES_128(BIT(29))};

/* The tally of a word whose first number is `first`, relative to the start of the bitmap. */
static inline uint64_t tally_word(uint64_t word, uint64_t first, enum weight weight)
{
    if (weight == WEIGHT_ONE)
        return prefix_count(word);
    /* Each byte but the first is added as often as there are bytes before it. */
    uint32_t sum = 0, indexes = 0;
    for (int byte = 7; byte > 0; byte--) {
        sum += lines_byte[word >> 8 * byte & 0xff];
        indexes += sum;
    }
    sum += lines_byte[word & 0xff];
    uint64_t count = sum & 0xffff;
    return count + ((first * count + 30 * (indexes & 0xffff) + (sum >> 16)) << TALLY_SHIFT);
}

static inline void lines_tally(struct counted_bitmap *bitmap, enum weight weight)
{
    bitmap->total = 0;
    for (uint32_t line = 0; line < bitmap->size / LINE_BYTES; line++) {
        uint64_t word = little_endian_load_64(bitmap->bytes + LINE_BYTES * line);
        bitmap->tally[line] = tally_word(word, (uint64_t)LINE_NUMBERS * line, weight);
        bitmap->total += bitmap->tally[line];
    }
}

static void tally_lines(struct counted_bitmap *bitmap)
{
    if (bitmap->weight == WEIGHT_ONE)
        lines_tally(bitmap, WEIGHT_ONE);
    else
        lines_tally(bitmap, WEIGHT_PRIME);
}

#endif
