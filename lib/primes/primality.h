/* Deterministic primality of 64-bit numbers, several at a time.
 *
 * The test is that of Baillie, Pomerance, Selfridge and Wagstaff: a strong probable-prime test to
 * base 2, then an extra strong Lucas test with Q = 1 (Baillie and Wagstaff, "Lucas pseudoprimes",
 * 1980; Grantham, "Frobenius pseudoprimes", 2000, section 3). It has no counterexample below 2^64:
 * Feitsma and Galway listed every base-2 pseudoprime there (2009 to 2013), and none of them passes
 * the Lucas test.
 *
 * A modular multiplication is a chain of three multiplications, each of which waits for the one
 * before it; PRIMALITY_BATCH numbers side by side keep the multiplier busy meanwhile. */
#ifndef PRIMES_PRIMALITY_H
#define PRIMES_PRIMALITY_H

#include <stdbool.h>
#include <stdint.h>

#define PRIMALITY_BATCH 4

/* passes[i]: whether the odd n[i] > 2 is a strong probable prime to base 2. 60 multiplications for
 * 60-bit numbers. */
void primality_strong(const uint64_t n[PRIMALITY_BATCH], bool passes[PRIMALITY_BATCH]);

/* passes[i]: whether the odd n[i] > 2, not divisible by a prime below 50, is a square-free extra
 * strong Lucas probable prime or a prime. 120 multiplications. */
void primality_lucas(const uint64_t n[PRIMALITY_BATCH], bool passes[PRIMALITY_BATCH]);

#endif
