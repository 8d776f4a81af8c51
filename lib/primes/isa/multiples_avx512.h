/* Finding the multiples of large sieving primes, eight or sixteen primes at a time. */
#ifndef PRIMES_ISA_MULTIPLES_AVX512_H
#define PRIMES_ISA_MULTIPLES_AVX512_H

#include <immintrin.h>

/* Sixteen primes at a time: each is the first of them plus twice the half gaps in between, which
 * are summed up by fours with weights of two and, from its own gap on, zero. */
static void list_primes(const uint8_t *half_gaps, size_t count, uint32_t first, uint32_t *primes)
{
    __m512i weight[4];
    for (int four = 0; four < 4; four++) {
        int8_t twos[64];
        for (int i = 0; i < 64; i++)
            twos[i] = 4 * four + i % 4 < i / 4 ? 2 : 0;
        weight[four] = _mm512_loadu_si512(twos);
    }
    for (size_t i = 0; i < count; i += 16) {
        __m512i sums = _mm512_setzero_si512();
        for (int four = 0; four < 4; four++) {
            int gaps;
            memcpy(&gaps, half_gaps + i + 4 * four, sizeof gaps);
            sums = _mm512_dpbusd_epi32(sums, _mm512_set1_epi32(gaps), weight[four]);
        }
        _mm512_storeu_si512(primes + i, _mm512_add_epi32(_mm512_set1_epi32((int)first), sums));
        __m128i all = _mm_loadu_si128((const __m128i *)(const void *)(half_gaps + i));
        all = _mm_sad_epu8(all, _mm_setzero_si128());
        first += 2 * (uint32_t)(_mm_cvtsi128_si32(all) + _mm_extract_epi32(all, 2));
    }
}

/* Eight primes: the first multiple of each that lies at or above the query's first number, that
 * number's `distance` below it, and its cofactor, 2 * index + 1. */
struct runs {
    __m512i twice, index, distance;
    __m512d inverse; /* of twice the prime                                                       */
};

/* The index is half the quotient, rounded to the nearest. What is taken off is more than floating
 * point can be wrong for primes above 2^16, so the result is right or too small by one. The inverse
 * comes from two steps of Newton's, which take a third of the time of a division (Zen 4). */
static inline void runs_start(struct runs *runs, const uint32_t *primes,
                              const struct run_query *query)
{
    const __m512d one = _mm512_set1_pd(1);
    const __m512d margin = _mm512_set1_pd(0.25);
    __m512i first = _mm512_set1_epi64((long long)query->first);
    __m512i prime =
        _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)primes));
    __m512i twice = _mm512_add_epi64(prime, prime);
    __m512d divisor = _mm512_cvtepi64_pd(twice);
    __m512d inverse = _mm512_rcp14_pd(divisor);
    for (int i = 0; i < 2; i++)
        inverse = _mm512_fmadd_pd(inverse, _mm512_fnmadd_pd(divisor, inverse, one), inverse);
    __m512i index =
        _mm512_cvtpd_epi64(_mm512_fmsub_pd(_mm512_set1_pd((double)query->first), inverse, margin));
    __m512i distance =
        _mm512_add_epi64(_mm512_mullo_epi64(index, twice), _mm512_sub_epi64(prime, first));
    __mmask8 below = _mm512_movepi64_mask(distance);
    index = _mm512_mask_add_epi64(index, below, index, _mm512_set1_epi64(1));
    distance = _mm512_mask_add_epi64(distance, below, distance, twice);
    if (query->squares) {
        __m512i own = _mm512_srli_epi64(prime, 1);
        __mmask8 early = _mm512_cmplt_epi64_mask(index, own);
        index = _mm512_mask_mov_epi64(index, early, own);
        distance = _mm512_mask_sub_epi64(distance, early, _mm512_mul_epu32(prime, prime), first);
    }
    *runs = (struct runs){twice, index, distance, inverse};
}

