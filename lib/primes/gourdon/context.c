/* What the terms share: the limits y and z, the primes, the table of numbers. */
#include <math.h>
#include <stdlib.h>

#include "base/debug.h"
#include "base/error.h"
#include "base/square_root.h"
#include "context.h"
#include "factors.h"
#include "primes/cancel.h"
#include "stretches.h"
#include "tiny.h"

/* n <= GOURDON_MOST. */
static uint32_t cube_root(uint128 n)
{
    uint64_t root = (uint64_t)cbrt((double)n);
    while ((uint128)root * root * root > n)
        root--;
    while ((uint128)(root + 1) * (root + 1) * (root + 1) <= n)
        root++;
    return (uint32_t)root;
}

static double clamp(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

/* As the inner loops need it: hence a table of 40 MB, 300 MB of factors and 110 MB of primes at
 * most. */
#define MOST_Z ((UINT32_C(1) << LEAF_BITS) - 1)

/* What a record means, see context_save() and terms_save(). */
#define RECORD_VERSION 2

void context_save(const struct gourdon *gourdon, struct record *record)
{
    record_add(record, RECORD_VERSION);
    record_add(record, gourdon->x);
    record_add(record, gourdon->weight);
    record_add(record, gourdon->y);
    record_add(record, gourdon->z);
}

/* The mathematical library of another machine may choose one off. */
static void restore_limits(struct gourdon *gourdon, struct record *saved, uint32_t most)
{
    record_take(saved, RECORD_VERSION, RECORD_VERSION);
    record_take(saved, gourdon->x, gourdon->x);
    record_take(saved, gourdon->weight, gourdon->weight);
    gourdon->y = (uint32_t)record_take(saved, gourdon->root3 + 1, most);
    gourdon->z = (uint32_t)record_take(saved, gourdon->y, most);
}

/* A larger y saves B numbers and costs C and D leaves, and so does a larger z for D alone. Measured
 * from 1e12 to 1e16; half or twice the best costs a tenth of the time. */
static void choose_limits(struct gourdon *gourdon, struct gourdon_tuning tuning,
                          struct record *saved)
{
    double x = (double)gourdon->x;
    double digits = log10(x);
    double alpha_y = tuning.alpha_y > 0 ? tuning.alpha_y : clamp(4 + 1.8 * (digits - 12), 1.5, 16);
    double alpha_z = tuning.alpha_z > 0 ? tuning.alpha_z : 2.5;
    uint32_t most = (uint32_t)quotient_or_limit(gourdon->root2, MOST_Z);
    gourdon->y = (uint32_t)clamp(alpha_y * cbrt(x), gourdon->root3 + 1, most);
    gourdon->z = (uint32_t)clamp(alpha_z * gourdon->y, gourdon->y, most);
    if (saved)
        restore_limits(gourdon, saved, most);
    uint32_t root_z = square_root(gourdon->z);
    gourdon->root_z = root_z > TINY_LARGEST ? root_z : TINY_LARGEST;
}

/* The table of the primes up to z. */
static yoke_status fill_table(struct gourdon *gourdon)
{
    struct sieving_primes primes;
    struct sieve *sieve = NULL;
    struct stretches stretches;
    yoke_status status = sieving_primes_open(NULL, gourdon->root_z, gourdon->isa, &primes);
    if (status != YOKE_OK)
        return status;
    stretches_plan(&stretches, 0, gourdon->z, gourdon->z, &primes, gourdon->isa);
    status = stretches_sieve(&stretches, &sieve);
    if (status == YOKE_OK)
        status = table_open(&gourdon->table, gourdon->weight, stretches.plan.end_byte, true);
    if (status == YOKE_OK)
        status = sieve_start(sieve, 0);
    table_clear(&gourdon->table, gourdon->weight == WEIGHT_PRIME ? 10 : 3, 3); /* 2, 3 and 5 */
    while (status == YOKE_OK) {
        struct segment segment;
        status = sieve_next(sieve, &segment);
        if (status != YOKE_OK || segment.size == 0)
            break;
        table_add(&gourdon->table, &segment, gourdon->isa);
    }
    sieve_close(sieve);
    sieving_primes_close(&primes);
    return status;
}

/* Whose primes are listed between two looks: less than a millisecond. */
#define WORDS_A_LOOK 4096

static yoke_status list_primes(struct gourdon *gourdon)
{
    gourdon->primes = (uint32_t)context_pi(gourdon, gourdon->y);
    gourdon->prime = malloc(gourdon->primes * sizeof *gourdon->prime);
    if (!gourdon->prime)
        return error_set(YOKE_NO_MEMORY, "no memory for %u primes", gourdon->primes);
    static const uint8_t wheel_primes[] = {2, 3, 5};
    uint32_t count = 0;
    for (; count < sizeof wheel_primes; count++)
        gourdon->prime[count] = wheel_primes[count];
    yoke_status status = YOKE_OK;
    for (uint64_t i = 0; count < gourdon->primes && status == YOKE_OK; i++) {
        for (uint64_t bits = gourdon->table.word[i].bits; bits && count < gourdon->primes;
             bits &= bits - 1) {
            uint32_t bit = (uint32_t)__builtin_ctzll(bits);
            gourdon->prime[count++] = (uint32_t)(WORD_NUMBERS * i + prefix_number[bit]);
        }
        if (i % WORDS_A_LOOK == 0)
            status = cancel_look();
    }
    return status;
}

static yoke_status fill(struct gourdon *gourdon)
{
    yoke_status status = fill_table(gourdon);
    if (status == YOKE_OK)
        status = list_primes(gourdon);
    if (status != YOKE_OK)
        return status;
    gourdon->first = TINY_PRIMES;
    gourdon->end_hard = (uint32_t)context_pi(gourdon, gourdon->root4);
    if (gourdon->end_hard < gourdon->first)
        gourdon->end_hard = gourdon->first;
    gourdon->wheel_bytes = calloc(1, TINY_BYTES + 8);
    if (!gourdon->wheel_bytes)
        return error_set(YOKE_NO_MEMORY, "no memory for the numbers without tiny factors");
    tiny_fill(gourdon->wheel_bytes);
    return factors_open(gourdon);
}

yoke_status context_open(struct gourdon *gourdon, uint128 x, enum weight weight,
                         const struct isa *isa, struct gourdon_tuning tuning, struct record *saved)
{
    *gourdon = (struct gourdon){.x = x, .weight = weight, .deep = tuning.deep, .isa = isa};
    gourdon->root2 = square_root_wide(x);
    gourdon->root3 = cube_root(x);
    gourdon->root4 = square_root(gourdon->root2);
    choose_limits(gourdon, tuning, saved);
    debug_assert(x <= GOURDON_MOST && gourdon->y > gourdon->root3 && gourdon->z <= MOST_Z);
    yoke_status status = fill(gourdon);
    if (status != YOKE_OK)
        context_close(gourdon);
    return status;
}

void context_close(struct gourdon *gourdon)
{
    table_close(&gourdon->table);
    free(gourdon->prime);
    free(gourdon->factor);
    free(gourdon->wheel_bytes);
    *gourdon = (struct gourdon){0};
}
