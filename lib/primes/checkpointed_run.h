/* A run over a whole interval: piece by piece where it keeps a checkpoint, in one piece else. */
#ifndef PRIMES_CHECKPOINTED_RUN_H
#define PRIMES_CHECKPOINTED_RUN_H

#include "combinatorial.h"
#include "totals.h"
#include "yoke/primes.h"

/* Finds what is wanted, the count or the sum, of the primes in [lo, hi) as the options ask, which
 * may be NULL; perhaps the other one as well. Leaves when they say so. Errors as yoke_sum_primes();
 * `totals` is written only with YOKE_OK. */
yoke_status checkpointed_run_totals(yoke_server *server, uint128 lo, uint128 hi,
                                    const yoke_primes_options *options, enum wanted wanted,
                                    struct wide_totals *totals);

#endif
