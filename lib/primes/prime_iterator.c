/* The iterator over primes: segments of modulus 30, whose bits lie in ascending order, turned into
 * numbers a piece at a time. */
#include <stdlib.h>

#include "base/error.h"
#include "caches.h"
#include "numbers.h"
#include "sieve.h"
#include "sieving_primes.h"
#include "yoke/primes.h"

struct yoke_prime_iterator {
    struct plan plan;
    struct sieving_primes sieving_primes;
    struct sieve *sieve;
    const struct isa *isa;
    uint64_t chunk; /* the next one                                                              */
    struct segment segment;
    uint32_t done; /* bytes of the segment                                                       */
    uint64_t primes[NUMBERS_MOST + LIST_SLACK];
    size_t head; /* wheel primes at the start of primes[], to be given first                     */
};

static void start_head(yoke_prime_iterator *iterator, uint64_t lo, uint64_t hi)
{
    static const uint8_t wheel_primes[] = {2, 3, 5};
    for (size_t i = 0; i < sizeof wheel_primes; i++)
        if (wheel_primes[i] >= lo && wheel_primes[i] < hi)
            iterator->primes[iterator->head++] = wheel_primes[i];
}

static yoke_status open_sieve(yoke_prime_iterator *iterator, uint64_t lo, uint64_t hi)
{
    struct plan_request request = {.lo = lo, .hi = hi, .caches = caches_here(), .modulus = 30};
    plan_make(&iterator->plan, &request);
    yoke_status status =
        sieving_primes_open(NULL, iterator->plan.root, iterator->isa, &iterator->sieving_primes);
    if (status != YOKE_OK)
        return status;
    status = sieve_open(&iterator->plan, &iterator->sieving_primes, NULL, iterator->isa,
                        &iterator->sieve);
    if (status == YOKE_NO_MEMORY)
        error_set(status, "no memory for the sieve: free some memory or take a lower interval");
    return status;
}

yoke_status yoke_prime_iterator_open(uint64_t lo, uint64_t hi, yoke_prime_iterator **out)
{
    const char *problem;
    const struct isa *isa = isa_choose(&problem);
    if (!isa)
        return error_set(YOKE_INVALID, "%s", problem);
    if (!out)
        return error_set(YOKE_INVALID, "yoke_prime_iterator_open needs a place for the iterator");
    yoke_prime_iterator *iterator = calloc(1, sizeof *iterator);
    if (!iterator)
        return error_set(YOKE_NO_MEMORY, "no memory for an iterator over primes");
    iterator->isa = isa;
    start_head(iterator, lo, hi);
    yoke_status status = hi > lo && hi > 1 ? open_sieve(iterator, lo, hi) : YOKE_OK;
    if (status != YOKE_OK) {
        yoke_prime_iterator_release(iterator);
        return status;
    }
    *out = iterator;
    return YOKE_OK;
}

void yoke_prime_iterator_release(yoke_prime_iterator *iterator)
{
    if (!iterator)
        return;
    sieve_close(iterator->sieve);
    sieving_primes_close(&iterator->sieving_primes);
    free(iterator);
}

/* Makes the next segment with bytes the one at hand; false at the end or after a failure. */
static bool next_segment(yoke_prime_iterator *iterator, yoke_status *status)
{
    iterator->done = 0;
    do {
        if (iterator->segment.size == 0) {
            if (iterator->chunk == iterator->plan.chunks)
                return false;
            *status = sieve_start(iterator->sieve, iterator->chunk++);
        }
        if (*status == YOKE_OK)
            *status = sieve_next(iterator->sieve, &iterator->segment);
        if (*status != YOKE_OK) {
            iterator->segment.size = 0;
            iterator->chunk = iterator->plan.chunks;
            if (*status == YOKE_NO_MEMORY)
                error_set(*status, "no memory for large sieving primes: free some memory");
            return false;
        }
    } while (iterator->segment.size == 0);
    return true;
}

yoke_status yoke_prime_iterator_next(yoke_prime_iterator *iterator, const uint64_t **primes,
                                     size_t *count)
{
    if (!iterator || !primes || !count)
        return error_set(YOKE_INVALID,
                         "yoke_prime_iterator_next needs an iterator and places for the primes "
                         "and their count");
    yoke_status status = YOKE_OK;
    *primes = iterator->primes;
    *count = iterator->head;
    iterator->head = 0;
    while (*count == 0) {
        if (iterator->done >= iterator->segment.size && !next_segment(iterator, &status))
            break;
        *count =
            numbers_of_piece(&iterator->segment, iterator->done, iterator->isa, iterator->primes);
        iterator->done += NUMBERS_PIECE;
    }
    return status;
}
