/* Phi0: the ordinary leaves.
 *
 *     Phi0 = sum over m <= z of mu(m) f(m) phi(x / m, 7)
 *
 * with the prime factors of m above 17 and up to y. phi(v, 7) is had by one look, since the numbers
 * without the factors 2, 3, 5, 7, 11, 13 and 17 repeat every 510510. */
#ifndef PRIMES_GOURDON_PHI0_H
#define PRIMES_GOURDON_PHI0_H

#include "context.h"
#include "merge.h"

#define TINY_PRIMES  7
#define TINY_LARGEST 17
#define TINY_PERIOD  510510
#define TINY_BYTES   (TINY_PERIOD / 30)

/* Fills one period of the bitmap of modulus 30 of the numbers without tiny factors. */
void phi0_fill_wheel(uint8_t bytes[TINY_BYTES]);

struct phi0 {
    const struct gourdon *gourdon;
    struct wheel_sums *sums; /* of one period                                                    */
    uint64_t first, end;     /* the entries of the numbers m: see factors.h                      */
    uint64_t parts;
    struct merge merge;
};

/* `saved` is what phi0_save() left, or NULL. */
yoke_status phi0_open(struct phi0 *phi0, const struct gourdon *gourdon, unsigned workers,
                      struct record *saved);
void phi0_close(struct phi0 *phi0);

/* Works out part number `number`. */
yoke_status phi0_part(struct phi0 *phi0, uint64_t number);

/* About what any of the parts takes, in nanoseconds. */
double phi0_cost(const struct phi0 *phi0);

void phi0_save(struct phi0 *phi0, struct record *record);

#endif
