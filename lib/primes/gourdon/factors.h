/* The numbers m up to z that leaves are made of: by their smallest prime factor and the parity of
 * the number of their prime factors.
 *
 * There is an entry for every number that 2, 3 and 5 do not divide, at the place where a bitmap of
 * modulus 30 has its bit. It is 0 where m is not square-free or has a prime factor above y. Else it
 * is the smallest prime factor q (65535 for those beyond, and for 1), less 1 where the number of
 * prime factors is even; so for an odd prime p the entry is above p just where q is. */
#ifndef PRIMES_GOURDON_FACTORS_H
#define PRIMES_GOURDON_FACTORS_H

#include <stddef.h>
#include <stdint.h>

#include "context.h"

/* How many entries there are for numbers up to n. */
static inline size_t factors_up_to(uint64_t n)
{
    static const uint8_t entries[30] = {0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4,
                                        4, 4, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 8};
    return n / 30 * 8 + entries[n % 30];
}

/* Fills the entries of the numbers up to gourdon->z, whose primes its table has. */
yoke_status factors_open(struct gourdon *gourdon);

/* The leaves of p among the entries [next, end), some hundreds at a time. */
struct leaf_list {
    size_t next, end;
    size_t count; /* perhaps 0, in the midst as well                                             */
    int32_t leaf[LEAVES_ROOM];
};

/* Lists the next ones; the caller goes on while next < end. Looks whether to leave, but for the
 * last ones. Errors: YOKE_CANCELLED. */
yoke_status factors_list(const struct gourdon *gourdon, uint32_t p, struct leaf_list *list);

#endif
