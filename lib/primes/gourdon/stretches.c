/* Plans the sieve of an interval so that each of its chunks is a stretch. */
#include "stretches.h"

#include "base/error.h"
#include "primes/caches.h"

/* A sieve's positions in a chunk are 32-bit and signed. */
#define STRETCH_BYTES_MOST (UINT64_C(1) << 29)

/* Shorter segments than a level 1 cache bring nothing. */
#define SEGMENT_LEAST (UINT32_C(32) << 10)

void stretches_plan(struct stretches *stretches, uint64_t first, uint64_t last, uint64_t width,
                    const struct sieving_primes *primes, const struct isa *isa)
{
    *stretches = (struct stretches){.first = first, .primes = primes, .isa = isa};
    uint64_t bytes = width / 30 + 1;
    stretches->plan.chunk = bytes < STRETCH_BYTES_MOST ? bytes : STRETCH_BYTES_MOST;
    if (first > last / 30)
        return; /* nothing is left */
    /* 2, 3 and 5 have no place in the bitmap, and 1 would have one. */
    struct plan_request request = {.lo = first ? 30 * first : 7,
                                   .hi = last + 1,
                                   .workers = 1,
                                   .caches = caches_here(),
                                   .modulus = 30,
                                   .test = PLAN_SIEVES};
    struct plan *plan = &stretches->plan;
    uint64_t chunk = plan->chunk;
    plan_make(plan, &request);
    while (plan->segment > chunk && plan->segment > SEGMENT_LEAST)
        plan->segment /= 2;
    plan->block = plan->block < plan->segment ? plan->block : plan->segment;
    plan->chunk = (chunk + plan->segment - 1) / plan->segment * plan->segment;
    plan->chunks = (plan->end_byte - first - 1) / plan->chunk + 1;
}

yoke_status stretches_sieve(const struct stretches *stretches, struct sieve **sieve)
{
    if (*sieve)
        return YOKE_OK;
    yoke_status status =
        sieve_open(&stretches->plan, stretches->primes, NULL, stretches->isa, sieve);
    return status != YOKE_NO_MEMORY
               ? status
               : error_set(status, "no memory for a worker's sieve: free some memory or use fewer "
                                   "workers");
}
