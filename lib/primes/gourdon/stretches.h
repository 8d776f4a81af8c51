/* A sieved interval from 0 on, cut into stretches that workers take one by one. */
#ifndef PRIMES_GOURDON_STRETCHES_H
#define PRIMES_GOURDON_STRETCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "primes/sieve.h"
#include "primes/sieving_primes.h"

struct stretches {
    struct plan plan;
    const struct sieving_primes *primes;
    const struct kernels *kernels;
};

/* Plans stretches of about `width` numbers up to `last`; the primes reach to its root. */
void stretches_plan(struct stretches *stretches, uint64_t last, uint64_t width,
                    const struct sieving_primes *primes, const struct kernels *kernels);

static inline uint64_t stretches_count(const struct stretches *stretches)
{
    return stretches->plan.chunks;
}

/* The numbers of a stretch. */
static inline uint64_t stretches_width(const struct stretches *stretches)
{
    return stretches->plan.chunk * 30;
}

/* Opens one worker's sieve, unless it is open. */
yoke_status stretches_sieve(const struct stretches *stretches, struct sieve **sieve);

#endif
