/* Finding the multiples of the other large sieving primes in plain C: a few at a time, with a
 * division each. */
#ifndef PRIMES_ISA_MULTIPLES_FAR_PLAIN_H
#define PRIMES_ISA_MULTIPLES_FAR_PLAIN_H

/* The wanted cofactors of each prime, and the distance of the first. What is listed comes last: a
 * branch that was foreseen wrongly costs all that was begun before it. */
struct far_runs {
    uint64_t wanted[PRIMES_AT_A_TIME], distance[PRIMES_AT_A_TIME];
    double index[PRIMES_AT_A_TIME];
};

/* Rounds as multiples_far_vector.h does. */
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
        for (size_t j = 0; j < PRIMES_AT_A_TIME; j++) {
            uint32_t distance = (uint32_t)(runs.distance[j] >> 1), prime = primes[i + j];
            for (uint64_t wanted = runs.wanted[j]; wanted; wanted &= wanted - 1)
                *next++ = distance + prime * (uint32_t)__builtin_ctzll(wanted);
        }
    }
    return (size_t)(next - distances);
}

#endif
