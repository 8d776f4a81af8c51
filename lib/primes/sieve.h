/* The segmented sieve: one worker's machine for the bitmaps of a plan.
 *
 * For every segment, in this order: pre-sieve (patterns of the smallest primes), small primes block
 * by block, medium primes over the segment, large primes by the hits that are listed for it; and
 * where the plan says so, tests of what is left. Crossing off never starts below p^2, see sieve.c.
 */
#ifndef PRIMES_SIEVE_H
#define PRIMES_SIEVE_H

#include <stdint.h>

#include "isa/isa.h"
#include "plan.h"
#include "prime_cursor.h"
#include "windows.h"
#include "yoke/status.h"

struct sieve;

/* Makes ready for the plan; the plan, the primes, which reach to plan->root, and the instruction
 * set must outlive the sieve. One thread at a time may use it. The sieves of workers that take
 * chunks of the plan in ascending order may share the windows of its large primes; with NULL a
 * sieve has its own, and takes any chunks. YOKE_NO_MEMORY leaves nothing behind. */
yoke_status sieve_open(const struct plan *plan, const struct sieving_primes *primes,
                       struct windows *windows, const struct isa *isa, struct sieve **sieve);
void sieve_close(struct sieve *sieve);

/* A finished part of the bitmap of one group: byte i stands for the eight numbers
 * modulus * (first_byte + i) + residue[lane]. Bits outside the plan's interval are clear, and so is
 * the memory behind the bytes up to a multiple of SEGMENT_MULTIPLE. */
struct segment {
    const uint8_t *bytes;
    uint32_t size; /* 0: the chunk has come to its end                                          */
    uint32_t modulus;
    uint64_t first_byte;
    const uint16_t *residue;
};

#define SEGMENT_MULTIPLE 512 /* the widest instruction set's group of vectors */

/* Starts with chunk number `chunk` of the plan, 0 ... plan->chunks - 1. Errors: YOKE_CANCELLED. */
yoke_status sieve_start(struct sieve *sieve, uint64_t chunk);

/* Sieves the next segment of the chunk; it stays as it is until the next call. After a failure,
 * YOKE_NO_MEMORY or YOKE_CANCELLED, the only thing left to do is to start again or close. */
yoke_status sieve_next(struct sieve *sieve, struct segment *segment);

#endif
