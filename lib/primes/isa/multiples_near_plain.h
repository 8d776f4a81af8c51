/* Finding close multiples in plain C, in short loops over some primes, which compilers make vectors
 * of where they can: see multiples_near.h. For NEAR_COFACTORS at most, and none skipped. */
#ifndef PRIMES_ISA_MULTIPLES_NEAR_PLAIN_H
#define PRIMES_ISA_MULTIPLES_NEAR_PLAIN_H

#define NEAR_PRIMES 64

/* As those of multiples_near_vector.h, with the cofactors wanted of each prime. */
struct near_runs {
    size_t count;
    uint32_t apart[NEAR_PRIMES], index[NEAR_PRIMES], distance[NEAR_PRIMES], wanted[NEAR_PRIMES];
};

/* What lies beyond the last number is found as near_beyond() does; `sure` cofactors do not. Inline,
 * as without these there is nothing to multiply them with. */
static inline void near_runs_start(struct near_runs *runs, const struct near *near,
                                   const uint32_t *primes, uint32_t last, uint32_t sure)
{
    const struct near all = *near;
    for (size_t i = 0; i < runs->count; i++) {
        uint32_t prime = primes[i];
        uint32_t apart = prime - all.middle;
        float d = (float)(int32_t)apart;
        float above = ((all.curve - all.cubic * d) * d - all.rest) * d + all.start;
        uint32_t index = (uint32_t)(int32_t)above;
        index += (uint32_t)all.base - all.lift - apart * all.slope;
        uint32_t distance = index * prime + (prime / 2 - all.first);
        uint32_t below = distance >= prime;
        distance += prime & (0 - below);
        uint32_t left = ((last - distance) | (0 - (uint32_t)(distance > last))) - sure * prime;
        uint32_t next = all.is_long ? UINT32_MAX : left - prime;
        uint32_t beyond = (left >> 31 | next >> 31 << 1) << sure;
        runs->apart[i] = apart;
        runs->index[i] = index + below;
        runs->distance[i] = distance;
        runs->wanted[i] = ~beyond;
    }
}

static inline void near_want(struct near_runs *runs, const struct near_pattern *pattern)
{
    const struct near_pattern all = *pattern;
    uint32_t bit[NEAR_PRIMES];
    if (all.turns == 0) {
        for (size_t i = 0; i < runs->count; i++)
            bit[i] = runs->index[i] + all.start;
    } else {
        for (size_t i = 0; i < runs->count; i++) {
            uint32_t start = runs->index[i] - runs->apart[i] * all.slope + all.start;
            uint32_t turns = (uint32_t)(int32_t)((float)(int32_t)start * all.turns);
            bit[i] = start - turns * all.period;
        }
    }
    for (size_t i = 0; i < runs->count; i++) {
        uint32_t word;
        memcpy(&word, all.bits + (bit[i] >> 3), sizeof word);
        runs->wanted[i] &= little_endian_32(word) >> (bit[i] & 7);
    }
}

/* Lists the wanted of each prime's cofactors, the first of all, then the second, and so on; all are
 * written, and what is not wanted is written over, since no branch could be foreseen. */
static inline uint32_t *near_list(uint32_t *next, struct near_runs *runs, const uint32_t *primes,
                                  uint32_t cofactors)
{
    for (uint32_t k = 0; k < cofactors; k++) {
        uint32_t hit[NEAR_PRIMES];
        for (size_t i = 0; i < runs->count; i++)
            hit[i] = runs->wanted[i] >> k & 1;
        for (size_t i = 0; i < runs->count; i++) {
            *next = runs->distance[i];
            next += hit[i];
        }
        for (size_t i = 0; i < runs->count; i++)
            runs->distance[i] += primes[i];
    }
    return next;
}

static size_t find_near(const struct near *near, const uint32_t *primes, size_t count,
                        const struct run_query *query, uint32_t *distances)
{
    struct near_pattern pattern[COFACTOR_PATTERNS];
    for (uint32_t k = 0; k < query->patterns; k++)
        pattern[k] = near_pattern_of(near, &query->pattern[k]);
    uint32_t last = (uint32_t)(query->numbers / 2 - 1);
    uint32_t *next = distances;
    for (size_t i = 0; i < count; i += NEAR_PRIMES) {
        struct near_runs runs;
        runs.count = count - i < NEAR_PRIMES ? count - i : NEAR_PRIMES;
        if (query->cofactors <= 2)
            near_runs_start(&runs, near, primes + i, last, 0);
        else
            near_runs_start(&runs, near, primes + i, last, query->cofactors - 2);
        for (uint32_t k = 0; k < query->patterns; k++)
            near_want(&runs, &pattern[k]);
        next = near_list(next, &runs, primes + i, query->cofactors);
    }
    return (size_t)(next - distances);
}

#endif
