/* Finding the multiples of large sieving primes, prime by prime. */
#ifndef PRIMES_ISA_MULTIPLES_PLAIN_H
#define PRIMES_ISA_MULTIPLES_PLAIN_H

#include "base/little_endian.h"

static void list_primes(const uint8_t *half_gaps, size_t count, uint32_t first, uint32_t *primes)
{
    for (size_t i = 0; i < count; i++) {
        primes[i] = first;
        first += 2u * half_gaps[i];
    }
}

/* Lists the wanted ones of the cofactors, of which there are COFACTOR_RUN at most; four at a time,
 * the last time perhaps more than there are, as a branch for each would be foreseen less often. */
static inline size_t list_wanted(uint32_t *next, uint64_t wanted, uint32_t distance, uint32_t twice)
{
    size_t count = (size_t)__builtin_popcountll(wanted);
    for (size_t done = 0; done < count; done += 4) {
        for (size_t i = 0; i < 4; i++) {
            uint32_t cofactor = (uint32_t)__builtin_ctzll(wanted | UINT64_C(1) << COFACTOR_RUN);
            next[done + i] = distance + cofactor * twice;
            wanted &= wanted - 1;
        }
    }
    return count;
}

#if VECTORS
#include "multiples_far.h"
#else
/* The wanted cofactors of each prime, and the distance of the first. */
struct far_runs {
    uint64_t wanted[PRIMES_AT_A_TIME], distance[PRIMES_AT_A_TIME];
    double index[PRIMES_AT_A_TIME];
};

/* The first multiples as runs_start() of multiples_avx512.h finds them; how many there are, as its
 * wanted_cofactors(). */
static inline void far_runs_start(struct far_runs *runs, const uint32_t *primes,
                                  const struct run_query *query)
{
    double first = (double)query->first;
    for (size_t i = 0; i < PRIMES_AT_A_TIME; i++) {
        uint64_t prime = primes[i];
        double inverse = 0.5 / (double)prime;
        int64_t index = (int64_t)(first * inverse + 0.25);
        uint64_t distance = (2 * (uint64_t)index + 1) * prime - query->first;
        int64_t below = (int64_t)distance >> 63;
        index -= below;
        distance += 2 * prime & (uint64_t)below;
        bool early = query->squares && (uint64_t)index < prime / 2;
        index = early ? (int64_t)prime / 2 : index;
        distance = early ? prime * prime - query->first : distance;
        index += query->skip;
        distance += 2 * prime * query->skip;
        int64_t left = (int64_t)(query->numbers - distance);
        int64_t run = (int64_t)(((double)left - 0.5) * inverse) + 1;
        run = run < COFACTOR_RUN ? run : COFACTOR_RUN;
        runs->wanted[i] = distance < query->numbers ? (UINT64_C(1) << (run & 63)) - 1 : 0;
        runs->distance[i] = distance;
        runs->index[i] = (double)index;
    }
}

/* The turns are rounded to the nearest, as adding 1.5 * 2^52 makes them, so half of the time a
 * period is missing. */
static inline void far_runs_want(struct far_runs *runs, const struct cofactor_pattern *pattern)
{
    const double nearest = 0x1.8p52;
    for (size_t i = 0; i < PRIMES_AT_A_TIME; i++) {
        double index = runs->index[i] - pattern->first;
        double turns = index * pattern->reciprocal + nearest - nearest;
        int64_t bit = (int64_t)(index - turns * pattern->period);
        bit += (int64_t)pattern->period & bit >> 63;
        uint64_t word;
        memcpy(&word, pattern->bits + ((uint64_t)bit >> 3), sizeof word);
        runs->wanted[i] &= little_endian_64(word) >> (bit & 7);
    }
}

static size_t find_far(const uint32_t *primes, size_t count, const struct run_query *query,
                       uint32_t *distances)
{
    uint32_t *next = distances;
    for (size_t i = 0; i < count; i += PRIMES_AT_A_TIME) {
        struct far_runs runs;
        far_runs_start(&runs, primes + i, query);
        for (uint32_t k = 0; k < query->patterns; k++)
            far_runs_want(&runs, &query->pattern[k]);
        for (size_t j = 0; j < PRIMES_AT_A_TIME; j++)
            next +=
                list_wanted(next, runs.wanted[j], (uint32_t)runs.distance[j], 2 * primes[i + j]);
    }
    return (size_t)(next - distances);
}

#endif

static size_t find_multiples(const uint32_t *primes, size_t count, const struct run_query *query,
                             uint32_t *distances)
{
#if VECTORS
    struct near near;
    if (near_start(&near, primes, count, query))
        return find_near(&near, primes, count, query, distances);
#endif
    return find_far(primes, count, query, distances);
}

#endif
