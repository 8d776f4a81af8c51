/* The loops over leaves, eight at a time, for processors that count bits in vectors. */
#ifndef PRIMES_ISA_LEAVES_AVX512_H
#define PRIMES_ISA_LEAVES_AVX512_H

#include <immintrin.h>

/* By a number's rest modulo 30: how many of the byte's numbers lie there or below. Any index of 16
 * bits that is 0 gives 0, which leaves the upper parts of a word alone. */
static inline __m512i numbers_up_to(__m512i rest)
{
    static const uint16_t entries[32] = {0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 4,
                                         4, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 8, 0, 0};
    return _mm512_permutexvar_epi16(rest, _mm512_loadu_si512(entries));
}

/* Where numbers below 2^32, relative to the start of a bitmap, have their bits: in `byte`, after so
 * many `bits` of it. */
static inline void place(__m512i number, __m512i *byte, __m512i *bits)
{
    /* 2290649225 = 2^36 / 30 rounded up, which is exact for 32 bits. */
    *byte = _mm512_srli_epi64(_mm512_mul_epu32(number, _mm512_set1_epi64(2290649225)), 36);
    __m512i rest = _mm512_sub_epi64(number, _mm512_mul_epu32(*byte, _mm512_set1_epi64(30)));
    *bits = numbers_up_to(rest);
}

/* Of each word: how many bits are set, the sum of their residues modulo 30, and the sum of the
 * indexes of their bytes. */
struct line_moments {
    __m512i count, residues, bytes;
};

static inline struct line_moments moments_of(__m512i bits)
{
    const __m512i low = _mm512_set1_epi8(15);
    const __m512i zero = _mm512_setzero_si512();
    /* By four bits of a byte: the sum of the residues that are set among 1, 7, 11, 13, and among
     * 17, 19, 23, 29. */
    const __m512i low_residues = _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, 1, 7, 8, 11, 12, 18, 19, 13, 14, 20, 21, 24, 25, 31, 32));
    const __m512i high_residues = _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, 17, 19, 36, 23, 40, 42, 59, 29, 46, 48, 65, 52, 69, 71, 88));
    const __m512i index = _mm512_set1_epi64(0x0706050403020100);
    __m512i counts = _mm512_popcnt_epi8(bits);
    __m512i residues = _mm512_add_epi8(
        _mm512_shuffle_epi8(low_residues, _mm512_and_si512(bits, low)),
        _mm512_shuffle_epi8(high_residues, _mm512_and_si512(_mm512_srli_epi64(bits, 4), low)));
    return (struct line_moments){
        _mm512_sad_epu8(counts, zero),
        _mm512_sad_epu8(residues, zero),
        /* At most 8 * 13 in each short, so that its upper byte is 0. */
        _mm512_sad_epu8(_mm512_maddubs_epi16(index, counts), zero),
    };
}

/* n / m - first for eight m, n by its lowest 64 bits, where what `first` leaves of n is below 2^52.
 * Division in floating point rounds to nearest; below an integer that quotient is at least 1 / m
 * below it, which is more than that. */
static inline __m512i quotients_of(uint64_t n, __m512i m, uint64_t first)
{
    __m512i rest = _mm512_sub_epi64(_mm512_set1_epi64((int64_t)n),
                                    _mm512_mullo_epi64(_mm512_set1_epi64((int64_t)first), m));
    return _mm512_cvttpd_epi64(_mm512_div_pd(_mm512_cvtepi64_pd(rest), _mm512_cvtepi64_pd(m)));
}

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

/* What the lines before each leaf's, and the leaves' own lines up to the leaf, come to; the numbers
 * of the lines by word. */
struct line_sums {
    __m512i weight;
    __m512i count, low, high; /* before: the sum by the lower 22 bits and those above            */
    struct line_moments line; /* the indexes of bytes relative to the word, and times 64 of lines */
};

/* The tally of the lines before one. */
static inline uint64_t tally_before(const uint64_t *tally, uint32_t line)
{
    __m512i sum = _mm512_setzero_si512();
    uint32_t i = 0;
    for (; i + 8 <= line; i += 8)
        sum = _mm512_add_epi64(sum, _mm512_loadu_si512(tally + i));
    __mmask8 rest = (__mmask8)((1u << (line - i)) - 1);
    sum = _mm512_add_epi64(sum, _mm512_maskz_loadu_epi64(rest, tally + i));
    return (uint64_t)_mm512_reduce_add_epi64(sum);
}

