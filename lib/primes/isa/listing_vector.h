/* Listing leaves, eight entries at a time. */
#ifndef PRIMES_ISA_LISTING_VECTOR_H
#define PRIMES_ISA_LISTING_VECTOR_H

#include "order.h"

typedef uint16_t eight_entries __attribute__((vector_size(2 * LANES)));

/* Writes the leaves of the lanes that are asked for among eight entries, the first of which is that
 * of `first` + 1; more are written behind them. Returns how many. */
static inline size_t list_eight(const uint16_t *factor, uint32_t prime, unsigned lanes,
                                eight_numbers first, int32_t *leaves)
{
    const eight_bytes numbers = {1, 7, 11, 13, 17, 19, 23, 29};
    eight_entries entries;
    memcpy(&entries, factor, sizeof entries);
    eight_bytes above = __builtin_convertvector(entries > (uint16_t)prime, eight_bytes);
    lanes &= vector_signs(above);
    /* m, less 1 where the number of prime factors is even: then its complement is -m. */
    eight_bytes odd = __builtin_convertvector(entries & 1, eight_bytes);
    eight_numbers m;
    vector_pick(numbers + odd, eight_order[lanes], &m);
    m += first - 1;
    m ^= (m & 1) - 1;
    memcpy(leaves, &m, sizeof m);
    return (size_t)__builtin_popcount(lanes);
}

static size_t list_leaves(const uint16_t *factor, size_t *next, size_t end, uint32_t prime,
                          int32_t leaves[LEAVES_ROOM])
{
    size_t i = *next / LANES * LANES;
    unsigned lanes = 0xffu << (*next - i);
    eight_numbers first = (int32_t)(i / LANES * 30) + (eight_numbers){0};
    size_t count = 0;
    while (i < end && count < LEAVES_MAX) {
        if (end - i < LANES)
            lanes &= (1u << (end - i)) - 1;
        count += list_eight(factor + i, prime, lanes, first, leaves + count);
        first += 30;
        lanes = 0xff;
        for (i += LANES; i + LANES <= end && count < LEAVES_MAX; i += LANES, first += 30)
            count += list_eight(factor + i, prime, 0xff, first, leaves + count);
    }
    *next = i < end ? i : end;
    return count;
}

#endif
