/* The functions of vector.h for NEON. */
#ifndef PRIMES_ISA_VECTOR_NEON_H
#define PRIMES_ISA_VECTOR_NEON_H

#include <arm_neon.h>

#include "compress.h"

static inline vector vector_load_32(const uint32_t *from)
{
    return (vector)vmovl_u32(vld1_u32(from));
}

static inline vector vector_load_signed_32(const int32_t *from)
{
    return (vector)vmovl_s32(vld1_s32(from));
}

static inline vector_double vector_load_double(const uint32_t *from)
{
    return (vector_double)vcvtq_f64_u64(vmovl_u32(vld1_u32(from)));
}

static inline vector_double vector_minus_product(vector_double c, vector_double a, vector_double b)
{
    return (vector_double)vfmsq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}

static inline vector vector_product_32(vector a, vector b)
{
    return (vector)vmull_u32(vmovn_u64((uint64x2_t)a), vmovn_u64((uint64x2_t)b));
}

static inline vector_double vector_to_double(vector a)
{
    return (vector_double)vcvtq_f64_u64((uint64x2_t)a);
}

static inline vector vector_from_double(vector_double a)
{
    return (vector)vcvtq_u64_f64((float64x2_t)a);
}

static inline vector vector_shift_left(vector a, vector bits)
{
    return (vector)vshlq_u64((uint64x2_t)a, (int64x2_t)bits);
}

static inline vector vector_look_up(const uint8_t table[32], vector a)
{
    return (vector)vqtbl2q_u8(vld1q_u8_x2(table), (uint8x16_t)a);
}

static inline vector vector_nibbles(const uint8_t low[16], const uint8_t high[16], vector a)
{
    uint8x16_t below = vqtbl1q_u8(vld1q_u8(low), (uint8x16_t)(a & EVERY_BYTE(15)));
    uint8x16_t above = vqtbl1q_u8(vld1q_u8(high), (uint8x16_t)(a >> 4 & EVERY_BYTE(15)));
    return (vector)vaddq_u8(below, above);
}

static inline vector vector_bits_of_bytes(vector a)
{
    return (vector)vcntq_u8((uint8x16_t)a);
}

static inline vector vector_sum_of_bytes(vector a)
{
    return (vector)vpaddlq_u32(vpaddlq_u16(vpaddlq_u8((uint8x16_t)a)));
}

static inline vector vector_weigh_bytes(vector a, vector weights)
{
    return vector_sum_of_bytes((vector)vmulq_u8((uint8x16_t)a, (uint8x16_t)weights));
}

static inline vector_32 vector_words(const uint8_t *from, vector_32 byte)
{
    uint32_t word[4];
    for (int i = 0; i < 4; i++)
        memcpy(&word[i], from + byte[i], sizeof word[i]);
    return (vector_32){word[0], word[1], word[2], word[3]};
}

static inline vector vector_words_64(const uint8_t *from, vector byte)
{
    uint64_t word[2];
    for (int i = 0; i < 2; i++)
        memcpy(&word[i], from + byte[i], sizeof word[i]);
    return (vector){word[0], word[1]};
}

static inline vector vector_shift_right(vector a, vector bits)
{
    return (vector)vshlq_u64((uint64x2_t)a, -(int64x2_t)bits);
}

static inline vector_32 vector_shift_right_32(vector_32 a, vector_32 bits)
{
    return (vector_32)vshlq_u32((uint32x4_t)a, -(int32x4_t)bits);
}

static inline size_t vector_compress_32(uint32_t *to, vector_32 signs, vector_32 a)
{
    static const int32_t place[4] = {0, 1, 2, 3};
    uint32x4_t bits = vshlq_u32(vshrq_n_u32((uint32x4_t)signs, 31), vld1q_s32(place));
    uint32_t chosen = vaddvq_u32(bits);
    vst1q_u8((void *)to, vqtbl1q_u8((uint8x16_t)a, vld1q_u8(compress_row[chosen])));
    return compress_count[chosen];
}

static inline void vector_load_pairs(const void *from, vector index, vector *first, vector *second)
{
    const uint64_t *pairs = from;
    uint64x2_t one = vld1q_u64(pairs + 2 * index[0]);
    uint64x2_t other = vld1q_u64(pairs + 2 * index[1]);
    *first = (vector)vzip1q_u64(one, other);
    *second = (vector)vzip2q_u64(one, other);
}

static inline vector vector_totals(const vector numbers[2])
{
    return (vector)vpaddq_u64((uint64x2_t)numbers[0], (uint64x2_t)numbers[1]);
}

static inline vector vector_product_signed_32(vector a, vector b)
{
    return (vector)vmull_s32(vmovn_s64((int64x2_t)a), vmovn_s64((int64x2_t)b));
}

static inline unsigned vector_signs(eight_bytes a)
{
    const uint8x8_t bits = {1, 2, 4, 8, 16, 32, 64, 128};
    return vaddv_u8(vand_u8((uint8x8_t)vshr_n_s8((int8x8_t)a, 7), bits));
}

static inline void vector_pick(eight_bytes a, const uint8_t order[8], eight_numbers *picked)
{
    uint16x8_t shorts = vmovl_u8(vtbl1_u8((uint8x8_t)a, vld1_u8(order)));
    uint32x4_t numbers[2] = {vmovl_u16(vget_low_u16(shorts)), vmovl_u16(vget_high_u16(shorts))};
    memcpy(picked, numbers, sizeof numbers);
}

#endif
