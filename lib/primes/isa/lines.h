/* A bitmap whose lines are kept counted while primes are crossed off, see isa.h. Compiled once for
 * each instruction set, which chooses how long a line is: so that its bits up to a number are
 * counted at once. */
#ifndef PRIMES_ISA_LINES_H
#define PRIMES_ISA_LINES_H

#include <string.h>

#include "isa.h"
#include "loops.h"
#include "prefix.h"
#include "vector.h"

/* Without vectors a word; with short ones several, as a running sum of more lines would take more
 * than that. */
#if VECTORS
#define LINE_BYTES (VECTOR_BYTES < 32 ? 32 : VECTOR_BYTES)
#else
#define LINE_BYTES 8
#endif
#define LINE_NUMBERS (30 * LINE_BYTES)

#if VECTORS
#include "lines_vector.h"
#else
#include "lines_plain.h"
#endif

/* Clears the lane's bit of a byte; where it was set, takes it off the tallies. */
static inline void cross_off_hit(struct counted_bitmap *bitmap, enum weight weight, uint32_t byte,
                                 int lane, uint32_t offset, uint64_t *taken)
{
    uint8_t old = bitmap->bytes[byte];
    uint64_t tally = old >> lane & 1;
    if (weight == WEIGHT_PRIME) /* not a branch that nobody can predict */
        tally =
            -tally & (((uint64_t)30 << TALLY_SHIFT) * byte + ((uint64_t)offset << TALLY_SHIFT) + 1);
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