/* One leaf: the bits of its line up to it. */
static inline void add_line(struct line_sums *sums, const uint8_t *line, uint64_t index,
                            uint64_t bits, int64_t weight)
{
    const __m512i one = _mm512_set1_epi64(1);
    const __m512i words = _mm512_setr_epi64(0, 64, 128, 192, 256, 320, 384, 448);
    /* What is left of `bits` for each word; 64 and above shift the one out. */
    __m512i length = _mm512_subs_epu16(_mm512_set1_epi64((int64_t)bits), words);
    __m512i mask = _mm512_sub_epi64(_mm512_sllv_epi64(one, length), one);
    struct line_moments moments = moments_of(_mm512_and_si512(_mm512_load_si512(line), mask));
    __m512i times = _mm512_set1_epi64(weight);
    __m512i bytes = _mm512_add_epi64(
        moments.bytes,
        _mm512_mul_epu32(moments.count, _mm512_set1_epi64((int64_t)(index * LINE_BYTES))));
    sums->line.count = _mm512_add_epi64(sums->line.count, _mm512_mul_epi32(times, moments.count));
    sums->line.residues =
        _mm512_add_epi64(sums->line.residues, _mm512_mul_epi32(times, moments.residues));
    sums->line.bytes = _mm512_add_epi64(sums->line.bytes, _mm512_mul_epi32(times, bytes));
}

/* Eight leaves, of which those with weight 0 do not count. */
static inline void add_leaves(struct line_sums *sums, const struct counted_bitmap *bitmap,
                              const uint64_t *running, __m512i v, __m512i weight, size_t count)
{
    uint64_t line[8], bits[8], before[8] = {0};
    int64_t times[8];
    __m512i byte, in_byte;
    place(v, &byte, &in_byte);
    __m512i in_line = _mm512_slli_epi64(_mm512_and_si512(byte, _mm512_set1_epi64(63)), 3);
    _mm512_storeu_si512(line, _mm512_srli_epi64(byte, 6));
    _mm512_storeu_si512(bits, _mm512_add_epi64(in_line, in_byte));
    _mm512_storeu_si512(times, weight);
    for (size_t i = 0; i < count; i++) {
        before[i] = running ? running[line[i]] : tally_before(bitmap->tally, (uint32_t)line[i]);
        add_line(sums, bitmap->bytes + LINE_BYTES * line[i], line[i], bits[i], times[i]);
    }
    __m512i tally = _mm512_loadu_si512(before);
    const __m512i lowest = _mm512_set1_epi64((1 << 22) - 1);
    __m512i high = _mm512_and_si512(_mm512_srli_epi64(tally, 22),
                                    _mm512_set1_epi64((1 << (TALLY_SHIFT - 22)) - 1));
    sums->weight = _mm512_add_epi64(sums->weight, weight);
    sums->count = _mm512_add_epi64(sums->count,
                                   _mm512_mul_epi32(weight, _mm512_srli_epi64(tally, TALLY_SHIFT)));
    sums->low =
        _mm512_add_epi64(sums->low, _mm512_mul_epi32(weight, _mm512_and_si512(tally, lowest)));
    sums->high = _mm512_add_epi64(sums->high, _mm512_mul_epi32(weight, high));
}

/* Sign-extended to 128 bits. */
static inline uint128 total_of(__m512i sums)
{
    return (uint128)_mm512_reduce_add_epi64(sums);
}

/* No sum runs over: that of the byte indexes of 2^10.1 leaves m < 2^LEAF_BITS, with lines of 2^8.5
 * bits where the multiples of 2 to 17 are off, stays below 2^(18.6 + LEAF_BITS) times the size of
 * the bitmap, 2^15, or of a quarter as many leaves in 2^17. */
static void sum_leaves(const struct counted_bitmap *bitmap, const uint64_t *running, uint64_t first,
                       enum weight weight, uint64_t n, const int32_t *leaves, size_t count,
                       struct leaf_sums *total)
{
    const __m512i zero = _mm512_setzero_si512();
    const __m512i one = _mm512_set1_epi64(1);
    struct line_sums sums = {zero, zero, zero, zero, {zero, zero, zero}};
    for (size_t i = 0; i < count; i += 8) {
        size_t some = count - i < 8 ? count - i : 8;
        __mmask8 inside = (__mmask8)((1u << some) - 1);
        __m256i m32 = _mm256_mask_loadu_epi32(_mm256_set1_epi32(leaves[i]), inside, leaves + i);
        __m512i m = _mm512_cvtepi32_epi64(m32);
        __m512i times = weight == WEIGHT_PRIME ? m : _mm512_or_si512(_mm512_srai_epi64(m, 63), one);
        __m512i v = quotients_of(n, _mm512_abs_epi64(m), first);
        add_leaves(&sums, bitmap, running, v, _mm512_maskz_mov_epi64(inside, times), some);
    }
    const __m512i words = _mm512_setr_epi64(0, 8, 16, 24, 32, 40, 48, 56);
    __m512i bytes = _mm512_add_epi64(sums.line.bytes, _mm512_mullo_epi64(words, sums.line.count));
    total->weight += _mm512_reduce_add_epi64(sums.weight);
    total->count += total_of(_mm512_add_epi64(sums.count, sums.line.count));
    total->offsets += total_of(sums.low) + (total_of(sums.high) << 22) +
                      total_of(sums.line.residues) + 30 * total_of(bytes);
}

#endif
