/* The weights of the primes up to x without visiting them: Gourdon's method, with weights.
 *
 * With f(p) = p or 1, F(v) the weights of the primes up to v, and phi(v, b) the weights of the
 * numbers up to v without a prime factor among the first b primes, and for y = about x^(1/3), z >=
 * y:
 *
 *     F(x) = Phi0 + A + C + D + Sigma - B
 *
 * ../README.md has the formulas. Each term has a file of its own. */
#ifndef PRIMES_GOURDON_GOURDON_H
#define PRIMES_GOURDON_GOURDON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/uint256.h"
#include "primes/journal.h"
#include "primes/progress.h"
#include "primes/sieving_primes.h"
#include "primes/weight.h"
#include "table.h"

/* What the terms have in common: read only while they are worked out. */
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
    uint8_t *wheel_bytes; /* see phi0.h                                                          */
    const struct kernels *kernels;
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

/* Makes ready for GOURDON_LEAST <= x <= GOURDON_MOST, with the limits that gourdon_save() left in
 * `saved`, if that is not NULL. A failure leaves nothing behind: YOKE_NO_MEMORY, YOKE_CANCELLED. */
yoke_status gourdon_open(struct gourdon *gourdon, uint128 x, enum weight weight,
                         const struct kernels *kernels, struct gourdon_tuning tuning,
                         struct record *saved);
void gourdon_close(struct gourdon *gourdon);

void gourdon_save(const struct gourdon *gourdon, struct record *record);

/* Finds the weights of the primes up to x, as above. With a journal, which may be NULL, it goes on
 * from there, and says now and then how far it has come. Errors: those of share(); YOKE_SYSTEM: the
 * journal is of another sum. */
yoke_status gourdon_total(yoke_server *server, uint128 x, enum weight weight,
                          const struct kernels *kernels, struct gourdon_tuning tuning,
                          struct progress *progress, struct journal *journal,
                          struct uint256 *total);

/* n / d: most quotients are of numbers below 2^64, which takes a fraction of the time. */
static inline uint128 gourdon_divide(uint128 n, uint64_t d)
{
    return n >> 64 ? n / d : (uint64_t)n / d;
}

static inline uint64_t gourdon_least(uint128 a, uint64_t b)
{
    return a < b ? (uint64_t)a : b;
}

/* p_i, and how many primes there are up to v <= z. */
static inline uint64_t gourdon_pi(const struct gourdon *gourdon, uint64_t v)
{
    return table_count(&gourdon->table, v);
}

/* F(v), v <= z. */
static inline uint64_t gourdon_f(const struct gourdon *gourdon, uint64_t v)
{
    return table_weight(&gourdon->table, v);
}

#endif
