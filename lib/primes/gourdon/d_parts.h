/* The parts of D: some segments each, that take about equally long. */
#ifndef PRIMES_GOURDON_D_PARTS_H
#define PRIMES_GOURDON_D_PARTS_H

#include "d.h"

/* Cuts the segments from d->first on into parts, enough for the workers. The caller frees d->start,
 * also after a failure: YOKE_NO_MEMORY, YOKE_CANCELLED. */
yoke_status d_parts_open(struct d_term *d, unsigned workers);

/* About what a part takes, in nanoseconds. Whoever is cancelled meanwhile gets less. */
double d_parts_cost(const struct d_term *d, uint64_t number);

#endif
