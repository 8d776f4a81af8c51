/* Finding the multiples of large sieving primes where there is no more special form. */
#ifndef PRIMES_ISA_MULTIPLES_ANY_H
#define PRIMES_ISA_MULTIPLES_ANY_H

#if VECTORS
#include "multiples_far_vector.h"
#else
#include "multiples_far_plain.h"
#endif

static void list_primes(const uint8_t *half_gaps, size_t count, uint32_t first, uint32_t *primes)
{
    for (size_t i = 0; i < count; i++) {
        primes[i] = first;
        first += 2u * half_gaps[i];
    }
}

static size_t find_multiples(const uint32_t *primes, size_t count, const struct run_query *query,
                             uint32_t *distances)
{
    struct near near;
    if (query->skip + query->cofactors <= NEAR_COFACTORS && near_start(&near, primes, count, query))
        return find_near(&near, primes, count, query, distances);
    return find_far(primes, count, query, distances);
}

#endif
