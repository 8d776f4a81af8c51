/* Sums and counts of primes over any interval below 10^26, exact.
 *
 * Intervals are half-open, [lo, hi): lo belongs to it, hi does not; when hi <= lo it is empty.
 * Since 2^64 - 1 is not prime, hi = UINT64_MAX takes in every prime below 2^64. Beyond, the calls
 * whose names end in `wide` take 128-bit bounds. */
#ifndef YOKE_PRIMES_H
#define YOKE_PRIMES_H

#include "compiler.h"

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
    YOKE_ALGORITHM_AUTO = 0, /* the fastest one for the interval                                 */
    YOKE_ALGORITHM_SIEVE,    /* the segmented sieve                                              */
    YOKE_ALGORITHM_TRIAL,    /* trial division of every number: slow, simple, for comparison     */
    YOKE_ALGORITHM_COMBINATORIAL /* S(hi) - S(lo) by Gourdon's method, which visits no primes    */
} yoke_algorithm;

/* Told how far a sum or count has come: `done` of `total`, in numbers of the interval, each
 * weighted by what it costs to look at. Called at the start, at the end, and at most ten times a
 * second in between, by the caller's thread or by a worker between two steps of its work, one call
 * at a time; `done` never shrinks. Must not call back into yoke; the worker waits for its return.
 */
typedef void (*yoke_progress_callback)(double done, double total, void *context);

/* Start from YOKE_PRIMES_OPTIONS_INIT; members that stay zero take their defaults. */
typedef struct yoke_primes_options {
    size_t size;              /* sizeof(yoke_primes_options), set by YOKE_PRIMES_OPTIONS_INIT    */
    yoke_algorithm algorithm; /* how to find the primes                                          */
    yoke_progress_callback progress;   /* told how far the work has come; or NULL                */
    void *progress_context;            /* handed to it                                           */
    const char *checkpoint;            /* the file of a long run, see below; or NULL             */
    yoke_duration checkpoint_interval; /* the time between two writes of it; 0: a minute         */
    bool resume;                       /* go on from the checkpoint where there is one           */
    bool double_check;                 /* find everything twice, by two routes, and compare      */
    const char *isa; /* the sieve's instruction set, "avx2", ...; NULL: yoke_primes_isa()        */
    const volatile bool *cancel; /* true from some moment on, set by another thread, a handler   */
                                 /* of a signal or `progress`: YOKE_CANCELLED; or NULL           */
} yoke_primes_options;

#define YOKE_PRIMES_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(yoke_primes_options), YOKE_ALGORITHM_AUTO, 0, 0, 0, 0, 0, 0, 0, 0                   \
    }

/* Long runs. With a checkpoint the work is done piece by piece, and
 * after each piece the file says in a few lines of text how far it has come and the result so far.
 * A crash, kill -9 or power failure at any moment loses at most about the last interval of work;
 * a run that is cancelled, at most about ten seconds of a sieve: high up a piece takes as long at
 * least, since it starts with millions of sieving primes.
 * With `resume` the same call goes on from there, on any number of workers and any machine, to the
 * same exact result; where there is no file yet it starts afresh, with a line in the log, so that a
 * batch system can always start the same command. Without `resume` a file that exists is refused.
 * The file stays when the run is complete, so that a result that was lost afterwards can be had
 * again: resuming then answers at once. Sums and counts may resume each other's files.
 * A combinatorial sum is a single piece, but the file also says how far it has come inside: at most
 * a second of work of each worker, a few without AVX-512, is lost beside the interval, and without
 * the interval when it is cancelled. It takes nearly twice as long with a checkpoint, which has the
 * count as well. The file has up to 100 kB then, at 1e18. Next to it a
 * temporary one with ".new" behind the name comes and goes. A second run on the same file is
 * refused while the first one lives. When the file cannot be written later in the run (a full
 * disk), the last good one stays, the log gets a warning, and the run goes on. */

/* Sums the primes in [lo, hi). With a server the work is shared over its workers, as loops
 * (yoke/loop.h): the calling thread works along, and counts as one of them; with NULL it runs in
 * the calling thread alone. The sum is the same either way. Blocks until it is known; may be called
 * inside a job. `options` may be NULL.
 * Cost of the combinatorial sum: O(hi^(2/3) / log^2 hi) operations, 1 ms at 1e9, 0.1 s at 1e14,
 * half a minute at 1e18 on one core, and O(hi^(1/3)) memory, some 40 MB at 1e18.
 * Cost of the sieve: O((hi - lo) log log hi + sqrt(hi)) operations. Memory: the primes up to
 * sqrt(hi) for all workers together, a byte each (50 MB at 1e18, 200 MB near 2^64), and up to 60 MB
 * more for wide intervals from 1e14 to 1e17; and for each worker 3 MB at 1e12, up to 130 MB from
 * 1e16 on.
 * Errors: YOKE_INVALID (unknown size or algorithm, an instruction set that is unknown or that this
 * processor cannot run, an interval below 0, resume without checkpoint), YOKE_NO_MEMORY,
 * YOKE_CLOSED, YOKE_FORKED, YOKE_CANCELLED when the server closes meanwhile, when the options'
 * `cancel` turns true or, inside a kernel, when its job is cancelled or out of time: every worker
 * looks for that once in 20 ms, in every stage of the work, and stops; only while a checkpoint is
 * written it takes as long as the disk does. YOKE_SYSTEM, before any work: the checkpoint cannot be
 * read or written, is damaged, in use, there without `resume`, or of another interval, algorithm or
 * version; it is left as it was. `sum` is written only with YOKE_OK. */
