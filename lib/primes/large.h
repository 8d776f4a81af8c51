/* Large sieving primes: those that hit less than one byte in a segment, so that looking at all of
 * them in every segment would cost more than their hits.
 *
 * Each waits in the list of the segment that it hits next (T. Oliveira e Silva, "Fast
 * implementation of the segmented sieve of Eratosthenes", 2002). A list is a chain of buckets, and
 * a segment's list is worked off by crossing off each entry's hit and moving the entry to the list
 * of its next hit. Multiples of 2, 3, 5 and 7 are stepped over by a wheel of modulus 210; the
 * bitmap is that of modulus 30. */
#ifndef PRIMES_LARGE_H
#define PRIMES_LARGE_H

#include <stdint.h>

#include "prime_walk.h"
#include "wheel.h"
#include "yoke/status.h"

struct large;

/* Ready for segments of `segment` bytes, a power of two of at most 2^23, and primes up to `root`.
 */
yoke_status large_open(const struct wheel *wheel, uint32_t segment, uint32_t root,
                       struct large **large);
void large_close(struct large *large);

/* Starts over in the group of `lanes` at byte `first_byte`, for segments up to byte `end_byte`,
 * with the prime of `walk` and all that follow it. */
yoke_status large_start(struct large *large, const struct wheel_group *lanes,
                        struct prime_walk walk, uint64_t first_byte, uint64_t end_byte);

/* Crosses off in the next segment. YOKE_NO_MEMORY: the segment is not finished, and the only thing
 * left to do is to start over or close. */
yoke_status large_cross_off(struct large *large, uint8_t *segment);

#endif
