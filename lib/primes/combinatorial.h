/* The primes of an interval without visiting them: S(hi - 1) - S(lo - 1). */
#ifndef PRIMES_COMBINATORIAL_H
#define PRIMES_COMBINATORIAL_H

#include "gourdon/gourdon.h"
#include "totals.h"

/* Below, Lucy's method is faster than Gourdon's: with vectors they meet at 3e6 to 5e6, without at
 * 7e6 to 1e7. */
#define COMBINATORIAL_LEAST 6000000

/* What is wanted of the totals: each takes a run of its own. */
enum wanted { WANTED_COUNT = 1, WANTED_SUM = 2 };

/* How a sum is found: it comes out the same. */
struct combinatorial {
    yoke_server *server; /* or NULL                                                              */
    const struct isa *isa;
    struct gourdon_tuning tuning;
    unsigned wanted;
    struct progress *progress; /* or NULL                                                        */
    struct journal *journal;   /* or NULL                                                        */
};

/* Finds what is wanted of the primes in [lo, hi), lo < hi <= GOURDON_MOST; the rest stays 0.
 * `totals` is written only with YOKE_OK. Errors: those of gourdon_total(). */
yoke_status combinatorial_totals(const struct combinatorial *how, uint128 lo, uint128 hi,
                                 struct wide_totals *totals);

#endif
