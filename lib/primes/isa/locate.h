/* Turns distances into addresses: a vector of them at a time, or one. */
#ifndef PRIMES_ISA_LOCATE_H
#define PRIMES_ISA_LOCATE_H

#include "isa.h"
#include "vector.h"

/* n / 30 = (n / 2) * RECIPROCAL_OF_15 >> RECIPROCAL_BITS for all 32-bit n: it is 2^35 / 15, rounded
 * up by less than one half, which adds less than 2^31 / 2^36 < 1 / 15. */
#define RECIPROCAL_OF_15 UINT32_C(2290649225)
#define RECIPROCAL_BITS  35

#if VECTORS

static void locate(uint32_t *distances, size_t count, const struct bitmap_layout *layout)
{
    const vector reciprocal = vector_all(RECIPROCAL_OF_15);
    uint32_t inside = (UINT32_C(1) << layout->segment_bits) - 1;
    for (size_t i = 0; i < count; i += sizeof(vector_32) / 4) {
        vector_32 distance = (vector_32)vector_load(distances + i);
        vector half = (vector)(distance >> 1);
        vector even = vector_product_32(half, reciprocal) >> RECIPROCAL_BITS;
        vector odd = vector_product_32(half >> 32, reciprocal) >> RECIPROCAL_BITS << 32;
        vector_32 byte = (vector_32)(even | odd);
        vector_32 lane = (vector_32)vector_look_up(layout->lane_of, (vector)(distance - byte * 30));
        vector_32 low = byte & inside;
        vector_store(distances + i,
                     (vector)(low | lane << layout->segment_bits | (byte - low) << 3));
    }
}

#else

/* What a table is not needed for comes first, and becomes vectors. */
static void locate(uint32_t *distances, size_t count, const struct bitmap_layout *layout)
{
    enum { AT_A_TIME = 16 };
    uint32_t bits = layout->segment_bits;
    for (size_t i = 0; i < count; i += AT_A_TIME) {
        uint32_t rest[AT_A_TIME], byte[AT_A_TIME];
        for (size_t j = 0; j < AT_A_TIME; j++) {
            byte[j] =
                (uint32_t)(distances[i + j] / 2 * (uint64_t)RECIPROCAL_OF_15 >> RECIPROCAL_BITS);
            rest[j] = distances[i + j] - byte[j] * 30;
            uint32_t low = byte[j] & ((UINT32_C(1) << bits) - 1);
            byte[j] = (byte[j] - low) << 3 | low;
        }
        for (size_t j = 0; j < AT_A_TIME; j++)
            distances[i + j] = byte[j] | (uint32_t)layout->lane_of[rest[j]] << bits;
    }
}

#endif

#endif
