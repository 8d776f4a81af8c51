#include "cofactor_primes.h"

#include <stdlib.h>

#include "base/error.h"
#include "caches.h"
#include "numbers.h"
#include "sieve.h"

/* The bits of two runs and a word, which may be looked at behind the last cofactor. */
#define SLACK_BYTES 32

static void enter_segment(struct cofactor_primes *cofactors, const struct segment *segment,
                          const struct kernels *kernels)
{
    uint64_t number[NUMBERS_MOST + LIST_SLACK];
    for (uint32_t done = 0; done < segment->size; done += NUMBERS_PIECE) {
        size_t count = numbers_of_piece(segment, done, kernels, number);
        for (size_t i = 0; i < count; i++) {
            uint64_t index = (number[i] - cofactors->first) / 2;
            cofactors->bits[index / 8] |= (uint8_t)(1u << index % 8);
        }
    }
}

static yoke_status enter_all(struct cofactor_primes *cofactors, const struct plan *plan,
                             const struct sieving_primes *primes, const struct kernels *kernels)
{
    struct sieve *sieve;
    yoke_status status = sieve_open(plan, primes, kernels, &sieve);
    if (status != YOKE_OK)
        return status;
    for (uint64_t chunk = 0; chunk < plan->chunks && status == YOKE_OK; chunk++) {
        struct segment segment = {.size = 0};
        status = sieve_start(sieve, chunk);
        do {
            if (status == YOKE_OK)
                status = sieve_next(sieve, &segment);
            if (status == YOKE_OK)
                enter_segment(cofactors, &segment, kernels);
        } while (status == YOKE_OK && segment.size);
    }
    sieve_close(sieve);
    return status;
}

static yoke_status refuse(size_t bytes)
{
    return error_set(YOKE_NO_MEMORY,
                     "no memory for the primes among the cofactors (%zu MB): free some memory or "
                     "sum a shorter interval",
                     bytes / 1000000 + 1);
}

yoke_status cofactor_primes_find(struct sieving_primes *primes, const struct plan *plan,
                                 const struct kernels *kernels)
{
    cofactor_primes_forget(primes);
    if (plan->cofactor_end <= plan->cofactor_first)
        return YOKE_OK;
    struct plan_request request = {.lo = plan->cofactor_first / 16 * 16,
                                   .hi = plan->cofactor_end,
                                   .caches = caches_here(),
                                   .modulus = 30,
                                   .test = PLAN_SIEVES};
    struct cofactor_primes found = {.first = request.lo, .end = request.hi};
    size_t size = (request.hi - request.lo) / 16 + 1 + SLACK_BYTES;
    found.bits = calloc(size, 1);
    if (!found.bits)
        return refuse(size);
    /* One period that nothing gets to the end of. */
    found.pattern = (struct cofactor_pattern){found.bits, (double)(found.first / 2), 0x1p52, 0};
    struct plan own;
    plan_make(&own, &request);
    yoke_status status = enter_all(&found, &own, primes, kernels);
    if (status == YOKE_OK)
        primes->cofactors = found;
    else
        free(found.bits);
    return status == YOKE_NO_MEMORY ? refuse(size) : status;
}

void cofactor_primes_forget(struct sieving_primes *primes)
{
    free(primes->cofactors.bits);
    primes->cofactors = (struct cofactor_primes){0};
}
