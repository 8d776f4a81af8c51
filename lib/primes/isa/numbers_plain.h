/* Listing the numbers of a bitmap, bit by bit. */
#ifndef PRIMES_ISA_NUMBERS_PLAIN_H
#define PRIMES_ISA_NUMBERS_PLAIN_H

#include "base/little_endian.h"

static size_t list_numbers(const uint8_t *words, size_t count, uint64_t first,
                           const uint8_t offset[64], uint64_t *numbers)
{
    uint64_t *next = numbers;
    for (size_t i = 0; i < count; i++, first += WORD_NUMBERS) {
        for (uint64_t word = little_endian_load_64(words + 8 * i); word; word &= word - 1)
            *next++ = first + offset[__builtin_ctzll(word)];
    }
    return (size_t)(next - numbers);
}

#endif
