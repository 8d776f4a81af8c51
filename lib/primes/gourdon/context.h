/* What the terms of Gourdon's method have in common. */
#ifndef PRIMES_GOURDON_CONTEXT_H
#define PRIMES_GOURDON_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "primes/record.h"
#include "primes/sieving_primes.h"
#include "primes/weight.h"
#include "quotient.h"
#include "table.h"

/* Read only while the terms are worked out. */
struct gourdon {
    uint128 x;
    enum weight weight;
    uint32_t y, z;  /* x^(1/3) <= y <= z, y <= x^(1/2)                                            */
    uint64_t root2; /* the roots of x                                                            */
    uint32_t root3, root4;
    uint32_t root_z; /* of z, at least 17: above, m in the leaves of p is a prime                */
    uint32_t *prime; /* prime[0] = 2, ... up to y                                                */
    uint32_t primes;
    uint32_t first;     /* index of the first prime of special leaves, after TINY_PRIMES of them */
    uint32_t end_hard;  /* index after the last prime with hard leaves                         */
    struct table table; /* of the primes up to z                                               */
    bool deep;          /* see gourdon_tuning                                                  */
    uint16_t *factor;   /* see factors.h                                                       */
    uint8_t *wheel_bytes; /* see tiny.h                                                          */
    const struct isa *isa;
};

/* Below this the parts are too small to tell apart; Lucy's method is faster there anyway. */
#define GOURDON_LEAST 100000

/* 10^26: x^(1/3) has to be a leaf, below 2^LEAF_BITS; where sums and products are formed it is said
 * why they fit up to there. */
#define GOURDON_MOST ((uint128)10000000000000 * 10000000000000)

/* How to choose y and z; 0 leaves it to the cost model. Any choice gives the same result. */
struct gourdon_tuning {
    double alpha_y; /* y = alpha_y x^(1/3)                                                       */
    double alpha_z; /* z = alpha_z y                                                             */
    bool deep;      /* as if the sums of segments did not fit 64 bits: see b.c                   */
};

/* Makes ready for GOURDON_LEAST <= x <= GOURDON_MOST, with the limits that context_save() left in
 * `saved`, if that is not NULL. A failure leaves nothing behind: YOKE_NO_MEMORY, YOKE_CANCELLED. */
yoke_status context_open(struct gourdon *gourdon, uint128 x, enum weight weight,
                         const struct isa *isa, struct gourdon_tuning tuning, struct record *saved);
void context_close(struct gourdon *gourdon);

void context_save(const struct gourdon *gourdon, struct record *record);

/* p_i, and how many primes there are up to v <= z. */
static inline uint64_t context_pi(const struct gourdon *gourdon, uint64_t v)
{
    return table_count(&gourdon->table, v);
}

/* F(v), v <= z. */
static inline uint64_t context_f(const struct gourdon *gourdon, uint64_t v)
{
    return table_weight(&gourdon->table, v);
}

#endif
