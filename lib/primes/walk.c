/* The walk over primes: segments of modulus 30, whose bits lie in ascending order, turned into
 * numbers a piece at a time. */
#include <stdlib.h>

#include "base/error.h"
#include "caches.h"
#include "numbers.h"
#include "sieve.h"
#include "sieving_primes.h"
#include "yoke/primes.h"

struct yoke_primes {
    struct plan plan;
    struct sieving_primes sieving_primes;
    struct sieve *sieve;
    const struct kernels *kernels;
    uint64_t chunk; /* the next one                                                              */
    struct segment segment;
    uint32_t done; /* bytes of the segment                                                       */
    uint64_t primes[NUMBERS_MOST + LIST_SLACK];
    size_t head; /* wheel primes at the start of primes[], to be given first                     */
};

static void start_head(yoke_primes *walk, uint64_t lo, uint64_t hi)
{
    static const uint8_t wheel_primes[] = {2, 3, 5};
    for (size_t i = 0; i < sizeof wheel_primes; i++)
        if (wheel_primes[i] >= lo && wheel_primes[i] < hi)
            walk->primes[walk->head++] = wheel_primes[i];
}

static yoke_status open_sieve(yoke_primes *walk, uint64_t lo, uint64_t hi)
{
    struct plan_request request = {.lo = lo, .hi = hi, .caches = caches_here(), .modulus = 30};
    plan_make(&walk->plan, &request);
    yoke_status status =
        sieving_primes_open(NULL, walk->plan.root, walk->kernels, &walk->sieving_primes);
    if (status != YOKE_OK)
        return status;
    status = sieve_open(&walk->plan, &walk->sieving_primes, NULL, walk->kernels, &walk->sieve);
    if (status == YOKE_NO_MEMORY)
        error_set(status, "no memory for the sieve: free some memory or walk a lower interval");
    return status;
}

yoke_status yoke_primes_open(uint64_t lo, uint64_t hi, yoke_primes **out)
{
    const char *problem;
    const struct kernels *kernels = kernels_choose(&problem);
    if (!kernels)
        return error_set(YOKE_INVALID, "%s", problem);
    if (!out)
        return error_set(YOKE_INVALID, "yoke_primes_open needs a place for the walk");
    yoke_primes *walk = calloc(1, sizeof *walk);
    if (!walk)
        return error_set(YOKE_NO_MEMORY, "no memory for a walk over primes");
    walk->kernels = kernels;
    start_head(walk, lo, hi);
    yoke_status status = hi > lo && hi > 1 ? open_sieve(walk, lo, hi) : YOKE_OK;
    if (status != YOKE_OK) {
        yoke_primes_close(walk);
        return status;
    }
    *out = walk;
    return YOKE_OK;
}

void yoke_primes_close(yoke_primes *walk)
{
    if (!walk)
        return;
    sieve_close(walk->sieve);
    sieving_primes_close(&walk->sieving_primes);
    free(walk);
}

/* Makes the next segment with bytes the one at hand; false at the end or after a failure. */
static bool next_segment(yoke_primes *walk, yoke_status *status)
{
    walk->done = 0;
    do {
        if (walk->segment.size == 0) {
            if (walk->chunk == walk->plan.chunks)
                return false;
            *status = sieve_start(walk->sieve, walk->chunk++);
        }
        if (*status == YOKE_OK)
            *status = sieve_next(walk->sieve, &walk->segment);
        if (*status != YOKE_OK) {
            walk->segment.size = 0;
            walk->chunk = walk->plan.chunks;
            if (*status == YOKE_NO_MEMORY)
                error_set(*status, "no memory for large sieving primes: free some memory");
            return false;
        }
    } while (walk->segment.size == 0);
    return true;
}

yoke_status yoke_primes_next(yoke_primes *walk, const uint64_t **primes, size_t *count)
{
    if (!walk || !primes || !count)
        return error_set(YOKE_INVALID, "yoke_primes_next needs a walk and places for the primes "
                                       "and their count");
    yoke_status status = YOKE_OK;
    *primes = walk->primes;
    *count = walk->head;
    walk->head = 0;
    while (*count == 0) {
        if (walk->done >= walk->segment.size && !next_segment(walk, &status))
            break;
        *count = numbers_of_piece(&walk->segment, walk->done, walk->kernels, walk->primes);
        walk->done += NUMBERS_PIECE;
    }
    return status;
}
