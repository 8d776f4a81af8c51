/* Which cofactors matter. A multiple p * q of a large sieving prime p need not be crossed off when
 * q has a smaller factor than p: that one crosses it off as well. So q must be looked at only if it
 * has no small factor, which patterns tell: one in eight has none up to 89, half as many as a wheel
 * of modulus 210 leaves. And where q < p * p only primes are left; one in twenty is, so it pays to
 * know them if the list is short.
 *
 * Cofactors are odd, and odd number q has index q / 2. A pattern is a bitmap over these indexes. */
#ifndef PRIMES_COFACTORS_H
#define PRIMES_COFACTORS_H

#include <stdbool.h>
#include <stdint.h>

/* For the primes up to 89: together they fit a third of an L1 cache. */
#define COFACTOR_PATTERNS 9

/* How many cofactors an unaligned 64-bit word shows, whatever the bit it starts at. */
#define COFACTOR_RUN 57

/* So many bits of a pattern that repeats are there: of close cofactors no period need be taken off.
 */
#define COFACTOR_BITS (UINT32_C(1) << 18)

struct cofactor_pattern {
    const uint8_t *bits; /* for a whole period or COFACTOR_BITS and, behind them, a word more    */
    double first;        /* the index of its first bit                                           */
    double period, reciprocal;
};

/* COFACTOR_PATTERNS patterns that repeat after the product of a few primes; a bit is set where the
 * cofactor has none of them as a factor. The first ones remove most. Static storage, computed on
 * first use. */
const struct cofactor_pattern *cofactors_patterns(void);

/* How many of these patterns pay for a run of so many cofactors. */
uint32_t cofactors_patterns_for(uint32_t cofactors);

/* The primes of an interval as a pattern. All zero: none are known. */
struct cofactor_primes {
    uint8_t *bits;
    uint64_t first, end;
    struct cofactor_pattern pattern;
};

/* Whether all primes among the cofactors first ... last are known. */
static inline bool cofactors_know(const struct cofactor_primes *primes, uint64_t first,
                                  uint64_t last)
{
    return first >= primes->first && last < primes->end;
}

#endif
