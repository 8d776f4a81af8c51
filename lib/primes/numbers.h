/* The numbers of a bitmap's set bits, in ascending order. */
#ifndef PRIMES_NUMBERS_H
#define PRIMES_NUMBERS_H

#include "sieve.h"

/* Bytes of bitmap turned into numbers at a time: what comes out, at most 32 KiB, stays in L1 or
 * close to it. */
#define NUMBERS_PIECE SEGMENT_MULTIPLE
#define NUMBERS_MOST  (NUMBERS_PIECE * LANES)

/* Writes the numbers of the NUMBERS_PIECE bytes that start `done` bytes, a multiple of that, after
 * the start of the segment, which has modulus 30. Returns how many they are; `numbers` has room for
 * NUMBERS_MOST + LIST_SLACK. */
size_t numbers_of_piece(const struct segment *segment, uint32_t done, const struct isa *isa,
                        uint64_t *numbers);

#endif
