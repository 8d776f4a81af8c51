/* A sieved interval, from 0 on or a later start, cut into stretches that workers take one by one.
 * A start is a byte of the bitmap, that is, 30 numbers. */
#ifndef PRIMES_GOURDON_STRETCHES_H
#define PRIMES_GOURDON_STRETCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "primes/sieve.h"
#include "primes/sieving_primes.h"

struct stretches {
    struct plan plan;
    uint64_t first; /* byte                                                                      */
    const struct sieving_primes *primes;
    const struct isa *isa;
};

/* Plans stretches of about `width` numbers from byte `first` up to `last`; the primes reach to its
 * root. */
void stretches_plan(struct stretches *stretches, uint64_t first, uint64_t last, uint64_t width,
                    const struct sieving_primes *primes, const struct isa *isa);

static inline uint64_t stretches_count(const struct stretches *stretches)
{
    return stretches->plan.chunks;
}

/* The numbers of a stretch. */
static inline uint64_t stretches_width(const struct stretches *stretches)
{
    return stretches->plan.chunk * 30;
}

/* The first of them. */
static inline uint64_t stretches_start(const struct stretches *stretches, uint64_t number)
{
    return stretches->first * 30 + number * stretches_width(stretches);
}

/* The byte to start from once the stretches before `number` are done. */
static inline uint64_t stretches_done(const struct stretches *stretches, uint64_t number)
{
    uint64_t byte = stretches->first + number * stretches->plan.chunk;
    return number < stretches_count(stretches) || !number ? byte : stretches->plan.end_byte;
}

/* Opens one worker's sieve, unless it is open. */
yoke_status stretches_sieve(const struct stretches *stretches, struct sieve **sieve);

#endif
