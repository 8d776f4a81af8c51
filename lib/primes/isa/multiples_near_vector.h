/* Finding close multiples, a vector of primes at a time: see multiples_near.h. */
#ifndef PRIMES_ISA_MULTIPLES_NEAR_VECTOR_H
#define PRIMES_ISA_MULTIPLES_NEAR_VECTOR_H

/* A vector of primes: how far each is from the middle, the index of its next multiple's cofactor
 * modulo 2^32, half of that multiple's distance, and of how far from there on the last number lies,
 * with a sign; -1 where the first multiple is beyond it. */
struct near_runs {
    vector_32 prime, apart, index, distance, left;
};

static inline void near_runs_start(struct near_runs *runs, const struct near *near,
                                   const uint32_t *primes, uint32_t last)
{
    vector_32 prime;
    memcpy(&prime, primes, sizeof prime);
    vector_32 apart = prime - near->middle;
    vector_float d = __builtin_convertvector((vector_signed_32)apart, vector_float);
    vector_float above = ((near->curve - near->cubic * d) * d - near->rest) * d + near->start;
    vector_32 index = (vector_32) __builtin_convertvector(above, vector_signed_32);
    index += (uint32_t)near->base - near->lift - apart * near->slope;
    vector_32 distance = index * prime + ((prime >> 1) - near->first);
    vector_32 below = (vector_32)(distance >= prime);
    distance += below & prime;
    vector_32 left = (last - distance) | (vector_32)(distance > last);
    *runs = (struct near_runs){prime, apart, index - below, distance, left};
}

static inline void near_runs_skip(struct near_runs *runs, uint32_t skip)
{
    runs->index += skip;
    runs->distance += runs->prime * skip;
    runs->left -= runs->prime * skip;
}

/* Of the next `run` cofactors, those of multiples beyond the last number. There are `cofactors`, of
 * which each prime has all but the last two: n of these primes are at most as long as n + 1 of the
 * first one. */
static inline vector_32 near_beyond(const struct near_runs *runs, bool is_long, uint32_t run,
                                    uint32_t cofactors)
{
    uint32_t sure = cofactors < 2 ? 0 : cofactors - 2;
    if (sure >= run)
        return (vector_32){0};
    vector_32 left = sure ? runs->left - runs->prime * sure : runs->left;
    vector_32 beyond = left >> 31 << sure;
    left = is_long ? (vector_32){0} - 1 : left - runs->prime;
    return beyond | left >> 31 << (sure + 1);
}

static inline vector_32 near_wanted(const struct near_pattern *pattern, size_t patterns,
                                    const struct near_runs *runs, vector_32 wanted)
{
    for (size_t k = 0; k < patterns; k++, pattern++) {
        vector_32 bit = runs->index + pattern->start;
        if (pattern->turns != 0) {
            bit -= runs->apart * pattern->slope;
            vector_float turns = __builtin_convertvector((vector_signed_32)bit, vector_float);
            turns *= pattern->turns;
            bit -= (vector_32) __builtin_convertvector(turns, vector_signed_32) * pattern->period;
        }
        wanted &= vector_shift_right_32(vector_words(pattern->bits, bit >> 3), bit & 7);
    }
    return wanted;
}

/* Lists the wanted of each prime's next cofactors, the first of all, then the second, and so on. */
static inline uint32_t *near_list(uint32_t *next, vector_32 wanted, const struct near_runs *runs,
                                  uint32_t run)
{
    vector_32 distance = runs->distance;
    for (uint32_t i = 0; i < run; i++) {
        next += vector_compress_32(next, wanted << 31, distance);
        wanted >>= 1;
        distance += runs->prime;
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
    uint32_t most = query->cofactors < COFACTOR_RUN ? query->cofactors : COFACTOR_RUN;
    uint32_t *next = distances;
    for (size_t i = 0; i < count; i += sizeof(vector_32) / 4) {
        struct near_runs runs;
        near_runs_start(&runs, near, primes + i, last);
        if (query->skip)
            near_runs_skip(&runs, query->skip);
        for (uint32_t done = 0; done < most; done += NEAR_RUN) {
            uint32_t run = most - done < NEAR_RUN ? most - done : NEAR_RUN;
            vector_32 wanted = ~near_beyond(&runs, near->is_long, run, query->cofactors - done);
            wanted = near_wanted(pattern, query->patterns, &runs, wanted);
            next = near_list(next, wanted, &runs, run);
            if (run == NEAR_RUN)
                near_runs_skip(&runs, run);
        }
    }
    return (size_t)(next - distances);
}

#endif
