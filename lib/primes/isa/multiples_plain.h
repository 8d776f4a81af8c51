/* Finding the multiples of large sieving primes, prime by prime. */
#ifndef PRIMES_ISA_MULTIPLES_PLAIN_H
#define PRIMES_ISA_MULTIPLES_PLAIN_H

#include "base/little_endian.h"

static void list_primes(const uint8_t *half_gaps, size_t count, uint32_t first, uint32_t *primes)
{
    for (size_t i = 0; i < count; i++) {
        primes[i] = first;
        first += 2u * half_gaps[i];
    }
}

static uint64_t pattern_word(const struct cofactor_pattern *pattern, uint64_t index)
{
    uint64_t bit = index - (uint64_t)pattern->first;
    bit %= (uint64_t)pattern->period;
    uint64_t word;
    memcpy(&word, pattern->bits + bit / 8, sizeof word);
    return little_endian_64(word) >> bit % 8;
}

static size_t find_multiples(const uint32_t *primes, size_t count, const struct run_query *query,
                             uint32_t *distances)
{
    uint32_t *next = distances;
    for (size_t i = 0; i < count; i++) {
        uint64_t prime = primes[i];
        uint64_t index = (query->first / prime + (query->first % prime > 0)) / 2;
        index = (index > prime / 2 ? index : prime / 2) + query->skip;
        uint64_t distance = (2 * index + 1) * prime - query->first;
        if (distance >= query->numbers)
            continue;
        uint64_t run = (query->numbers - 1 - distance) / (2 * prime) + 1;
        uint64_t mask = (UINT64_C(1) << (run < COFACTOR_RUN ? run : COFACTOR_RUN)) - 1;
        for (uint32_t k = 0; k < query->patterns && mask; k++)
            mask &= pattern_word(&query->pattern[k], index);
        for (; mask; mask &= mask - 1)
            *next++ = (uint32_t)(distance + 2 * prime * (uint64_t)__builtin_ctzll(mask));
    }
    return (size_t)(next - distances);
}

static void locate(uint32_t *distances, size_t count, const struct bitmap_layout *layout)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t byte =
            (uint32_t)(distances[i] / 2 * (uint64_t)RECIPROCAL_OF_15 >> RECIPROCAL_BITS);
        uint32_t lane = layout->lane_of[distances[i] - byte * 30];
        uint32_t low = byte & ((UINT32_C(1) << layout->segment_bits) - 1);
        distances[i] = (byte - low) << 3 | lane << layout->segment_bits | low;
    }
}

#endif
