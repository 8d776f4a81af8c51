/* Finding the multiples of the other large sieving primes: a vector of them at a time, with a
 * division each. */
#ifndef PRIMES_ISA_MULTIPLES_FAR_VECTOR_H
#define PRIMES_ISA_MULTIPLES_FAR_VECTOR_H

#include "vector.h"

/* The nearest integer, for numbers between -2^51 and 2^51: added to 1.5 * 2^52 it is what the bits
 * say. */
static inline vector far_round(vector_double a)
{
    const vector_double above = (vector_double){0} + 0x1.8p52;
    return (vector)(a + above) - (vector)above;
}

/* A vector of primes: the first multiple of each that lies at or above the query's first number,
 * that number's `distance` below it, and its cofactor, 2 * index + 1. */
struct far_runs {
    vector prime, index, distance;
    vector_double inverse; /* of twice the prime                                                 */
};

/* The index is half the quotient, rounded to the nearest. What is taken off is more than floating
 * point can be wrong for primes above 2^16, so the result is right or too small by one. */
static inline void far_runs_start(struct far_runs *runs, const uint32_t *primes,
                                  const struct run_query *query)
{
    vector prime = vector_load_32(primes);
    vector_double inverse = 0.5 / vector_to_double(prime);
    vector index = far_round((double)query->first * inverse - 0.25);
    vector distance = (vector_product_long(prime, index) << 1) + prime - query->first;
    vector_signed below = (vector_signed)distance < 0;
    index -= (vector)below;
    distance += prime << 1 & (vector)below;
    if (query->squares) {
        vector_signed early = (vector_signed)index < (vector_signed)(prime >> 1);
        index = vector_choose(early, prime >> 1, index);
        distance = vector_choose(early, vector_product_32(prime, prime) - query->first, distance);
    }
    index += query->skip;
    distance += prime * 2 * query->skip;
    *runs = (struct far_runs){prime, index, distance, inverse};
}

/* The cofactors whose multiples the query's numbers have. The half keeps the quotient, the number
 * of further steps of 2 p, away from whole numbers. */
static inline vector far_inside(const struct far_runs *runs, const struct run_query *query)
{
    vector_signed left = (vector_signed)(query->numbers - runs->distance);
    vector_signed inside = (left > 0) & ((vector_signed)runs->distance >= 0);
    vector_double steps = (vector_to_double((vector)(left & inside)) - 0.5) * runs->inverse;
    vector count = far_round(steps + 0.5);
    const vector most = vector_all(COFACTOR_RUN);
    count = vector_choose(count > most, most, count);
    return (vector_shift_left(vector_all(1), count) - 1) & (vector)inside;
}

/* The turns are rounded to the nearest, so half of the time a period is missing. */
static inline vector far_wanted(const struct far_runs *runs, const struct run_query *query)
{
    vector wanted = far_inside(runs, query);
    vector_double index = vector_to_double(runs->index);
    const vector_double above = (vector_double){0} + 0x1.8p52;
    for (uint32_t k = 0; k < query->patterns; k++) {
        const struct cofactor_pattern *pattern = &query->pattern[k];
        vector_double bit = index - pattern->first;
        vector_double turns = bit * pattern->reciprocal + above - above;
        vector start = far_round(bit - turns * pattern->period);
        start += (vector)((vector_signed)start < 0) & (uint64_t)pattern->period;
        wanted &= vector_shift_right(vector_words_64(pattern->bits, start >> 3), start & 7);
    }
    return wanted;
}

/* Lists the wanted ones of the cofactors, of which there are COFACTOR_RUN at most; four at a time,
 * the last time perhaps more than there are, as a branch for each would be foreseen less often. */
static inline size_t list_wanted(uint32_t *next, uint64_t wanted, uint32_t distance, uint32_t prime)
{
    size_t count = (size_t)__builtin_popcountll(wanted);
    for (size_t done = 0; done < count; done += 4) {
        for (size_t i = 0; i < 4; i++) {
            uint32_t cofactor = (uint32_t)__builtin_ctzll(wanted | UINT64_C(1) << COFACTOR_RUN);
            next[done + i] = distance + cofactor * prime;
            wanted &= wanted - 1;
        }
    }
    return count;
}

/* The primes one after the other. */
static size_t find_far(const uint32_t *primes, size_t count, const struct run_query *query,
                       uint32_t *distances)
{
    uint32_t *next = distances;
    for (size_t i = 0; i < count; i += VECTOR_NUMBERS) {
        struct far_runs runs;
        far_runs_start(&runs, primes + i, query);
        uint64_t wanted[VECTOR_NUMBERS], distance[VECTOR_NUMBERS];
        vector_store(wanted, far_wanted(&runs, query));
        vector_store(distance, runs.distance >> 1);
        for (size_t j = 0; j < VECTOR_NUMBERS; j++)
            next += list_wanted(next, wanted[j], (uint32_t)distance[j], primes[i + j]);
    }
    return (size_t)(next - distances);
}

#endif
