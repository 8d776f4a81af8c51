/* B: the numbers with two prime factors above y.
 *
 *     B = sum over y < p <= sqrt(x) of f(p) F(x / p)
 *
 * The values x / p lie between sqrt(x) and x / y, where a segmented sieve finds F, while p falls.
 */
#ifndef PRIMES_GOURDON_B_H
#define PRIMES_GOURDON_B_H

#include <stdbool.h>

#include "context.h"
#include "merge.h"
#include "stretches.h"

struct b_term {
    const struct gourdon *gourdon;
    struct stretches stretches; /* of the numbers up to x / y                                    */
    bool deep; /* the sums of a segment do not fit 64 bits                                      */
    struct merge merge;
};

/* The totals of the parts: F, and of the primes p their weights and the squares of these. */
enum { B_BELOW, B_WEIGHTS, B_SQUARES, B_TOTALS };

/* `saved` is what b_save() left, or NULL. */
yoke_status b_open(struct b_term *b, const struct gourdon *gourdon,
                   const struct sieving_primes *primes, unsigned workers, struct record *saved);
void b_close(struct b_term *b);

/* One worker's memory. */
struct b_worker {
    struct sieve *sieve;
    struct table table;
    uint64_t *prime; /* some of the primes p, ascending                                          */
};

void b_worker_close(struct b_worker *worker);

/* Works out the part of the values in stretch number `number`. */
yoke_status b_part(struct b_term *b, struct b_worker *worker, uint64_t number);

/* About what any of the parts takes, in nanoseconds. */
double b_cost(const struct b_term *b);

void b_save(struct b_term *b, struct record *record);

#endif
