/* The multiples of the smallest primes, removed by combining ready-made patterns.
 *
 * The multiples of p leave a pattern in the bitmap that repeats every p bytes, those of p and q one
 * that repeats every p * q bytes. So a handful of tables, combined vector by vector, crosses off
 * all the primes that would hit most often. */
#ifndef PRIMES_PRESIEVE_H
#define PRIMES_PRESIEVE_H

#include <stdint.h>

#include "isa/isa.h"
#include "wheel.h"
#include "yoke/status.h"

/* The largest pre-sieved prime. A further table costs about what it saves: one unaligned load per
 * vector against p's hits. */
#define PRESIEVE_LIMIT 163

/* Of two or three primes each: see share_out(). A multiple of PATTERNS, which are combined
 * together. */
#define PRESIEVE_TABLES 16

struct presieve {
    uint8_t *memory;
    uint8_t *table[PRESIEVE_TABLES];
    uint32_t period[PRESIEVE_TABLES];
};

yoke_status presieve_open(const struct wheel *wheel, struct presieve *presieve);
void presieve_close(struct presieve *presieve);

/* Makes the patterns of one group; about 20 microseconds. */
void presieve_prepare(struct presieve *presieve, const struct wheel *wheel,
                      const struct wheel_group *lanes);

/* Fills `size` bytes, a multiple of 64, with the pre-sieved bitmap from byte `first_byte` on. */
void presieve_fill(const struct presieve *presieve, const struct isa *isa, uint8_t *bytes,
                   uint32_t size, uint64_t first_byte);

#endif
