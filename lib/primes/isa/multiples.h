/* Where the wanted multiples of large sieving primes lie, and crossing them off once they have
 * been sorted by segment. Compiled once for each instruction set. */
#ifndef PRIMES_ISA_MULTIPLES_H
#define PRIMES_ISA_MULTIPLES_H

#include <string.h>

#include "base/little_endian.h"
#include "isa.h"
#include "vector.h"

#include "multiples_near.h"
#if defined(__AVX512VBMI2__)
#include "multiples_avx512.h"
#else
#include "multiples_any.h"
#endif

/* The loop is a line of the instruction cache long: where it starts in one matters, 10 % of it. */
__attribute__((aligned(64))) static size_t sort_hits(const uint32_t *addresses, size_t count,
                                                     struct hit_lists *lists)
{
    uint32_t shift = lists->hit_bits;
    uintptr_t *list = lists->list;
    for (size_t i = 0; i < count; i++) {
        uintptr_t *open = &list[addresses[i] >> shift];
        uintptr_t end = *open;
        if (__builtin_expect(HIT_LIST_IS_FULL(end), 0))
            return i;
        uint32_t hit = little_endian_32(addresses[i]); /* the next hit overwrites its fourth byte */
        memcpy((void *)end, &hit, sizeof hit);
        *open = end + HIT_BYTES;
        __builtin_prefetch((const void *)(end + HIT_PREFETCH), 1);
    }
    return count;
}

static void cross_off_hits(uint8_t *segment, uint32_t segment_bits, const uint8_t *hits,
                           size_t count)
{
    uint32_t inside = (UINT32_C(1) << segment_bits) - 1;
    for (size_t i = 0; i < count; i++) {
        uint32_t hit;
        memcpy(&hit, hits + HIT_BYTES * i, sizeof hit);
        hit = little_endian_32(hit);
        segment[hit & inside] &= (uint8_t) ~(1u << (hit >> segment_bits & 7));
    }
}

#endif
