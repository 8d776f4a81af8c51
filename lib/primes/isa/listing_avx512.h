/* Listing leaves, 32 entries at a time. */
#ifndef PRIMES_ISA_LISTING_AVX512_H
#define PRIMES_ISA_LISTING_AVX512_H

#include <immintrin.h>

/* Appends the leaves of 16 numbers. */
static inline size_t append_leaves(int32_t *leaves, __m512i m, __mmask16 even, __mmask16 leaf)
{
    m = _mm512_mask_sub_epi32(m, even, _mm512_setzero_si512(), m);
    _mm512_storeu_si512(leaves, _mm512_maskz_compress_epi32(leaf, m));
    return (size_t)__builtin_popcount(leaf);
}

static size_t list_leaves(const uint16_t *factor, size_t *next, size_t end, uint32_t prime,
                          int32_t leaves[LEAVES_ROOM])
{
    const __m512i first =
        _mm512_setr_epi32(1, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 49, 53, 59);
    const __m512i primes = _mm512_set1_epi16((short)prime);
    size_t count = 0;
    size_t i = *next / LANES * LANES;
    __mmask32 inside = UINT32_MAX << (*next - i);
    for (; i < end && count < LEAVES_MAX; i += 32, inside = UINT32_MAX) {
        if (end - i < 32)
            inside &= (UINT32_C(1) << (end - i)) - 1;
        __m512i entries = _mm512_maskz_loadu_epi16(inside, factor + i);
        __mmask32 leaf = _mm512_cmpgt_epu16_mask(entries, primes);
        __mmask32 even = _mm512_testn_epi16_mask(entries, _mm512_set1_epi16(1));
        __m512i m = _mm512_add_epi32(first, _mm512_set1_epi32((int)(i / LANES * 30)));
        count += append_leaves(leaves + count, m, (__mmask16)even, (__mmask16)leaf);
        m = _mm512_add_epi32(m, _mm512_set1_epi32(60));
        count += append_leaves(leaves + count, m, (__mmask16)(even >> 16), (__mmask16)(leaf >> 16));
    }
    *next = i < end ? i : end;
    return count;
}

#endif
