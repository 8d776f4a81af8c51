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

#include "isa.h"
#include "vector.h"

#define TURNS        8 /* vectors a group: the adder tree's fan-in */
#define GROUP_BYTES  (TURNS * VECTOR_BYTES)
#define STRIP_GROUPS 255 /* an eight-bit counter grows by one a group at most */

/* sum and carry of three bits in every position. */
#define CARRY_SAVE_ADD(carry, sum, a, b, c)                                                        \
    do {                                                                                           \
        vector difference_ = (a) ^ (b);                                                            \
        vector shared_ = (a) & (b);                                                                \
        vector third_ = (c);                                                                       \
        sum = difference_ ^ third_;                                                                \
        carry = shared_ | (difference_ & third_);                                                  \
    } while (0)

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
                running += vector_bits_of_bytes(v[turn]);
                weighted += running;
            }
            running += vector_bits_of_bytes(v[0]);
            turn_sum += vector_sum_of_bytes(weighted);
            bits += vector_sum_of_bytes(running);
            group_sum += bits;
        }
        add_lane_counters(counter, moments);
    }
    add_vector(ones, 1, moments);
    add_vector(twos, 2, moments);
    add_vector(fours, 4, moments);

    /* A bit of group g entered `bits` before g + 1 of the groups were still to be added, that is,
     * group_sum has it groups - g times. */
    uint64_t group_moment = groups * vector_total(bits) - vector_total(group_sum);
    moments->byte_moment += GROUP_BYTES * group_moment + VECTOR_BYTES * vector_total(turn_sum);
}

#endif
