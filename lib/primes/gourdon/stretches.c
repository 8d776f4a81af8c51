#include "stretches.h"

#include "base/error.h"
#include "primes/caches.h"

/* A sieve's positions in a chunk are 32-bit and signed. */
#define STRETCH_BYTES_MOST (UINT64_C(1) << 29)

void stretches_plan(struct stretches *stretches, uint64_t last, uint64_t width,
                    const struct sieving_primes *primes, const struct kernels *kernels)
{
    *stretches = (struct stretches){.primes = primes, .kernels = kernels};
    /* 2, 3 and 5 have no place in the bitmap, and 1 would have one. */
    struct plan_request request = {.lo = 7,
                                   .hi = last + 1,
                                   .workers = 1,
                                   .caches = caches_here(),
                                   .modulus = 30,
                                   .test = PLAN_SIEVES};
    struct plan *plan = &stretches->plan;
    plan_make(plan, &request);
    uint64_t bytes = width / 30 + 1;
    bytes = bytes < STRETCH_BYTES_MOST ? bytes : STRETCH_BYTES_MOST;
    plan->chunk = (bytes + plan->segment - 1) / plan->segment * plan->segment;
    plan->chunks = (plan->end_byte - 1) / plan->chunk + 1;
}

yoke_status stretches_sieve(const struct stretches *stretches, struct sieve **sieve)
{
    if (*sieve)
        return YOKE_OK;
    yoke_status status =
        sieve_open(&stretches->plan, stretches->primes, NULL, stretches->kernels, sieve);
    return status == YOKE_OK ? YOKE_OK
                             : error_set(status, "no memory for a worker's sieve: free some memory "
                                                 "or use fewer workers");
}
