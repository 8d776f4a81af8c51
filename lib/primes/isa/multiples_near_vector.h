/* Finding close multiples, a vector of primes at a time: see multiples_near.h. */
#ifndef PRIMES_ISA_MULTIPLES_NEAR_VECTOR_H
#define PRIMES_ISA_MULTIPLES_NEAR_VECTOR_H

/* A vector of primes: how far each is from the middle, the index of its first multiple as far as it
 * does not depend on S, that multiple's distance, and how far from there on the last number lies,
 * if it does. */
struct near_runs {
    vector_32 twice, apart, index, distance, left, inside;
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
    vector_32 twice = prime + prime;
    vector_32 whole = index - apart * near->slope + ((uint32_t)near->base - near->lift);
    vector_32 distance = whole * twice + (prime - near->first);
    vector_32 below = (vector_32)(distance >= twice);
    distance += below & twice;
    *runs = (struct near_runs){twice,    apart,           index - below,
                               distance, last - distance, (vector_32)(distance <= last)};
}

/* As many steps cover less than 2^32 numbers. */
static inline void near_runs_skip(struct near_runs *runs, uint32_t skip)
{
    vector_32 skipped = runs->twice * skip;
    runs->index += skip;
    runs->distance += skipped;
    runs->inside &= (vector_32)(runs->left >= skipped);
    runs->left -= skipped;
}

static inline vector_32 near_wanted(const struct near_pattern *pattern, size_t patterns,
                                    const struct near_runs *runs)
{
    vector_32 wanted = (vector_32){0} - 1;
    for (size_t k = 0; k < patterns; k++, pattern++) {
        vector_32 bit = runs->index - runs->apart * pattern->slope + pattern->start;
        if (pattern->turns != 0) {
            vector_float turns = __builtin_convertvector((vector_signed_32)bit, vector_float);
            turns *= pattern->turns;
            bit -= (vector_32) __builtin_convertvector(turns, vector_signed_32) * pattern->period;
        }
        wanted &= vector_shift_right_32(vector_words(pattern->bits, bit >> 3), bit & 7);
    }
    return wanted;
}

/* Lists the wanted of each prime's next cofactors, the first of all, then the second, and so on. */
static inline uint32_t *near_list(uint32_t *next, vector_32 wanted, struct near_runs *runs,
                                  uint32_t cofactors)
{
    for (uint32_t i = 0; i < cofactors; i++) {
        next += vector_compress_32(next, runs->inside & (0 - (wanted & 1)), runs->distance);
        wanted >>= 1;
        near_runs_skip(runs, 1);
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
    uint32_t cofactors = query->cofactors < COFACTOR_RUN ? query->cofactors : COFACTOR_RUN;
    uint32_t *next = distances;
    for (size_t i = 0; i < count; i += sizeof(vector_32) / 4) {
        struct near_runs runs;
        near_runs_start(&runs, near, primes + i, last);
        if (query->skip)
            near_runs_skip(&runs, query->skip);
        for (uint32_t left = cofactors; left;) {
            uint32_t run = left < NEAR_RUN ? left : NEAR_RUN;
            vector_32 wanted = near_wanted(pattern, query->patterns, &runs);
            next = near_list(next, wanted, &runs, run);
            left -= run;
        }
    }
    return (size_t)(next - distances);
}

#endif
