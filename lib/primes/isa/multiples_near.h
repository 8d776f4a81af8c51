/* Finding the multiples of large sieving primes that lie so close together that their cofactors
 * follow a curve, which is true of most: a vector of them at a time, without a division.
 *
 * With m the middle of the primes, the first number x = 2 m B + f, a prime p = m + d, and
 * s = x / 2 m^2,
 *
 *     x / 2p = B + f / 2m - s d + (s / m) d^2 - (s / m^2) d^3 + ...
 *
 * Of s the whole part S is multiplied in integers, so that floating point has only small numbers to
 * add. The first cofactor that counts is 2 i + 1 with i the smallest integer that is not below
 * x / 2p - 1/2; what is rounded down below is x / 2p + 1/2 - NEAR_MARGIN, which gives i or i - 1 as
 * long as floating point is off by less than the margin. Half of the distance above x, of i less
 * than p and of i - 1 more than -2 * NEAR_MARGIN * p, is computed modulo 2^32 and tells which. */
#ifndef PRIMES_ISA_MULTIPLES_NEAR_H
#define PRIMES_ISA_MULTIPLES_NEAR_H

#include "vector.h"

#define NEAR_MARGIN 0.0625

/* Of patterns that repeat. */
#define NEAR_PERIOD_MAX 33263

/* The largest prime p for which (1 + 2 * NEAR_MARGIN) * p < 2^32 - 1. */
#define NEAR_PRIME_MAX UINT32_C(3817748705)

/* What is common to all primes of a batch. */
struct near {
    uint32_t middle, slope;   /* m, S                                                            */
    float rest, curve, cubic; /* s - S, s / m, s / m^2                                           */
    float start;              /* raised by `lift`, so that what is rounded is positive           */
    uint32_t lift;
    uint64_t base;  /* B                                                                         */
    uint32_t first; /* x / 2 modulo 2^32                                                         */
    bool is_long;   /* every step of p is beyond the numbers                                     */
    uint64_t span;  /* over so many bits of a pattern the batch's cofactors and a word reach     */
};

/* False: they are too far apart. Let e be how far primes are from m, below 2^12. What is rounded
 * is below s e^2 / m + 2 e + 2 with s e^2 / m < 2^14, so that all roundings together come to less
 * than 2^17 / 2^24 < 1/64; so do errors of s, which is below 2^28; and what is left out of the
 * series is less than s e^4 / m^3 < 1/64. Bits of patterns are the subject of near_pattern_of(),
 * and what the number of cofactors has to do with it that of near_step(). */
static bool near_start(struct near *near, const uint32_t *primes, size_t count,
                       const struct run_query *query)
{
    uint32_t reach = (primes[count - 1] - primes[0]) / 2 + 1;
    uint64_t cofactors = query->skip + query->cofactors;
    bool is_long = primes[0] > INT32_MAX;
    uint64_t step = is_long ? INT32_MAX : primes[count - 1];
    if (query->squares || primes[count - 1] > NEAR_PRIME_MAX || reach >= 1 << 12 ||
        2 * reach * cofactors > primes[0] || step * (cofactors - 1) > INT32_MAX)
        return false;
    uint32_t middle = primes[0] + reach - 1;
    double inverse = 1.0 / middle;
    double slope = 0.5 * (double)query->first * inverse * inverse;
    double bend = slope * reach * reach * inverse;
    double steps = slope < NEAR_PERIOD_MAX / 2 ? slope : NEAR_PERIOD_MAX / 2;
    if (slope >= 1 << 28 || bend >= 1 << 14 ||
        bend * reach * reach * inverse * inverse >= 1.0 / 64 ||
        steps * reach >= (1 << 24) - (1 << 18))
        return false;
    uint64_t twice = 2 * (uint64_t)middle;
    uint64_t base = query->first / twice;
    uint64_t rest = query->first - twice * base;
    *near = (struct near){
        .middle = middle,
        .slope = (uint32_t)slope,
        .rest = (float)(slope - (uint32_t)slope),
        .curve = (float)(slope * inverse),
        .cubic = (float)(slope * inverse * inverse),
        .start = (float)((double)rest * 0.5 * inverse + 0.5 - NEAR_MARGIN + reach),
        .lift = reach,
        .base = base,
        .first = (uint32_t)(query->first / 2),
        .is_long = is_long,
        .span = 2 * (uint64_t)slope * reach + (uint64_t)bend + 2 * reach + 2 + cofactors + 32,
    };
    return true;
}

/* How the cofactors of a batch find their bits in a pattern: from number `start` on, once d *
 * `slope` and whole periods are taken off; all modulo 2^32. */
struct near_pattern {
    const uint8_t *bits;
    uint32_t start, slope, period;
    float turns; /* 0: neither a slope nor periods are to be taken off                           */
};

/* Close cofactors lie in a few of the periods that the pattern's bits repeat, or it has but one.
 * Else bits start at what is between 0 and 2^25 because the slope, modulo the period, is at most
 * half of that and the start is raised by so many periods. `turns` is a little small, so that the
 * period is perhaps taken off once too rarely, for bits of up to 2^25 * 7 / 2^24 + 1 = 15 behind
 * it, but never too often. */
static struct near_pattern near_pattern_of(const struct near *near,
                                           const struct cofactor_pattern *pattern)
{
    if (pattern->reciprocal == 0)
        return (struct near_pattern){pattern->bits, -(uint32_t)(uint64_t)pattern->first, 0, 0, 0};
    uint32_t period = (uint32_t)pattern->period;
    bool is_close = 2 * (uint64_t)period + near->span <= COFACTOR_BITS;
    uint32_t slope = is_close ? near->slope : near->slope % period;
    bool over = !is_close && slope > period / 2;
    uint32_t most = (over ? period - slope : slope) * near->lift + near->lift;
    uint32_t start = (uint32_t)(near->base % period) + (most / period + 1) * period;
    return (struct near_pattern){
        .bits = pattern->bits,
        .start = start - (uint32_t)near->base,
        .slope = (over ? slope - period : slope) - near->slope,
        .period = period,
        .turns = is_close ? 0 : (float)(pattern->reciprocal * (1 - 0x1p-22)),
    };
}

/* An unaligned 32-bit word shows so many cofactors. */
#define NEAR_RUN 25

/* Of more a division for each prime takes less time. */
#if VECTORS
#define NEAR_COFACTORS (UINT32_C(1) << 31)
#else
#define NEAR_COFACTORS NEAR_RUN
#endif

#if VECTORS
#include "multiples_near_vector.h"
#else
#include "multiples_near_plain.h"
#endif

#endif
