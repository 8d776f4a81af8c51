/* Hits of large sieving primes, sorted by the segment that they lie in.
 *
 * With segments of 2^segment_bits bytes the address of a hit is, modulo 2^32,
 *
 *     segment << (segment_bits + 3) | lane << segment_bits | byte within the segment
 *
 * which tells HIT_RANGE bytes of bitmap apart. A worker that finds hits has a list for every
 * segment, and what it keeps of the address are three bytes. A list is a chain of blocks; whoever
 * crosses them off keeps them for the hits that it will find itself, so that what still lies in a
 * cache is written again first. */
#ifndef PRIMES_HITS_H
#define PRIMES_HITS_H

#include <stdint.h>

#include "base/lock.h"
#include "isa/isa.h"
#include "yoke/status.h"

/* How many bytes of bitmap, and so segments, addresses tell apart, and how long windows and rounds
 * of segments are at most: two of them are told apart, and a window has less than 2^32 numbers. */
#define HIT_RANGE  (UINT32_C(1) << 29)
#define HIT_WINDOW (HIT_RANGE / 4)

struct block;
struct hits;

/* Where workers that cross off more than they find leave blocks to those that find more. All zero
 * is an empty store. It owns nothing: blocks belong to the hits that made them, all of which go
 * before the store does. */
struct block_store {
    struct lock lock;
    struct block *batches;
};

/* One worker's lists, for segments of at most 2^21 bytes. */
yoke_status hits_open(uint32_t segment_bits, const struct isa *isa, struct block_store *store,
                      struct hits **hits);
void hits_close(struct hits *hits);

/* Forgets all hits. */
void hits_clear(struct hits *hits);

/* Adds hits. YOKE_NO_MEMORY: some are missing. */
yoke_status hits_add(struct hits *hits, const uint32_t *addresses, size_t count);

/* Crosses off the hits that `found` has in a segment, and makes that list empty; the memory goes to
 * `own`. Other segments of `found` may be worked on meanwhile. */
void hits_cross_off(struct hits *own, struct hits *found, uint64_t number, uint8_t *segment);

#endif
