/* Sums and counts of primes over any interval below 2^64, exact.
 *
 * Intervals are half-open, [lo, hi): lo belongs to it, hi does not; when hi <= lo it is empty.
 * Since 2^64 - 1 is not prime, hi = UINT64_MAX takes in every prime below 2^64. */
#ifndef YOKE_PRIMES_H
#define YOKE_PRIMES_H

#include <stddef.h>
#include <stdint.h>

#include "integer.h"
#include "server.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef enum yoke_algorithm {
    YOKE_ALGORITHM_AUTO = 0, /* whatever is fastest for the interval                             */
    YOKE_ALGORITHM_SIEVE,    /* the segmented sieve                                              */
    YOKE_ALGORITHM_TRIAL     /* trial division of every number: slow, simple, for comparison     */
} yoke_algorithm;

typedef struct yoke_primes_options {
    size_t size;              /* sizeof(yoke_primes_options), set by YOKE_PRIMES_OPTIONS_INIT    */
    yoke_algorithm algorithm; /* how to find the primes                                          */
} yoke_primes_options;

#define YOKE_PRIMES_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(yoke_primes_options), YOKE_ALGORITHM_AUTO                                           \
    }

/* Sums the primes in [lo, hi). With a server the work is shared over its workers, as jobs of it;
 * with NULL it runs in the calling thread alone. The sum is the same either way. Blocks until it
 * is known; may be called inside a job. `options` may be NULL.
 * Cost of the sieve: O((hi - lo) log log hi + sqrt(hi)) operations, O(sqrt(hi) / log hi) memory a
 * worker (12 KiB at 1e6, 0.5 MiB at 1e12, 500 MiB near 2^64).
 * Errors: YOKE_INVALID (unknown size or algorithm), YOKE_NO_MEMORY, YOKE_CLOSED, YOKE_FORKED,
 * YOKE_CANCELLED when the server closes meanwhile or, inside a kernel, when its job is cancelled:
 * every worker then stops at the end of its chunk. `sum` is written only with YOKE_OK. */
yoke_status yoke_sum_primes(yoke_server *server, uint64_t lo, uint64_t hi,
                            const yoke_primes_options *options, yoke_uint128 *sum);

/* Counts the primes in [lo, hi); everything else as yoke_sum_primes(). */
yoke_status yoke_count_primes(yoke_server *server, uint64_t lo, uint64_t hi,
                              const yoke_primes_options *options, uint64_t *count);

/* The instruction set of the kernels in use: "portable", "avx2", ... The best this processor has,
 * unless the environment variable YOKE_KERNEL named another one; a name that is unknown or that
 * this processor cannot run makes the calls above fail with YOKE_INVALID. Static storage. */
const char *yoke_primes_kernel(void);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
