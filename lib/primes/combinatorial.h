/* The primes of an interval without visiting them: S(hi - 1) - S(lo - 1). */
#ifndef PRIMES_COMBINATORIAL_H
#define PRIMES_COMBINATORIAL_H

#include "totals.h"
#include "weight.h"
#include "yoke/primes.h"

/* Below, Lucy's method is faster than Gourdon's. */
#define COMBINATORIAL_LEAST 20000000

/* Finds the count or the sum, as `weight` says, of the primes in [lo, hi), lo <= hi, as the
 * options, which have been looked at, ask; the other one stays 0. Errors as yoke_sum_primes();
 * `totals` is written only with YOKE_OK. */
yoke_status combinatorial_totals(yoke_server *server, uint64_t lo, uint64_t hi, enum weight weight,
                                 const yoke_primes_options *options, struct totals *totals);

#endif
