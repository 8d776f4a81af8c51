/* Primality tests for what a sieve with too few primes has left over.
 *
 * In a narrow interval far up most sieving primes would hit nothing; then it is cheaper to sieve by
 * the small ones only and to test the survivors one by one. */
#ifndef PRIMES_SURVIVORS_H
#define PRIMES_SURVIVORS_H

#include <stdint.h>

#include "isa/isa.h"
#include "yoke/status.h"

/* Clears the bits of composite numbers among `size` bytes of bitmap, where bit `lane` of byte i
 * stands for modulus * (first_byte + i) + residue[lane] < 2^64, a number without a prime factor
 * below 50. About a tenth of a microsecond a set bit. YOKE_CANCELLED: some were not tested. */
yoke_status survivors_test(uint8_t *bytes, uint32_t size, uint64_t first_byte, uint32_t modulus,
                           const uint16_t *residue, const struct isa *isa);

#endif
