/* The functions of vector.h for AVX2. */
#ifndef PRIMES_ISA_VECTOR_AVX2_H
#define PRIMES_ISA_VECTOR_AVX2_H

#include <immintrin.h>

#include "order.h"

static inline vector vector_load_32(const uint32_t *from)
{
    return (vector)_mm256_cvtepu32_epi64(_mm_loadu_si128((const void *)from));
}

static inline vector vector_load_signed_32(const int32_t *from)
{
    return (vector)_mm256_cvtepi32_epi64(_mm_loadu_si128((const void *)from));
}

static inline vector_double vector_load_double(const uint32_t *from)
{
    return (vector_double)_mm256_cvtepi32_pd(_mm_loadu_si128((const void *)from));
}

static inline vector_double vector_minus_product(vector_double c, vector_double a, vector_double b)
{
    return (vector_double)_mm256_fnmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}

static inline vector vector_product_32(vector a, vector b)
{
    return (vector)_mm256_mul_epu32((__m256i)a, (__m256i)b);
}

/* Below the bits of 2^52 the number is the fraction. */
static inline vector_double vector_to_double(vector a)
{
    vector two52 = (vector)((vector_double){0} + 0x1p52);
    return (vector_double)(a | two52) - 0x1p52;
}

static inline vector vector_from_double(vector_double a)
{
    return (vector)_mm256_cvtepi32_epi64(_mm256_cvttpd_epi32((__m256d)a));
}

static inline vector vector_shift_left(vector a, vector bits)
{
    return (vector)_mm256_sllv_epi64((__m256i)a, (__m256i)bits);
}

/* Indexes of 16 and more have their uppermost bit set for the first half of the table, those below
 * for the second: they give 0 there. So do bytes of 0 in the second half. */
static inline vector vector_look_up(const uint8_t table[32], vector a)
{
    __m256i first = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)table));
    __m256i second = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)(table + 16)));
    __m256i below = _mm256_shuffle_epi8(first, (__m256i)(a + EVERY_BYTE(0x70)));
    __m256i above = _mm256_shuffle_epi8(second, _mm256_sub_epi8((__m256i)a, _mm256_set1_epi8(16)));
    return (vector)_mm256_or_si256(below, above);
}

static inline vector vector_nibbles(const uint8_t low[16], const uint8_t high[16], vector a)
{
    __m256i lows = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)low));
    __m256i highs = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)high));
    __m256i below = _mm256_shuffle_epi8(lows, (__m256i)(a & EVERY_BYTE(15)));
    __m256i above = _mm256_shuffle_epi8(highs, (__m256i)(a >> 4 & EVERY_BYTE(15)));
    return (vector)_mm256_add_epi8(below, above);
}

static inline vector vector_bits_of_bytes(vector a)
{
    static const uint8_t bits[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
    return vector_nibbles(bits, bits, a);
}

static inline vector vector_sum_of_bytes(vector a)
{
    return (vector)_mm256_sad_epu8((__m256i)a, _mm256_setzero_si256());
}

/* The upper byte of each short is 0. */
static inline vector vector_weigh_bytes(vector a, vector weights)
{
    return vector_sum_of_bytes((vector)_mm256_maddubs_epi16((__m256i)a, (__m256i)weights));
}

static inline uint32_t load_word(const uint8_t *from, uint32_t byte)
{
    uint32_t word;
    memcpy(&word, from + byte, sizeof word);
    return word;
}

/* The instruction that gathers takes as long, and much longer where a flaw of the processor is
 * mended. Pairs of places are taken out of a vector sooner than single ones. */
static inline vector_32 vector_words(const uint8_t *from, vector_32 byte)
{
    vector at = (vector)byte;
    uint64_t a = at[0], b = at[1], c = at[2], d = at[3];
    return (vector_32){load_word(from, (uint32_t)a), load_word(from, (uint32_t)(a >> 32)),
                       load_word(from, (uint32_t)b), load_word(from, (uint32_t)(b >> 32)),
                       load_word(from, (uint32_t)c), load_word(from, (uint32_t)(c >> 32)),
                       load_word(from, (uint32_t)d), load_word(from, (uint32_t)(d >> 32))};
}

static inline uint64_t load_word_64(const uint8_t *from, uint64_t byte)
{
    uint64_t word;
    memcpy(&word, from + byte, sizeof word);
    return word;
}

static inline vector vector_words_64(const uint8_t *from, vector byte)
{
    uint64_t at[4];
    vector_store(at, byte);
    return (vector){load_word_64(from, at[0]), load_word_64(from, at[1]), load_word_64(from, at[2]),
                    load_word_64(from, at[3])};
}

static inline vector vector_shift_right(vector a, vector bits)
{
    return (vector)_mm256_srlv_epi64((__m256i)a, (__m256i)bits);
}

static inline vector_32 vector_shift_right_32(vector_32 a, vector_32 bits)
{
    return (vector_32)_mm256_srlv_epi32((__m256i)a, (__m256i)bits);
}

static inline size_t vector_compress_32(uint32_t *to, vector_32 signs, vector_32 a)
{
    unsigned chosen = (unsigned)_mm256_movemask_ps((__m256)signs);
    __m256i order = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)eight_order[chosen]));
    _mm256_storeu_si256((void *)to, _mm256_permutevar8x32_epi32((__m256i)a, order));
    return (size_t)__builtin_popcount(chosen);
}

static inline void vector_load_pairs(const void *from, vector index, vector *first, vector *second)
{
    const __m128i *pairs = from;
    __m256i pair[2];
    uint64_t at[4];
    vector_store(at, index);
    for (int half = 0; half < 2; half++) {
        __m256i two = _mm256_castsi128_si256(_mm_loadu_si128(&pairs[at[half]]));
        pair[half] = _mm256_inserti128_si256(two, _mm_loadu_si128(&pairs[at[half + 2]]), 1);
    }
    *first = (vector)_mm256_unpacklo_epi64(pair[0], pair[1]);
    *second = (vector)_mm256_unpackhi_epi64(pair[0], pair[1]);
}

/* Lane i has the total of totals[i]. */
static inline vector vector_totals(const vector numbers[4])
{
    __m256i a = (__m256i)numbers[0], b = (__m256i)numbers[1];
    __m256i c = (__m256i)numbers[2], d = (__m256i)numbers[3];
    __m256i ab = _mm256_add_epi64(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    __m256i cd = _mm256_add_epi64(_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
    return (vector)_mm256_permute2x128_si256(ab, cd, 0x20) +
           (vector)_mm256_permute2x128_si256(ab, cd, 0x31);
}

static inline vector vector_product_signed_32(vector a, vector b)
{
    return (vector)_mm256_mul_epi32((__m256i)a, (__m256i)b);
}

static inline __m128i vector_of_eight(eight_bytes a)
{
    return _mm_set_epi64((__m64)0LL, (__m64)a);
}

static inline unsigned vector_signs(eight_bytes a)
{
    return (unsigned)_mm_movemask_epi8(vector_of_eight(a));
}

static inline void vector_pick(eight_bytes a, const uint8_t order[8], eight_numbers *picked)
{
    __m128i bytes = _mm_shuffle_epi8(vector_of_eight(a), _mm_loadl_epi64((const void *)order));
    *picked = (eight_numbers)_mm256_cvtepu8_epi32(bytes);
}

#endif