yoke_status yoke_sum_primes(yoke_server *server, uint64_t lo, uint64_t hi,
                            const yoke_primes_options *options, yoke_uint128 *sum);

/* Counts the primes in [lo, hi); everything else as yoke_sum_primes(). */
yoke_status yoke_count_primes(yoke_server *server, uint64_t lo, uint64_t hi,
                              const yoke_primes_options *options, uint64_t *count);

/* The same over intervals that end at 10^26 at the latest, where a sum takes 168 bits and a count
 * 81. Those that end at 2^64 or before give the same results in the same time as above. Beyond
 * there is the combinatorial sum alone, also for a narrow interval: that up to hi, and, unless lo
 * is 0, that up to lo. All digits are carried: no part of the result rests on an estimate.
 * Cost: about 20 minutes at 1e20 on one core, and five times as much for every further digit up to
 * 1e21; beyond, where the tables do not grow any more, ten times as much.
 * Memory: 250 MB at 1e20, 600 MB from 1e21 on, and 20 MB for each worker.
 * Errors: also YOKE_INVALID beyond 10^26, and when the options ask for another algorithm beyond
 * 2^64. */
yoke_status yoke_sum_primes_wide(yoke_server *server, yoke_uint128 lo, yoke_uint128 hi,
                                 const yoke_primes_options *options, yoke_uint256 *sum);
yoke_status yoke_count_primes_wide(yoke_server *server, yoke_uint128 lo, yoke_uint128 hi,
                                   const yoke_primes_options *options, yoke_uint128 *count);

/* Sums the first n primes, 2 being the first one, and tells the last of them: 0 when n is 0. `last`
 * may be NULL. Counts and sums up to near there, each with the options, which include progress, and
 * walks the rest of the way; everything else as yoke_sum_primes(). No checkpoint.
 * Errors: also YOKE_INVALID when there are less than n primes below 2^64. */
yoke_status yoke_sum_first_primes(yoke_server *server, uint64_t n,
                                  const yoke_primes_options *options, yoke_uint128 *sum,
                                  uint64_t *last);

/* How the calls above would go about an interval. */
typedef struct yoke_primes_plan {
    yoke_algorithm algorithm; /* what was asked for, or the cheapest; never YOKE_ALGORITHM_AUTO   */
    double seconds;           /* about how long it would take, twice with a double check          */
    char reason[256];         /* in words, with what the others would take, and with which        */
                              /* instruction set                                                  */
} yoke_primes_plan;

/* Says how the primes in [lo, hi) would be found with so many workers; 0 and 1 mean the calling
 * thread alone. `options` may be NULL. The times are those of a sum with the instruction set that
 * would run, on cores of one machine (AMD Zen 5): within a quarter there, about a factor of two
 * where others are as fast; a count takes less. Any thread; takes a microsecond.
 * Errors: YOKE_INVALID as the call that it is about, and also for trial division without an
 * instruction set, which it would not need. */
yoke_status yoke_plan_primes(unsigned workers, uint64_t lo, uint64_t hi,
                             const yoke_primes_options *options, yoke_primes_plan *plan);
yoke_status yoke_plan_primes_wide(unsigned workers, yoke_uint128 lo, yoke_uint128 hi,
                                  const yoke_primes_options *options, yoke_primes_plan *plan);

/* Iterates over the primes of an interval, in ascending order:
 *
 *     yoke_prime_iterator *iterator;
 *     const uint64_t *primes;
 *     size_t count;
 *     yoke_prime_iterator_open(lo, hi, &iterator);
 *     while (yoke_prime_iterator_next(iterator, &primes, &count) == YOKE_OK && count > 0)
 *         ... primes[0] to primes[count - 1] ...
 *     yoke_prime_iterator_release(iterator);
 *
 * To add or count them, yoke_sum_primes() and yoke_count_primes() are faster: they never look at a
 * single prime. */
typedef struct yoke_prime_iterator yoke_prime_iterator;

/* Opens an iterator before the first prime of [lo, hi), which may be empty. The caller gives it
 * back with yoke_prime_iterator_release(). One thread at a time may use it, and as many may be open
 * as one likes. Cost: finding the primes up to the root of hi, where the interval is not narrow.
 * Errors: YOKE_INVALID (no place for the handle, or YOKE_ISA names none), YOKE_NO_MEMORY,
 * YOKE_CANCELLED (see the next call). */
yoke_status yoke_prime_iterator_open(uint64_t lo, uint64_t hi, yoke_prime_iterator **iterator);

/* Gives the next primes: `*primes` points to `*count` of them, at most some thousands, which belong
 * to the iterator and stay until the next call on it. At the end `*count` is 0, as often as asked.
 * Errors: YOKE_NO_MEMORY, and YOKE_CANCELLED inside a kernel whose job is cancelled or out of time,
 * as yoke_sum_primes() (it is at its end then). */
yoke_status yoke_prime_iterator_next(yoke_prime_iterator *iterator, const uint64_t **primes,
                                     size_t *count);

/* Gives the iterator and its primes back; NULL is allowed. */
void yoke_prime_iterator_release(yoke_prime_iterator *iterator);

/* The instruction set in use: "portable", "avx2", ... The best this processor has,
 * unless the environment variable YOKE_ISA named another one; a name that is unknown or that
 * this processor cannot run makes the calls above fail with YOKE_INVALID. Static storage. */
const char *yoke_primes_isa(void);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
