/* Deterministic primality of 64-bit numbers.
 *
 * The test is that of Baillie, Pomerance, Selfridge and Wagstaff: a strong probable-prime test to
 * base 2, then an extra strong Lucas test with Q = 1 (Baillie and Wagstaff, "Lucas pseudoprimes",
 * 1980; Grantham, "Frobenius pseudoprimes", 2000, section 3). It has no counterexample below 2^64:
 * Feitsma and Galway listed every base-2 pseudoprime there (2009 to 2013), and none of them passes
 * the Lucas test. */
#ifndef PRIMES_PRIMALITY_H
#define PRIMES_PRIMALITY_H

#include "isa/isa.h"

typedef void primality_test(const struct isa *isa, const uint64_t *n, size_t count, bool *passes);

/* passes[i]: whether the odd n[i] > 2 is a strong probable prime to base 2. 60 multiplications for
 * 60-bit numbers; many numbers at a time are faster than the same in turn. */
primality_test primality_strong;

/* passes[i]: whether the odd n[i] > 2, not divisible by a prime below 50, is a square-free extra
 * strong Lucas probable prime or a prime. 120 multiplications. */
primality_test primality_lucas;

#endif