/* The bit of a pattern that stands for each cofactor. */
static inline __m512d pattern_bits(const struct cofactor_pattern *pattern, __m512d index)
{
    __m512d bit = _mm512_sub_pd(index, _mm512_set1_pd(pattern->first));
    __m512d turns = _mm512_add_pd(bit, _mm512_set1_pd(0.5));
    turns = _mm512_mul_pd(turns, _mm512_set1_pd(pattern->reciprocal));
    turns = _mm512_roundscale_pd(turns, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    return _mm512_fnmadd_pd(turns, _mm512_set1_pd(pattern->period), bit);
}

/* An unaligned 32-bit word shows so many cofactors: a short run. */
#define SHORT_RUN 25

static inline __m512i join(__m256i low, __m256i high)
{
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/* Sixteen primes with short runs at once, first cofactor by first cofactor, then second by second,
 * and so on. */
static inline size_t find_short(const uint32_t *primes, const struct run_query *query,
                                uint32_t *distances)
{
    const __m512i one = _mm512_set1_epi32(1);
    struct runs low, high;
    runs_start(&low, primes, query);
    runs_start(&high, primes + 8, query);
    __m512d low_index = _mm512_cvtepi64_pd(low.index);
    __m512d high_index = _mm512_cvtepi64_pd(high.index);
    __m512i wanted = _mm512_set1_epi32(-1);
    for (uint32_t i = 0; i < query->patterns; i++) {
        const struct cofactor_pattern *pattern = &query->pattern[i];
        __m512i bit = join(_mm512_cvttpd_epi32(pattern_bits(pattern, low_index)),
                           _mm512_cvttpd_epi32(pattern_bits(pattern, high_index)));
        __m512i words = _mm512_i32gather_epi32(_mm512_srli_epi32(bit, 3), pattern->bits, 1);
        words = _mm512_srlv_epi32(words, _mm512_and_si512(bit, _mm512_set1_epi32(7)));
        wanted = _mm512_and_si512(wanted, words);
    }
    /* What does not fit 32 bits is too far away, and stays so.                                  */
    __m512i distance = join(_mm512_cvtusepi64_epi32(_mm512_srli_epi64(low.distance, 1)),
                            _mm512_cvtusepi64_epi32(_mm512_srli_epi64(high.distance, 1)));
    __m512i prime = _mm512_loadu_si512(primes);
    __m512i most = _mm512_set1_epi32((int)(query->numbers / 2 - 1));
    __m512i left = _mm512_sub_epi32(most, distance);
    __mmask16 inside = _mm512_cmple_epu32_mask(distance, most);
    uint32_t *next = distances;
    for (uint32_t i = 0; i < query->cofactors; i++) {
        __mmask16 hit = _mm512_mask_test_epi32_mask(inside, wanted, one);
        _mm512_storeu_si512(next, _mm512_maskz_compress_epi32(hit, distance));
        next += __builtin_popcount(hit);
        wanted = _mm512_srli_epi32(wanted, 1);
        distance = _mm512_add_epi32(distance, prime);
        inside = _mm512_mask_cmpge_epu32_mask(inside, left, prime);
        left = _mm512_sub_epi32(left, prime);
    }
    return (size_t)(next - distances);
}

/* The wanted among the cofactors from `skip` on. The half keeps the quotient, the number of further
 * steps of 2 p, away from whole numbers. */
static inline __m512i wanted_cofactors(struct runs *runs, const struct run_query *query)
{
    const __m512i one = _mm512_set1_epi64(1);
    __m512i skip = _mm512_set1_epi64(query->skip);
    runs->index = _mm512_add_epi64(runs->index, skip);
    runs->distance = _mm512_add_epi64(runs->distance, _mm512_mullo_epi64(skip, runs->twice));
    __m512i numbers = _mm512_set1_epi64((long long)query->numbers);
    __mmask8 inside = _mm512_cmplt_epu64_mask(runs->distance, numbers);
    __m512d left = _mm512_cvtepi64_pd(_mm512_sub_epi64(numbers, runs->distance));
    left = _mm512_mul_pd(_mm512_sub_pd(left, _mm512_set1_pd(0.5)), runs->inverse);
    __m512i count = _mm512_add_epi64(_mm512_cvttpd_epi64(left), one);
    count = _mm512_min_epi64(count, _mm512_set1_epi64(COFACTOR_RUN));
    __m512i wanted = _mm512_maskz_sub_epi64(inside, _mm512_sllv_epi64(one, count), one);
    __m512d index = _mm512_cvtepi64_pd(runs->index);
    for (uint32_t i = 0; i < query->patterns; i++) {
        const struct cofactor_pattern *pattern = &query->pattern[i];
        __m512i bit = _mm512_cvttpd_epi64(pattern_bits(pattern, index));
        __m512i words = _mm512_i64gather_epi64(_mm512_srli_epi64(bit, 3), pattern->bits, 1);
        words = _mm512_srlv_epi64(words, _mm512_and_si512(bit, _mm512_set1_epi64(7)));
        wanted = _mm512_and_si512(wanted, words);
    }
    return wanted;
}

/* Eight primes, one after the other, sixteen wanted cofactors of each at once. */
static inline size_t find_long(const uint32_t *primes, const struct run_query *query,
                               uint32_t *distances)
{
    static const uint8_t numbers[64] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    struct runs runs;
    runs_start(&runs, primes, query);
    uint64_t wanted[8], distance[8];
    _mm512_storeu_si512(wanted, wanted_cofactors(&runs, query));
    _mm512_storeu_si512(distance, _mm512_srli_epi64(runs.distance, 1));
    uint32_t *next = distances;
    for (int i = 0; i < 8; i++) {
        uint8_t list[64];
        _mm512_storeu_si512(list,
                            _mm512_maskz_compress_epi8(wanted[i], _mm512_loadu_si512(numbers)));
        __m512i first = _mm512_set1_epi32((int)distance[i]);
        __m512i prime = _mm512_set1_epi32((int)primes[i]);
        size_t count = (size_t)__builtin_popcountll(wanted[i]);
        for (size_t done = 0; done < count; done += 16) {
            __m512i steps =
                _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)(list + done)));
            _mm512_storeu_si512(next + done,
                                _mm512_add_epi32(first, _mm512_mullo_epi32(steps, prime)));
        }
        next += count;
    }
    return (size_t)(next - distances);
}

static size_t find_multiples(const uint32_t *primes, size_t count, const struct run_query *query,
                             uint32_t *distances)
{
    bool is_short = query->skip == 0 && query->cofactors <= SHORT_RUN;
    struct near near;
    if (is_short && near_start(&near, primes, count, query))
        return find_near(&near, primes, count, query, distances);
    uint32_t *next = distances;
    for (size_t i = 0; i < count; i += PRIMES_AT_A_TIME) {
        if (is_short) {
            next += find_short(primes + i, query, next);
        } else {
            next += find_long(primes + i, query, next);
            next += find_long(primes + i + 8, query, next);
        }
    }
    return (size_t)(next - distances);
}

#endif
