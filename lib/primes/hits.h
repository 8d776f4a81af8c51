/* Hits of large sieving primes, sorted by the segment that they lie in.
 *
 * The address of a hit within a window of segments of 2^segment_bits bytes is
 *
 *     segment << (segment_bits + 3) | lane << segment_bits | byte within the segment
 *
 * There is a list for every segment, and what it keeps of the address are three bytes. A list is a
 * chain of blocks that are taken from and given back to a pool, so that what was just crossed off,
 * and still lies in a cache, is written again first. */
#ifndef PRIMES_HITS_H
#define PRIMES_HITS_H

#include <stdint.h>

#include "kernels/kernels.h"
#include "yoke/status.h"

struct hits;

/* Lists for `segments` segments, a power of two, of at most 2^21 bytes. */
yoke_status hits_open(uint32_t segments, uint32_t segment_bits, const struct kernels *kernels,
                      struct hits **hits);
void hits_close(struct hits *hits);

/* Forgets all hits; the next segment is the first. */
void hits_start(struct hits *hits);

/* Adds hits; their segments count from the next one on. YOKE_NO_MEMORY: some are missing. */
yoke_status hits_add(struct hits *hits, const uint32_t *addresses, size_t count);

/* Crosses off in the next segment, and goes on to the one behind it. */
void hits_cross_off(struct hits *hits, uint8_t *segment);

#endif
