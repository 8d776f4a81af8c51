/* Arithmetic modulo several numbers at a time, in Montgomery's form: x stands for x / 2^64
 * (Montgomery, "Modular multiplication without trial division", 1985). The inverse is that of n
 * itself, not of -n, so that the reduction ends in a subtraction and any odd n below 2^64 will do.
 *
 * A `residue` holds as many numbers as a register does, and a `choice` a bit for each of them. */
#ifndef PRIMES_ISA_RESIDUES_H
#define PRIMES_ISA_RESIDUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/uint128.h"

#if defined(__AVX512DQ__)
#include <immintrin.h>

/* A register holds so many numbers of 64 bits. */
#define RESIDUE_NUMBERS 8

typedef __m512i residue;
typedef __mmask8 choice;

static inline residue load(const uint64_t *numbers)
{
    return _mm512_loadu_si512(numbers);
}

static inline residue every(uint64_t number)
{
    return _mm512_set1_epi64((long long)number);
}

static inline choice equal(residue a, residue b)
{
    return _mm512_cmpeq_epu64_mask(a, b);
}

static inline choice less(residue a, residue b)
{
    return _mm512_cmplt_epu64_mask(a, b);
}

static inline choice has_bit(residue a, int bit)
{
    return _mm512_test_epi64_mask(a, every(UINT64_C(1) << bit));
}

static inline choice both(choice a, choice b)
{
    return (choice)(a & b);
}

static inline choice either(choice a, choice b)
{
    return (choice)(a | b);
}

static inline residue choose(choice which, residue chosen, residue other)
{
    return _mm512_mask_blend_epi64(which, other, chosen);
}

static inline residue subtract(residue a, residue b, residue n)
{
    residue difference = _mm512_sub_epi64(a, b);
    return _mm512_mask_add_epi64(difference, less(a, b), difference, n);
}

static inline residue add(residue a, residue b, residue n)
{
    return subtract(a, _mm512_sub_epi64(n, b), n);
}

/* The two halves of a product, from products of halves; none of the sums overflows. */
static inline residue product(residue a, residue b, residue *low)
{
    residue a_high = _mm512_srli_epi64(a, 32);
    residue b_high = _mm512_srli_epi64(b, 32);
    residue low_low = _mm512_mul_epu32(a, b);
    residue middle = _mm512_add_epi64(_mm512_mul_epu32(a, b_high), _mm512_srli_epi64(low_low, 32));
    residue other =
        _mm512_add_epi64(_mm512_mul_epu32(a_high, b), _mm512_and_si512(middle, every(UINT32_MAX)));
    residue high =
        _mm512_add_epi64(_mm512_mul_epu32(a_high, b_high), _mm512_srli_epi64(middle, 32));
    *low = _mm512_mask_blend_epi32(0xaaaa, low_low, _mm512_slli_epi64(other, 32));
    return _mm512_add_epi64(high, _mm512_srli_epi64(other, 32));
}

/* Whether products modulo n have a shorter way. */
static inline bool is_short(uint64_t n)
{
    return n >> 62 == 0;
}

/* For short n: two reductions by 2^32, whose differences fit 64 bits with a sign. What is
 * subtracted has the same lowest 32 bits, so these need not be looked at. */
static inline residue multiply_short(residue a, residue b, residue n, residue inverse)
{
    residue a_high = _mm512_srli_epi64(a, 32);
    residue b_high = _mm512_srli_epi64(b, 32);
    residue n_high = _mm512_srli_epi64(n, 32);
    residue low = _mm512_mul_epu32(a, b);
    residue middle = _mm512_add_epi64(_mm512_mul_epu32(a, b_high), _mm512_mul_epu32(b, a_high));
    residue high = _mm512_mul_epu32(a_high, b_high);
    residue quotient = _mm512_mul_epu32(low, inverse);
    residue excess = _mm512_srli_epi64(_mm512_mul_epu32(quotient, n), 32);
    middle = _mm512_add_epi64(middle, _mm512_sub_epi64(_mm512_srli_epi64(low, 32), excess));
    middle = _mm512_sub_epi64(middle, _mm512_mul_epu32(quotient, n_high));
    quotient = _mm512_mul_epu32(middle, inverse);
    excess = _mm512_srli_epi64(_mm512_mul_epu32(quotient, n), 32);
    high = _mm512_add_epi64(high, _mm512_sub_epi64(_mm512_srai_epi64(middle, 32), excess));
    high = _mm512_sub_epi64(high, _mm512_mul_epu32(quotient, n_high));
    return _mm512_min_epu64(high, _mm512_add_epi64(high, n)); /* n is added if it is negative */
}

static inline residue multiply(residue a, residue b, residue n, residue inverse, bool all_short)
{
    if (all_short)
        return multiply_short(a, b, n, inverse);
    residue low, ignored;
    residue high = product(a, b, &low);
    return subtract(high, product(_mm512_mullo_epi64(low, inverse), n, &ignored), n);
}

#else

#define RESIDUE_NUMBERS 1

typedef uint64_t residue;
typedef unsigned choice;

static inline residue load(const uint64_t *numbers)
{
    return *numbers;
}

static inline residue every(uint64_t number)
{
    return number;
}

static inline choice equal(residue a, residue b)
{
    return a == b;
}

static inline choice less(residue a, residue b)
{
    return a < b;
}

static inline choice has_bit(residue a, int bit)
{
    return a >> bit & 1;
}

static inline choice both(choice a, choice b)
{
    return (choice)(a & b);
}

static inline choice either(choice a, choice b)
{
    return (choice)(a | b);
}

static inline residue choose(choice which, residue chosen, residue other)
{
    return which ? chosen : other;
}

static inline residue subtract(residue a, residue b, residue n)
{
    return a - b + (a < b ? n : 0);
}

static inline residue add(residue a, residue b, residue n)
{
    return subtract(a, n - b, n);
}

static inline bool is_short(uint64_t n)
{
    (void)n;
    return false;
}

static inline residue multiply(residue a, residue b, residue n, residue inverse, bool all_short)
{
    (void)all_short;
    uint128 product = (uint128)a * b;
    uint64_t quotient = (uint64_t)product * inverse;
    uint64_t high = (uint64_t)(product >> 64);
    uint64_t excess = (uint64_t)((uint128)quotient * n >> 64);
    return subtract(high, excess, n);
}

#endif
#endif
