/* Sums over a bitmap without looking at single bits, in vectors of VECTOR_BYTES bytes, which the
 * including file sets to what its instruction set holds in a register.
 *
 * Two things are wanted: how many bits are set in each of the eight lanes, and the sum of the byte
 * indexes of all set bits. With vector index k = 8 group + turn the second is
 *
 *     VECTOR_BYTES * sum k * bits(vector k)  +  sum of (byte within its vector).
 *
 * - A carry-save adder tree (Harley-Seal; Muła, Kurz and Lemire, "Faster population counts using
 *   AVX2 instructions", 2018, section 2) turns eight vectors into one of weight eight; only that
 *   one is split into lanes. As its counters are kept for each byte of the vector, they also give
 *   the second term above.
 * - The first term needs no multiplication: the weight `turn` comes from adding the running sum
 *   of bits once for every following vector, the weight `group` from the same trick a level up. */
#ifndef PRIMES_ISA_MOMENTS_H
#define PRIMES_ISA_MOMENTS_H

#include <string.h>
#if defined(__AVX512BITALG__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#include "isa.h"

typedef uint64_t vector __attribute__((vector_size(VECTOR_BYTES)));
typedef uint8_t vector_bytes __attribute__((vector_size(VECTOR_BYTES)));

#define TURNS        8 /* vectors a group: the adder tree's fan-in */
#define GROUP_BYTES  (TURNS * VECTOR_BYTES)
#define STRIP_GROUPS 255 /* an eight-bit counter grows by one a group at most */

#define EVERY_BYTE(value)  (UINT64_C(0x0101010101010101) * (value))
#define EVERY_SHORT(value) (UINT64_C(0x0001000100010001) * (value))

/* sum and carry of three bits in every position. */
#define CARRY_SAVE_ADD(carry, sum, a, b, c)                                                        \
    do {                                                                                           \
        vector difference_ = (a) ^ (b);                                                            \
        vector shared_ = (a) & (b);                                                                \
        vector third_ = (c);                                                                       \
        sum = difference_ ^ third_;                                                                \
        carry = shared_ | (difference_ & third_);                                                  \
    } while (0)

/* The number of set bits of every byte: one instruction where there is one. */
static inline vector bits_of_bytes(vector x)
{
#if defined(__AVX512BITALG__) && VECTOR_BYTES == 64
    return (vector)_mm512_popcnt_epi8((__m512i)x);
#elif defined(__ARM_NEON) && VECTOR_BYTES == 16
    return (vector)vcntq_u8((uint8x16_t)x);
#else
    x -= x >> 1 & EVERY_BYTE(0x55);
    x = (x & EVERY_BYTE(0x33)) + (x >> 2 & EVERY_BYTE(0x33));
    return (x + (x >> 4)) & EVERY_BYTE(0x0f);
#endif
}

/* The sum of the eight bytes of every 64-bit word. */
static inline vector sum_of_bytes(vector x)
{
    x = (x & EVERY_SHORT(0xff)) + (x >> 8 & EVERY_SHORT(0xff));
    x += x >> 32;
    return (x + (x >> 16)) & 0xffff;
}

static inline uint64_t sum_of_words(vector x)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < VECTOR_BYTES / 8; i++)
        sum += x[i];
    return sum;
}

/* The bits of one vector, counted `weight` times. */
static void add_vector(vector x, uint64_t weight, struct bitmap_moments *moments)
{
    uint8_t bytes[VECTOR_BYTES];
    memcpy(bytes, &x, sizeof bytes);
    for (size_t i = 0; i < VECTOR_BYTES; i++) {
        for (int lane = 0; lane < LANES; lane++) {
            uint64_t bit = bytes[i] >> lane & 1;
            moments->lane_count[lane] += bit * weight;
            moments->byte_moment += bit * weight * i;
        }
    }
}

static void add_lane_counters(const vector *counter, struct bitmap_moments *moments)
{
    for (int lane = 0; lane < LANES; lane++) {
        vector_bytes counts = (vector_bytes)counter[lane];
        for (size_t i = 0; i < VECTOR_BYTES; i++) {
            moments->lane_count[lane] += (uint64_t)TURNS * counts[i];
            moments->byte_moment += (uint64_t)TURNS * counts[i] * i;
        }
    }
}

static void add_moments(const uint8_t *bytes, size_t size, struct bitmap_moments *moments)
{
    vector zero = {0};
    vector ones = zero, twos = zero, fours = zero;
    vector bits = zero;      /* set bits in all groups so far                                    */
    vector group_sum = zero; /* sum of `bits` before each group: what later groups weigh more    */
    vector turn_sum = zero;  /* sum of turn * bits                                               */
    size_t groups = size / GROUP_BYTES;

    for (size_t strip = 0; strip < groups; strip += STRIP_GROUPS) {
        size_t strip_end = groups - strip < STRIP_GROUPS ? groups : strip + STRIP_GROUPS;
        vector counter[LANES] = {zero, zero, zero, zero, zero, zero, zero, zero};
        for (size_t group = strip; group < strip_end; group++) {
            const vector *v = (const vector *)(const void *)(bytes + group * GROUP_BYTES);
            vector two_a, two_b, four_a, four_b, eights;
            CARRY_SAVE_ADD(two_a, ones, ones, v[0], v[1]);
            CARRY_SAVE_ADD(two_b, ones, ones, v[2], v[3]);
            CARRY_SAVE_ADD(four_a, twos, twos, two_a, two_b);
            CARRY_SAVE_ADD(two_a, ones, ones, v[4], v[5]);
            CARRY_SAVE_ADD(two_b, ones, ones, v[6], v[7]);
            CARRY_SAVE_ADD(four_b, twos, twos, two_a, two_b);
            CARRY_SAVE_ADD(eights, fours, fours, four_a, four_b);
            for (int lane = 0; lane < LANES; lane++)
                counter[lane] += eights >> lane & EVERY_BYTE(1);

            /* From the last vector to the first, so that vector t is added t times: the sums stay
             * below 8 * (1 + ... + 7) = 224 and fit their bytes. */
            vector running = zero, weighted = zero;
            for (int turn = TURNS - 1; turn > 0; turn--) {
                running += bits_of_bytes(v[turn]);
                weighted += running;
            }
            running += bits_of_bytes(v[0]);
            turn_sum += sum_of_bytes(weighted);
            bits += sum_of_bytes(running);
            group_sum += bits;
        }
        add_lane_counters(counter, moments);
    }
    add_vector(ones, 1, moments);
    add_vector(twos, 2, moments);
    add_vector(fours, 4, moments);

    /* A bit of group g entered `bits` before g + 1 of the groups were still to be added, that is,
     * group_sum has it groups - g times. */
    uint64_t group_moment = groups * sum_of_words(bits) - sum_of_words(group_sum);
    moments->byte_moment += GROUP_BYTES * group_moment + VECTOR_BYTES * sum_of_words(turn_sum);
}

#endif
