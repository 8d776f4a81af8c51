/* The functions of vector.h for AVX-512. */
#ifndef PRIMES_ISA_VECTOR_AVX512_H
#define PRIMES_ISA_VECTOR_AVX512_H

#include <immintrin.h>

static inline vector vector_load_32(const uint32_t *from)
{
    return (vector)_mm512_cvtepu32_epi64(_mm256_loadu_si256((const void *)from));
}

static inline vector vector_load_signed_32(const int32_t *from)
{
    return (vector)_mm512_cvtepi32_epi64(_mm256_loadu_si256((const void *)from));
}

static inline vector_double vector_load_double(const uint32_t *from)
{
    return (vector_double)_mm512_cvtepi32_pd(_mm256_loadu_si256((const void *)from));
}

static inline vector_double vector_minus_product(vector_double c, vector_double a, vector_double b)
{
    return (vector_double)_mm512_fnmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}

static inline vector vector_product_32(vector a, vector b)
{
    return (vector)_mm512_mul_epu32((__m512i)a, (__m512i)b);
}

static inline vector_double vector_to_double(vector a)
{
    return (vector_double)_mm512_cvtepi64_pd((__m512i)a);
}

static inline vector vector_from_double(vector_double a)
{
    return (vector)_mm512_cvttpd_epi64((__m512d)a);
}

static inline vector vector_shift_left(vector a, vector bits)
{
    return (vector)_mm512_sllv_epi64((__m512i)a, (__m512i)bits);
}

static inline vector vector_look_up(const uint8_t table[32], vector a)
{
    __m256i entries = _mm256_loadu_si256((const void *)table);
    return (vector)_mm512_permutexvar_epi8((__m512i)a, _mm512_castsi256_si512(entries));
}

static inline vector vector_nibbles(const uint8_t low[16], const uint8_t high[16], vector a)
{
    __m512i lows = _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)low));
    __m512i highs = _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)high));
    __m512i below = _mm512_shuffle_epi8(lows, (__m512i)(a & EVERY_BYTE(15)));
    __m512i above = _mm512_shuffle_epi8(highs, (__m512i)(a >> 4 & EVERY_BYTE(15)));
    return (vector)_mm512_add_epi8(below, above);
}

static inline vector vector_bits_of_bytes(vector a)
{
    return (vector)_mm512_popcnt_epi8((__m512i)a);
}

static inline vector vector_sum_of_bytes(vector a)
{
    return (vector)_mm512_sad_epu8((__m512i)a, _mm512_setzero_si512());
}

/* The upper byte of each short is 0. */
static inline vector vector_weigh_bytes(vector a, vector weights)
{
    return vector_sum_of_bytes((vector)_mm512_maddubs_epi16((__m512i)a, (__m512i)weights));
}

static inline vector_32 vector_words(const uint8_t *from, vector_32 byte)
{
    return (vector_32)_mm512_i32gather_epi32((__m512i)byte, from, 1);
}

static inline vector vector_words_64(const uint8_t *from, vector byte)
{
    return (vector)_mm512_i64gather_epi64((__m512i)byte, from, 1);
}

static inline vector vector_shift_right(vector a, vector bits)
{
    return (vector)_mm512_srlv_epi64((__m512i)a, (__m512i)bits);
}

static inline vector_32 vector_shift_right_32(vector_32 a, vector_32 bits)
{
    return (vector_32)_mm512_srlv_epi32((__m512i)a, (__m512i)bits);
}

static inline size_t vector_compress_32(uint32_t *to, vector_32 signs, vector_32 a)
{
    __mmask16 mask = _mm512_movepi32_mask((__m512i)signs);
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(mask, (__m512i)a));
    return (size_t)__builtin_popcount(mask);
}

static inline void vector_load_pairs(const void *from, vector index, vector *first, vector *second)
{
    const __m128i *pairs = from;
    __m512i pair[2];
    uint64_t at[8];
    vector_store(at, index);
    for (int half = 0; half < 2; half++) {
        __m512i four = _mm512_castsi128_si512(_mm_loadu_si128(&pairs[at[half]]));
        four = _mm512_inserti64x2(four, _mm_loadu_si128(&pairs[at[half + 2]]), 1);
        four = _mm512_inserti64x2(four, _mm_loadu_si128(&pairs[at[half + 4]]), 2);
        pair[half] = _mm512_inserti64x2(four, _mm_loadu_si128(&pairs[at[half + 6]]), 3);
    }
    *first = (vector)_mm512_unpacklo_epi64(pair[0], pair[1]);
    *second = (vector)_mm512_unpackhi_epi64(pair[0], pair[1]);
}

static inline vector vector_totals(const vector numbers[8])
{
    __m512i two[4];
    for (int i = 0; i < 4; i++) {
        __m512i a = (__m512i)numbers[2 * i], b = (__m512i)numbers[2 * i + 1];
        two[i] = _mm512_add_epi64(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    }
    for (int i = 0; i < 2; i++) {
        __m512i a = two[2 * i], b = two[2 * i + 1];
        two[i] =
            _mm512_add_epi64(_mm512_shuffle_i64x2(a, b, 0x88), _mm512_shuffle_i64x2(a, b, 0xdd));
    }
    return (vector)_mm512_shuffle_i64x2(two[0], two[1], 0x88) +
           (vector)_mm512_shuffle_i64x2(two[0], two[1], 0xdd);
}

static inline vector vector_product_signed_32(vector a, vector b)
{
    return (vector)_mm512_mul_epi32((__m512i)a, (__m512i)b);
}

#endif
