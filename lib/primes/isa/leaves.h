/* The loops over hard leaves, compiled once for each instruction set. */
#ifndef PRIMES_ISA_LEAVES_H
#define PRIMES_ISA_LEAVES_H

#include <string.h>

#include "isa.h"
#include "prefix.h"

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

/* Clears the lane's bit of a byte; where it was set, takes `tally` off that of its line. */
static inline void cross_off_counting(uint8_t *bytes, uint64_t *tallies, uint32_t byte, int lane,
                                      uint64_t tally)
{
    uint8_t old = bytes[byte];
    bytes[byte] = (uint8_t)(old & ~(1u << lane));
    tallies[byte / LINE_BYTES] -= old >> lane & 1 ? tally : 0;
}

/* The hits of a prime in a period of as many bytes, and their tallies. */
struct counted_period {
    uint32_t offset[LANES];
    uint64_t tally[LANES];
};

/* A period that lies in the bitmap as a whole. Written out, so that a lane's mask is a constant of
 * the instruction. */
static inline void cross_off_period(uint8_t *bytes, uint64_t *tallies, uint32_t period,
                                    const struct counted_period *hits)
{
    uint64_t base = UINT64_C(30) * period;
    cross_off_counting(bytes, tallies, period + hits->offset[0], 0, base + hits->tally[0]);
    cross_off_counting(bytes, tallies, period + hits->offset[1], 1, base + hits->tally[1]);
    cross_off_counting(bytes, tallies, period + hits->offset[2], 2, base + hits->tally[2]);
    cross_off_counting(bytes, tallies, period + hits->offset[3], 3, base + hits->tally[3]);
    cross_off_counting(bytes, tallies, period + hits->offset[4], 4, base + hits->tally[4]);
    cross_off_counting(bytes, tallies, period + hits->offset[5], 5, base + hits->tally[5]);
    cross_off_counting(bytes, tallies, period + hits->offset[6], 6, base + hits->tally[6]);
    cross_off_counting(bytes, tallies, period + hits->offset[7], 7, base + hits->tally[7]);
}

/* One that starts before it or ends behind it. */
static void cross_off_part(const struct counted_bitmap *bitmap, int64_t period,
                           const struct counted_period *hits)
{
    for (int lane = 0; lane < LANES; lane++) {
        int64_t byte = period + hits->offset[lane];
        if (byte >= 0 && byte < bitmap->size)
            cross_off_counting(bitmap->bytes, bitmap->tally, (uint32_t)byte, lane,
                               (uint64_t)(30 * period) + hits->tally[lane]);
    }
}

static void cross_off_counted(const struct counted_bitmap *bitmap, struct medium_prime *prime,
                              const struct wheel *wheel, const struct wheel_group *lanes)
{
    struct counted_period hits;
    wheel_offsets(wheel, lanes, prime->prime, hits.offset);
    for (int lane = 0; lane < LANES; lane++)
        hits.tally[lane] =
            (UINT64_C(1) << TALLY_SHIFT) + UINT64_C(30) * hits.offset[lane] + lanes->residue[lane];
    uint8_t *bytes = bitmap->bytes;
    uint64_t *tallies = bitmap->tally;
    int64_t size = bitmap->size;
    int64_t step = prime->prime;
    int64_t period = prime->position;
    if (period < 0) {
        cross_off_part(bitmap, period, &hits);
        period += step;
    }
    for (; period + step <= size; period += step)
        cross_off_period(bytes, tallies, (uint32_t)period, &hits);
    if (period < size)
        cross_off_part(bitmap, period, &hits);
    else
        period -= step;
    /* The last period may go on in the next bitmap. */
    period += period + step == size ? step : 0;
    prime->position = (int32_t)(period - size);
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

/* All of them together. */
static uint64_t total_tally(const struct counted_bitmap *bitmap)
{
    uint64_t tally = 0;
    for (uint32_t line = 0; line < bitmap->size / LINE_BYTES; line++)
        tally += bitmap->tally[line];
    return tally;
}

#if defined(__AVX512VBMI2__)
#include "leaves_avx512.h"
#else
#include "leaves_plain.h"
#endif

#endif
