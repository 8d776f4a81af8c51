/* Turns distances into addresses: a vector of them at a time, or as the compiler sees fit. */
#ifndef PRIMES_ISA_LOCATE_H
#define PRIMES_ISA_LOCATE_H

#include "isa.h"
#include "vector.h"

/* A distance is that of the number 2 * distance + 1, in byte distance / 15. With RECIPROCAL_OF_15
 * = 2^35 / 15, rounded up by less than one half, distance * RECIPROCAL_OF_15 >> RECIPROCAL_BITS is
 * that byte for all 32-bit distances: rounding adds less than 2^32 / 2^36 < 1 / 15. */
#define RECIPROCAL_OF_15 UINT32_C(2290649225)
#define RECIPROCAL_BITS  35

/* What is left of a distance, of a number without the factors 2, 3 and 5, is 0, 3, 5, 6, 8, 9, 11
 * or 14, and so its lane (9 * rest + 1) / 16. Shifts, since not every processor multiplies vectors
 * of 32-bit numbers. */
#define LOCATE_LANE(rest) ((((rest) << 3) + (rest) + 1) >> 4)

#if VECTORS

static void locate(uint32_t *distances, size_t count, const struct bitmap_layout *layout)
{
    const vector reciprocal = vector_all(RECIPROCAL_OF_15);
    uint32_t inside = (UINT32_C(1) << layout->segment_bits) - 1;
    for (size_t i = 0; i < count; i += sizeof(vector_32) / 4) {
        vector distance = vector_load(distances + i);
        vector even = vector_product_32(distance, reciprocal) >> RECIPROCAL_BITS;
        vector odd = vector_product_32(distance >> 32, reciprocal) >> RECIPROCAL_BITS << 32;
        vector_32 byte = (vector_32)(even | odd);
        vector_32 rest = (vector_32)distance - (byte << 4) + byte;
        vector_32 low = byte & inside;
        vector_32 address = low | LOCATE_LANE(rest) << layout->segment_bits | (byte - low) << 3;
        vector_store(distances + i, (vector)(address + layout->first));
    }
}

#else

static void locate(uint32_t *distances, size_t count, const struct bitmap_layout *layout)
{
    enum { AT_A_TIME = 16 };
    uint32_t bits = layout->segment_bits, first = layout->first;
    uint32_t inside = (UINT32_C(1) << bits) - 1;
    for (size_t i = 0; i < count; i += AT_A_TIME) {
        for (size_t j = i; j < i + AT_A_TIME; j++) {
            uint32_t distance = distances[j];
            uint32_t byte = (uint32_t)(distance * (uint64_t)RECIPROCAL_OF_15 >> RECIPROCAL_BITS);
            uint32_t rest = distance - (byte << 4) + byte;
            uint32_t low = byte & inside;
            distances[j] = (low | LOCATE_LANE(rest) << bits | (byte - low) << 3) + first;
        }
    }
}

#endif

#endif
