/* Finding close multiples in plain C, in short loops over some primes, which compilers make vectors
 * of: see multiples_near.h. For NEAR_COFACTORS at most, and none skipped. */
#ifndef PRIMES_ISA_MULTIPLES_NEAR_PLAIN_H
#define PRIMES_ISA_MULTIPLES_NEAR_PLAIN_H

#define NEAR_PRIMES 64

/* As those of multiples_near_vector.h, with the cofactors wanted of each prime. */
struct near_runs {
    size_t count;
    uint32_t twice[NEAR_PRIMES], apart[NEAR_PRIMES], index[NEAR_PRIMES], distance[NEAR_PRIMES];
    uint32_t left[NEAR_PRIMES], inside[NEAR_PRIMES]; /* inside: 1 or 0                            */
    uint32_t wanted[NEAR_PRIMES];
};

static inline void near_runs_start(struct near_runs *runs, const struct near *near,
                                   const uint32_t *primes, uint32_t last)
{
    const struct near all = *near;
    for (size_t i = 0; i < runs->count; i++) {
        uint32_t apart = primes[i] - all.middle;
        float d = (float)(int32_t)apart;
        float above = ((all.curve - all.cubic * d) * d - all.rest) * d + all.start;
        uint32_t index = (uint32_t)(int32_t)above;
        uint32_t whole = index - apart * all.slope + ((uint32_t)all.base - all.lift);
        uint32_t twice = 2 * primes[i];
        uint32_t distance = whole * twice + (primes[i] - all.first);
        uint32_t below = distance >= twice;
        distance += twice & (0 - below);
        runs->twice[i] = twice;
        runs->apart[i] = apart;
        runs->index[i] = index + below;
        runs->distance[i] = distance;
        runs->left[i] = last - distance;
        runs->inside[i] = distance <= last;
    }
}

static inline void near_want(struct near_runs *runs, const struct near_pattern *pattern)
{
    const struct near_pattern all = *pattern;
    uint32_t bit[NEAR_PRIMES];
    for (size_t i = 0; i < runs->count; i++) {
        uint32_t start = runs->index[i] - runs->apart[i] * all.slope + all.start;
        uint32_t turns = (uint32_t)(int32_t)((float)(int32_t)start * all.turns);
        bit[i] = start - turns * all.period;
    }
    for (size_t i = 0; i < runs->count; i++) {
        uint32_t word;
        memcpy(&word, all.bits + (bit[i] >> 3), sizeof word);
        runs->wanted[i] &= little_endian_32(word) >> (bit[i] & 7);
    }
}

/* Lists the wanted of each prime's first cofactors, the first of all, then the second, and so on;
 * all are written, and what is not wanted is written over, since no branch could be foreseen. */
static inline uint32_t *near_list(uint32_t *next, struct near_runs *runs, uint32_t cofactors)
{
    for (uint32_t k = 0; k < cofactors; k++) {
        uint32_t hit[NEAR_PRIMES];
        for (size_t i = 0; i < runs->count; i++)
            hit[i] = runs->inside[i] & runs->wanted[i] >> k;
        for (size_t i = 0; i < runs->count; i++) {
            *next = runs->distance[i];
            next += hit[i];
        }
        for (size_t i = 0; i < runs->count; i++) {
            runs->distance[i] += runs->twice[i];
            runs->inside[i] &= runs->left[i] >= runs->twice[i];
            runs->left[i] -= runs->twice[i];
        }
    }
    return next;
}

static size_t find_near(const struct near *near, const uint32_t *primes, size_t count,
                        const struct run_query *query, uint32_t *distances)
{
    struct near_pattern pattern[COFACTOR_PATTERNS];
    for (uint32_t k = 0; k < query->patterns; k++)
        pattern[k] = near_pattern_of(near, &query->pattern[k]);
    uint32_t last = (uint32_t)(query->numbers - 1);
    uint32_t *next = distances;
    for (size_t i = 0; i < count; i += NEAR_PRIMES) {
        struct near_runs runs;
        runs.count = count - i < NEAR_PRIMES ? count - i : NEAR_PRIMES;
        near_runs_start(&runs, near, primes + i, last);
        memset(runs.wanted, 0xff, sizeof runs.wanted);
        for (uint32_t k = 0; k < query->patterns; k++)
            near_want(&runs, &pattern[k]);
        next = near_list(next, &runs, query->cofactors);
    }
    return (size_t)(next - distances);
}

#endif
