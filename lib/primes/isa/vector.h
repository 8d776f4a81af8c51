/* Vectors of VECTOR_BYTES bytes, which the including file sets to what its instruction set holds in
 * a register, as 64-bit numbers.
 *
 * The compiler's own vectors add, subtract, compare, combine bits and shift by a constant. What
 * they cannot say, or say slowly, has a name here, and a file for each instruction set says it: a
 * new one is a file like vector_neon.h. Without one, the plain loops are taken. */
#ifndef PRIMES_ISA_VECTOR_H
#define PRIMES_ISA_VECTOR_H

#include <stdint.h>
#include <string.h>

typedef uint64_t vector __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t vector_signed __attribute__((vector_size(VECTOR_BYTES)));
typedef double vector_double __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t vector_32 __attribute__((vector_size(VECTOR_BYTES)));
typedef uint8_t eight_bytes __attribute__((vector_size(8)));
typedef int32_t eight_numbers __attribute__((vector_size(32)));
typedef int32_t vector_signed_32 __attribute__((vector_size(VECTOR_BYTES)));
typedef float vector_float __attribute__((vector_size(VECTOR_BYTES)));
typedef uint8_t vector_bytes __attribute__((vector_size(VECTOR_BYTES)));

/* How many numbers a vector holds. */
#define VECTOR_NUMBERS (VECTOR_BYTES / 8)

#define EVERY_BYTE(value)  (UINT64_C(0x0101010101010101) * (value))
#define EVERY_SHORT(value) (UINT64_C(0x0001000100010001) * (value))

static inline vector vector_all(uint64_t number)
{
    return (vector){0} + number;
}

static inline vector vector_load(const void *from)
{
    vector numbers;
    memcpy(&numbers, from, sizeof numbers);
    return numbers;
}

static inline void vector_store(void *to, vector numbers)
{
    memcpy(to, &numbers, sizeof numbers);
}

/* The sum of all numbers, modulo 2^64. */
static inline uint64_t vector_total(vector numbers)
{
    uint64_t total = 0;
    for (int i = 0; i < VECTOR_NUMBERS; i++)
        total += numbers[i];
    return total;
}

/* All ones in the first numbers, zeros in the others. */
static inline vector vector_first(size_t count)
{
    vector first = {0};
    for (size_t i = 0; i < count && i < VECTOR_NUMBERS; i++)
        first[i] = UINT64_MAX;
    return first;
}

/* All ones where a condition holds, as comparing gives it: chooses one of two. */
static inline vector vector_choose(vector_signed condition, vector chosen, vector other)
{
    return (chosen & (vector)condition) | (other & ~(vector)condition);
}

/* The functions of the files below:
 *
 * vector_load_32(from)           VECTOR_NUMBERS numbers of 32 bits
 * vector_load_signed_32(from)    the same with a sign
 * vector_load_double(from)       VECTOR_NUMBERS numbers of 31 bits, as floating point
 * vector_minus_product(c, a, b)  c - a * b in floating point, rounded once
 * vector_product_32(a, b)        products of the lower 32 bits
 * vector_product_signed_32(a, b) the same with a sign
 * vector_to_double(a)            numbers below 2^52
 * vector_from_double(a)          truncated; 0 ... 2^31 - 1
 * vector_shift_left(a, bits)     each by its own number of bits; 0 for 64 and above
 * vector_look_up(table, a)       of a table of 32 bytes whose first is 0, at each number below 32
 * vector_nibbles(low, high, a)   low[lower half] + high[upper half] for each byte, tables of 16
 * vector_bits_of_bytes(a)        how many bits of each byte are set
 * vector_sum_of_bytes(a)         of each number
 * vector_weigh_bytes(a, weights) the sum of products of bytes of each number; below 2^8 together,
 *                                weights below 2^7
 * vector_totals(numbers)         vector_total() of VECTOR_NUMBERS vectors, in order
 * vector_signs(a)                the uppermost bits of eight bytes
 * vector_pick(a, order, &picked) of eight bytes a[order[0]], a[order[1]] ... as numbers
 * vector_words(from, byte)       the unaligned words of 32 bits, little-endian, at from + byte
 * vector_words_64(from, byte)    the same of 64 bits, as many
 * vector_shift_right(a, bits)    each by its own number of bits
 * vector_shift_right_32(a, bits) each by its own number of bits, below 32
 * vector_compress_32(to, signs, a)
 *                                stores the numbers whose sign has its uppermost bit set, one after
 * the other, and perhaps as many behind them as a vector holds; returns how many
 * vector_load_pairs(from, index, &first, &second)
 *                                from[index] of an array of pairs of numbers
 *
 * CFLAGS may give every file more instructions than it asks for, so the width counts as well. Words
 * are loaded from bitmaps as they are, which is right where the first byte is the lowest. */
#if VECTOR_BYTES == 64 && defined(__AVX512VBMI2__)
#define VECTORS 1
#include "vector_avx512.h"
#elif VECTOR_BYTES == 32 && defined(__AVX2__)
#define VECTORS 1
#include "vector_avx2.h"
#elif VECTOR_BYTES == 16 && defined(__ARM_NEON) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define VECTORS 1
#include "vector_neon.h"
#else
#define VECTORS 0
#include "vector_plain.h"
#endif

#if VECTORS
/* Products modulo 2^64 of the lower 32 bits of `a` and all of `b`. */
static inline vector vector_product_long(vector a, vector b)
{
    return vector_product_32(a, b) + (vector_product_32(a, b >> 32) << 32);
}
#endif

#endif
