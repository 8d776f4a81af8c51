/* Lucy's method: the weights of all primes up to n, without sieving up to n.
 *
 * For every value v of n / i, i = 1, 2, ..., it keeps F(v), the weights of those numbers 2 ... v
 * that are left after crossing off the multiples of the primes so far. Crossing off p takes away
 * the numbers p * m, with m from p to v / p having no smaller factor:
 *
 *     F(v) -= f(p) * (F(v / p) - F(p - 1))        for v >= p^2
 *
 * Short and slow: the method for small n, and what faster ones are tested against.
 * (Lucy_Hedgehog, in the forum of Project Euler, problem 10.) */
#ifndef PRIMES_LUCY_H
#define PRIMES_LUCY_H

#include "weight.h"
#include "yoke/status.h"

/* Finds the weights of the primes <= n together. O(n^(3/4)) operations: 10 us for n = 1e6, 0.1 s
 * for 1e11; 32 sqrt(n) bytes of memory. YOKE_NO_MEMORY: `total` is as it was. */
yoke_status lucy_total(uint64_t n, enum weight weight, uint128 *total);

#endif
