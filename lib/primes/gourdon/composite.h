/* Of C the leaves with p <= sqrt(z), where m may have many prime factors.
 *
 *     - sum over p of f(p) sum over max(h, z / p) < m <= z of mu(m) f(m) phi(x / (p m), before p)
 *
 * with the prime factors of m above p and up to y, and h = x / p^3: these leaves are easy, and
 * their values below p^2 <= z lie in the table. */
#ifndef PRIMES_GOURDON_COMPOSITE_H
#define PRIMES_GOURDON_COMPOSITE_H

#include "context.h"
#include "merge.h"

struct composite {
    const struct gourdon *gourdon;
    double cost; /* of all turns: see composite_cost()                                           */
    uint64_t turn, turns; /* parts take turns at the primes p; those before `turn` are done       */
    struct merge merge;
};

/* `saved` is what composite_save() left, or NULL. */
yoke_status composite_open(struct composite *composite, const struct gourdon *gourdon,
                           unsigned workers, struct record *saved);
void composite_close(struct composite *composite);

static inline uint64_t composite_parts(const struct composite *composite)
{
    return composite->turns - composite->turn;
}

/* Works out part number `number`. */
yoke_status composite_part(struct composite *composite, uint64_t number);

/* About what any of the parts takes, in nanoseconds. */
static inline double composite_cost(const struct composite *composite)
{
    return composite->cost / (double)composite->turns;
}

void composite_save(struct composite *composite, struct record *record);

#endif
