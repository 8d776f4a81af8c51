/* Large sieving primes: those that hit a segment so rarely that looking at all of them in every
 * segment would cost more than their hits.
 *
 * They have no state that moves from hit to hit. Instead the interval is cut into windows, and all
 * the hits of a window are found at once and sorted by segment; a division finds where a prime
 * starts. Finding knows nothing of the segments, so it is free to leave out most multiples: those
 * whose cofactor has a small factor (see cofactors.h). The larger the prime, the longer its
 * windows. */
#ifndef PRIMES_LARGE_H
#define PRIMES_LARGE_H

#include <stdint.h>

#include "isa/isa.h"
#include "plan.h"
#include "prime_cursor.h"
#include "windows.h"
#include "yoke/status.h"

/* The smallest prime that can be large: find_multiples() divides in floating point, which is off by
 * one at most for primes above. */
#define LARGE_PRIME_MIN (UINT32_C(1) << 16)

struct large;

/* Ready for the plan's segments, which have modulus 30. `windows` is what the workers of the plan
 * share; NULL: the caller works alone. */
yoke_status large_open(const struct plan *plan, const struct sieving_primes *primes,
                       struct windows *windows, const struct isa *isa, struct large **large);
void large_close(struct large *large);

/* Starts with the segments of the bytes [first_byte, end_byte), which alone will follow one by
 * one. */
void large_start(struct large *large, uint64_t first_byte, uint64_t end_byte);

/* Crosses off in the next segment. YOKE_NO_MEMORY, YOKE_CANCELLED: the segment is not finished, and
 * the only thing left to do is to start over or close. */
yoke_status large_cross_off(struct large *large, uint8_t *segment);

#endif
