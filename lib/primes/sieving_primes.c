#include "sieving_primes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/square_root.h"
#include "caches.h"
#include "cofactor_primes.h"
#include "numbers.h"
#include "sieve.h"

/* An upper bound of the number of primes up to n: 1.25506 n / ln n for n > 1 (Rosser and
 * Schoenfeld, "Approximate formulas for some functions of prime numbers", 1962, corollary 1). */
static size_t prime_count_bound(uint32_t n)
{
    return n < 17 ? 8 : (size_t)(1.25506 * n / log(n)) + 1;
}

/* Collects primes in ascending order. */
struct collector {
    struct sieving_primes *primes;
    uint32_t last;
};

static void collect(struct collector *collector, uint32_t prime)
{
    if (collector->last)
        collector->primes->half_gap[collector->primes->count - 1] =
            (uint8_t)((prime - collector->last) / 2);
    collector->primes->count++;
    collector->last = prime;
}

/* The sieve of Eratosthenes over odd numbers, for lists that fit a cache. */
static yoke_status collect_plainly(uint32_t limit, struct collector *collector)
{
    uint32_t odds = limit / 2 + limit % 2; /* 1, 3, ..., the largest odd number up to limit       */
    uint8_t *composite = calloc(odds + 1, 1);
    if (!composite)
        return YOKE_NO_MEMORY;
    for (uint32_t i = 1; i < odds; i++) {
        if (composite[i])
            continue;
        uint32_t prime = 2 * i + 1;
        collect(collector, prime);
        for (uint64_t multiple = (uint64_t)prime * prime / 2; multiple < odds; multiple += prime)
            composite[multiple] = 1;
    }
    free(composite);
    return YOKE_OK;
}

static void collect_segment(struct collector *collector, const struct segment *segment,
                            const struct kernels *kernels)
{
    uint64_t number[1 + NUMBERS_MOST + LIST_SLACK];
    for (uint32_t done = 0; done < segment->size; done += NUMBERS_PIECE) {
        size_t count = numbers_of_piece(segment, done, kernels, number + 1);
        number[0] = collector->last;
        uint8_t *half_gap = collector->primes->half_gap + collector->primes->count - 1;
        for (size_t i = 0; i < count; i++)
            half_gap[i] = (uint8_t)((number[i + 1] - number[i]) / 2);
        collector->primes->count += count;
        collector->last = (uint32_t)number[count];
    }
}

static yoke_status collect_chunk(struct collector *collector, struct sieve *sieve, uint64_t chunk)
{
    struct segment segment;
    yoke_status status = sieve_start(sieve, chunk);
    do {
        if (status == YOKE_OK)
            status = sieve_next(sieve, &segment);
        if (status == YOKE_OK)
            collect_segment(collector, &segment, sieve_kernels(sieve));
    } while (status == YOKE_OK && segment.size);
    return status;
}

static yoke_status collect_sieving(uint32_t limit, const struct kernels *kernels,
                                   struct collector *collector)
{
    struct sieving_primes roots;
    yoke_status status = sieving_primes_open(square_root(limit), kernels, &roots);
    if (status != YOKE_OK)
        return status;
    struct plan plan;
    struct plan_request request = {
        .lo = 7, .hi = (uint64_t)limit + 1, .caches = caches_here(), .modulus = 30};
    plan_make(&plan, &request);
    struct sieve *sieve;
    status = sieve_open(&plan, &roots, kernels, &sieve);
    if (status == YOKE_OK) {
        collect(collector, 3);
        collect(collector, 5);
        for (uint64_t chunk = 0; chunk < plan.chunks && status == YOKE_OK; chunk++)
            status = collect_chunk(collector, sieve, chunk);
        sieve_close(sieve);
    }
    sieving_primes_close(&roots);
    return status;
}

static yoke_status refuse(uint32_t limit, size_t bytes)
{
    return error_set(
        YOKE_NO_MEMORY,
        "no memory for the primes up to %u (%zu MB): free some memory or sieve a lower "
        "interval",
        limit, bytes / 1000000 + 1);
}

yoke_status sieving_primes_open(uint32_t limit, const struct kernels *kernels,
                                struct sieving_primes *primes)
{
    /* 2^17: about the L2 cache, and far enough below to end the recursion at once. */
    const uint32_t plain_limit = UINT32_C(1) << 17;
    *primes = (struct sieving_primes){.limit = limit};
    size_t bound = prime_count_bound(limit);
    primes->half_gap = malloc(bound + VECTOR_SLACK);
    if (!primes->half_gap)
        return refuse(limit, bound);
    struct collector collector = {primes, 0};
    yoke_status status = limit <= plain_limit ? collect_plainly(limit, &collector)
                                              : collect_sieving(limit, kernels, &collector);
    if (status == YOKE_OK)
        return YOKE_OK;
    sieving_primes_close(primes);
    return status == YOKE_NO_MEMORY ? refuse(limit, bound) : status;
}

void sieving_primes_close(struct sieving_primes *primes)
{
    cofactor_primes_forget(primes);
    free(primes->half_gap);
    *primes = (struct sieving_primes){0};
}
