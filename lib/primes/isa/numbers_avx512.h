/* Listing the numbers of a bitmap, eight at a time. */
#ifndef PRIMES_ISA_NUMBERS_AVX512_H
#define PRIMES_ISA_NUMBERS_AVX512_H

#include <immintrin.h>

/* The offsets of the set bits are compressed into the low bytes of a vector, and widened eight at a
 * time, the last time perhaps more than there are. */
static size_t list_numbers(const uint8_t *words, size_t count, uint64_t first,
                           const uint8_t offset[64], uint64_t *numbers)
{
    uint64_t *next = numbers;
    __m512i offsets = _mm512_loadu_si512(offset);
    for (size_t i = 0; i < count; i++, first += WORD_NUMBERS) {
        uint64_t word;
        memcpy(&word, words + 8 * i, sizeof word);
        uint8_t compressed[64];
        _mm512_storeu_si512(compressed, _mm512_maskz_compress_epi8(word, offsets));
        size_t bits = (size_t)__builtin_popcountll(word);
        __m512i base = _mm512_set1_epi64((long long)first);
        for (size_t done = 0; done < bits; done += 8) {
            __m128i eight = _mm_loadl_epi64((const __m128i *)(const void *)(compressed + done));
            _mm512_storeu_si512(next + done, _mm512_add_epi64(base, _mm512_cvtepu8_epi64(eight)));
        }
        next += bits;
    }
    return (size_t)(next - numbers);
}

#endif
