/* The crossing-off loops in plain C, compiled once for each instruction set by the files that
 * include this one. A loop runs at one store a cycle, which is what today's cores can do. */
#ifndef PRIMES_ISA_LOOPS_H
#define PRIMES_ISA_LOOPS_H

#include <string.h>

#include "isa.h"

/* Written out, since the lane's mask must be a constant of the instruction: eight offsets, the
 * byte, the prime and the end are eleven registers, and no mask needs one. */
#define CROSS_OFF_PERIOD(byte, offset)                                                             \
    do {                                                                                           \
        (byte)[(offset)[0]] &= (uint8_t)~1u;                                                       \
        (byte)[(offset)[1]] &= (uint8_t)~2u;                                                       \
        (byte)[(offset)[2]] &= (uint8_t)~4u;                                                       \
        (byte)[(offset)[3]] &= (uint8_t)~8u;                                                       \
        (byte)[(offset)[4]] &= (uint8_t)~16u;                                                      \
        (byte)[(offset)[5]] &= (uint8_t)~32u;                                                      \
        (byte)[(offset)[6]] &= (uint8_t)~64u;                                                      \
        (byte)[(offset)[7]] &= (uint8_t)~128u;                                                     \
    } while (0)

static void cross_off_small(uint8_t *block, uint32_t size, struct small_prime *primes, size_t count)
{
    uint8_t *end = block + size;
    for (struct small_prime *small = primes; small < primes + count; small++) {
        size_t prime = small->prime;
        size_t offset[LANES];
        for (int lane = 0; lane < LANES; lane++)
            offset[lane] = small->offset[lane];
        uint8_t *byte = block + small->position;
        for (; byte < end; byte += prime)
            CROSS_OFF_PERIOD(byte, offset);
        small->position = (int32_t)(byte - end);
    }
}

/* Eight 32-bit numbers, one for each lane; the compiler splits it where registers are narrower. */
typedef int32_t lane_vector __attribute__((vector_size(4 * LANES)));
typedef uint32_t lane_places __attribute__((vector_size(4 * LANES)));
typedef uint16_t lane_shorts __attribute__((vector_size(2 * LANES)));

/* As wheel_offsets(), in one go. (Through a pointer: a vector wider than the instruction set knows
 * has no settled way to be returned.) */
static inline void offsets_of(const struct wheel *wheel, const struct wheel_group *lanes,
                              uint32_t p, lane_vector *offset)
{
    uint32_t quotient = wheel_divide(wheel, p);
    uint32_t class = wheel->class_of[p - quotient * wheel->modulus];
    lane_shorts cofactor, carry;
    memcpy(&cofactor, lanes->cofactor[class], sizeof cofactor);
    memcpy(&carry, lanes->carry[class], sizeof carry);
    *offset = (int32_t)quotient * __builtin_convertvector(cofactor, lane_vector) +
              __builtin_convertvector(carry, lane_vector);
}

/* Dummies lie in different words: each store would wait for the one before it if they shared one.
 */
#define DUMMY_STEP 8

static void cross_off_medium(uint8_t *segment, uint32_t size, uint32_t dummy,
                             struct medium_prime *primes, size_t count, const struct wheel *wheel,
                             const struct wheel_group *lanes)
{
    lane_vector dummies = {0};
    for (int lane = 0; lane < LANES; lane++)
        dummies[lane] = (int32_t)dummy + DUMMY_STEP * lane;
    int32_t end = (int32_t)size;
    int32_t last = count ? (end - 1) / (int32_t)primes->prime : 0;
    for (struct medium_prime *medium = primes; medium < primes + count; medium++) {
        int32_t prime = (int32_t)medium->prime;
        while (last * prime >= end)
            last--;
        /* Where each lane is hit first; then it is hit once in every round, if in the last. */
        lane_vector byte;
        offsets_of(wheel, lanes, medium->prime, &byte);
        byte += medium->position;
        byte += prime & byte >> 31;
        int32_t round = 0;
        /* Narrow vectors take long to take apart: once for all rounds but the last. */
        if (VECTOR_BYTES < 32) {
            uint8_t *period = segment;
            for (; round < last; round++) {
                CROSS_OFF_PERIOD(period, (lane_places)byte);
                period += prime;
            }
            byte += last * prime;
        }
        for (; round <= last; round++) {
            lane_vector inside = byte < end;
            inside = (byte & inside) | (dummies & ~inside);
            CROSS_OFF_PERIOD(segment, (lane_places)inside);
            byte += prime;
        }
        int32_t position = medium->position + last * prime - end;
        medium->position = position + (prime & (position + prime - 1) >> 31);
    }
}

static void combine_patterns(uint8_t *restrict bytes, size_t size,
                             const uint8_t *const pattern[PATTERNS], int keep)
{
    const uint8_t *restrict a = pattern[0], *restrict b = pattern[1];
    const uint8_t *restrict c = pattern[2], *restrict d = pattern[3];
    if (keep)
        for (size_t i = 0; i < size; i++)
            bytes[i] &= a[i] & b[i] & c[i] & d[i];
    else
        for (size_t i = 0; i < size; i++)
            bytes[i] = a[i] & b[i] & c[i] & d[i];
}

#endif
