/* Parts of a sum that were worked out in any order, put together in the right one.
 *
 * A part is about one stretch of numbers. It needs the value of some running totals before its
 * stretch, which nobody knows while it is worked out; but it needs them linearly:
 *
 *     value = local + sum over i of weight[i] * (total i before the stretch)
 *
 * so it says its weights, and by how much its own stretch raises each total. Weights may be
 * negative; they and the totals stay below 2^127.
 *
 * Once the parts before some number are put together, their sum and the totals are all that is left
 * of them: from there a checkpoint goes on, and the stretches behind may be cut anew. */
#ifndef PRIMES_GOURDON_MERGE_H
#define PRIMES_GOURDON_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"
#include "base/uint256.h"
#include "primes/record.h"
#include "yoke/status.h"

struct raise {
    int128 weight; /* of the total before the stretch                                            */
    uint128 rise;  /* what the stretch adds to it                                                */
};

struct part {
    struct uint256 local;
    size_t width; /* how many totals there are; those behind do not rise any more, and have no  */
    struct raise raise[]; /* weight any more                                                     */
};

struct merge {
    struct lock lock;
    uint64_t parts, next;
    struct part **waiting; /* by number, ...                                                     */
    uint64_t end;          /* ... all of them before this one                                    */
    uint128 *before;       /* the totals before part `next`, ...                                 */
    size_t width;          /* ... of which so many may still be asked for                        */
    struct uint256 sum;    /* of the values so far                                               */
};

/* Makes ready for parts of at most `width` totals, which start from 0, or from what another one of
 * that width saved, if `saved` is not NULL. */
yoke_status merge_open(struct merge *merge, size_t width, struct record *saved);

/* Then: that there will be so many parts. */
yoke_status merge_expect(struct merge *merge, uint64_t parts);
void merge_close(struct merge *merge);

/* A part with zeros; NULL: no memory. Freed by merge_add(), or by the caller. */
struct part *merge_part(size_t width);

/* Takes part number `number`, each once, unless `status` says that it is not worked out: then it
 * only frees the part. Any thread. Returns `status`, or YOKE_CANCELLED when parts that could be put
 * together are not. */
yoke_status merge_add(struct merge *merge, uint64_t number, struct part *part, yoke_status status);

/* Adds what the parts before some number came to, to the record, and returns that number. Any
 * thread. */
uint64_t merge_save(struct merge *merge, struct record *record);

#endif
