#include "large.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define MODULUS       30  /* of the bitmap                                                      */
#define STEP_MODULUS  210 /* of the steps                                                       */
#define STEPS         48  /* residues coprime to STEP_MODULUS                                   */
#define RESIDUES      8   /* residues coprime to MODULUS                                        */
#define LARGEST_STEP  10  /* largest difference of two neighbouring cofactors: 1 to 11          */
#define POSITION_BITS 23
#define POSITION_MASK ((UINT32_C(1) << POSITION_BITS) - 1)

/* A sieving prime p = 30 * quotient + rest on its way to the multiple p * cofactor. The state is
 * the index in steps[] of (rest, cofactor mod 210): 8 * 48 of them fit nine bits. */
typedef uint64_t packed_entry; /* quotient << 32 | state << POSITION_BITS | byte in its segment */

/* 8 KiB: large enough that taking a new bucket is rare, small enough that the half-empty ones of
 * some thousand lists do not matter. */
#define BUCKET_BYTES   8192
#define BUCKET_ENTRIES (BUCKET_BYTES / sizeof(packed_entry) - 1)

struct bucket {
    struct bucket *next;
    packed_entry entry[BUCKET_ENTRIES];
};

_Static_assert(sizeof(struct bucket) == BUCKET_BYTES, "buckets lie at multiples of their size");

/* Buckets are taken from the system a huge page at a time and never given back before the end. The
 * first bucket's room is the slab's own, so that the others stay aligned to their size. */
#define SLAB_BUCKETS (MEMORY_HUGE_PAGE / sizeof(struct bucket) - 1)

struct slab {
    struct slab *next;
    uint8_t unused[sizeof(struct bucket) - sizeof(struct slab *)];
    struct bucket bucket[SLAB_BUCKETS];
};

_Static_assert(sizeof(struct slab) == MEMORY_HUGE_PAGE, "a slab fills a huge page");

/* A list is where its next entry goes: in its first bucket, or just behind it, which is a multiple
 * of BUCKET_BYTES, like the NULL of an empty list, and means that a new bucket is needed. */
typedef packed_entry *list;

static bool list_is_full(list open)
{
    return (uintptr_t)open % BUCKET_BYTES == 0;
}

static struct bucket *list_bucket(list open)
{
    return (struct bucket *)(((uintptr_t)open - 1) / BUCKET_BYTES * BUCKET_BYTES);
}

struct large {
    list *lists;   /* a ring: lists[segment number mod ring]                               */
    uint32_t ring; /* a power of two above the longest jump in segments                     */
    uint32_t segment, segment_bits;
    struct bucket *free;
    struct slab *slabs;
    uint64_t first_byte, end_byte; /* of the segment at hand, of the whole run                    */
    uint32_t slot;                 /* of the segment at hand                                      */
    struct prime_walk walk;        /* the next prime whose square has not been reached            */
};

/* What crossing off does in one state: clear `mask`, go on by quotient * step + carry bytes. */
struct step {
    uint8_t mask;
    uint8_t step;
    uint16_t carry;
    uint32_t next_state; /* shifted to its place in an entry                         */
};

static struct step steps[RESIDUES * STEPS];
static uint16_t step_index[STEP_MODULUS]; /* of the first coprime residue from here on            */
static uint8_t step_up[STEP_MODULUS];     /* and how far it is away                               */
static uint8_t rest_index[MODULUS];
static pthread_once_t steps_once = PTHREAD_ONCE_INIT;

static bool is_coprime_to_steps(uint32_t n)
{
    return n % 2 && n % 3 && n % 5 && n % 7;
}

static void steps_fill(void)
{
    static const uint8_t rests[RESIDUES] = {1, 7, 11, 13, 17, 19, 23, 29};
    uint32_t cofactor[STEPS + 1];
    uint32_t count = 0;
    for (uint32_t n = 1; n < STEP_MODULUS; n++)
        if (is_coprime_to_steps(n))
            cofactor[count++] = n;
    cofactor[STEPS] = STEP_MODULUS + 1;
    for (uint32_t n = 0, index = 0; n < STEP_MODULUS; n++) {
        step_index[n] = (uint16_t)index;
        step_up[n] = (uint8_t)(cofactor[index] - n);
        index += n == cofactor[index];
    }
    for (uint32_t r = 0; r < RESIDUES; r++)
        rest_index[rests[r]] = (uint8_t)r;
    for (uint32_t r = 0; r < RESIDUES; r++) {
        for (uint32_t i = 0; i < STEPS; i++) {
            uint32_t here = rests[r] * cofactor[i];
            uint32_t there = rests[r] * cofactor[i + 1];
            uint32_t next = r * STEPS + (i + 1) % STEPS;
            steps[r * STEPS + i] = (struct step){
                .mask = (uint8_t) ~(1u << rest_index[here % MODULUS]),
                .step = (uint8_t)(cofactor[i + 1] - cofactor[i]),
                .carry = (uint16_t)(there / MODULUS - here / MODULUS),
                .next_state = next << POSITION_BITS,
            };
        }
    }
}

static bool add_slab(struct large *large)
{
    struct slab *slab = memory_allocate(sizeof *slab);
    if (!slab)
        return false;
    slab->next = large->slabs;
    large->slabs = slab;
    for (size_t i = 0; i < SLAB_BUCKETS; i++) {
        slab->bucket[i].next = large->free;
        large->free = &slab->bucket[i];
    }
    return true;
}

/* The open end of the list with a new first bucket in front, or NULL when there is no memory. */
static list list_grow(struct large *large, list open)
{
    if (!large->free && !add_slab(large))
        return NULL;
    struct bucket *bucket = large->free;
    large->free = bucket->next;
    bucket->next = open ? list_bucket(open) : NULL;
    return bucket->entry;
}

yoke_status large_open(uint32_t segment, uint32_t root, struct large **out)
{
    pthread_once(&steps_once, steps_fill);
    struct large *large = calloc(1, sizeof *large);
    if (!large)
        return YOKE_NO_MEMORY;
    large->segment = segment;
    large->segment_bits = (uint32_t)__builtin_ctz(segment);
    uint64_t jump = ((uint64_t)root / MODULUS + 1) * LARGEST_STEP + LARGEST_STEP;
    large->ring = 2;
    while (large->ring < jump / segment + 2)
        large->ring *= 2;
    large->lists = calloc(large->ring, sizeof *large->lists);
    if (!large->lists) {
        free(large);
        return YOKE_NO_MEMORY;
    }
    *out = large;
    return YOKE_OK;
}

void large_close(struct large *large)
{
    if (!large)
        return;
    while (large->slabs) {
        struct slab *next = large->slabs->next;
        free(large->slabs);
        large->slabs = next;
    }
    free(large->lists);
    free(large);
}

static void recycle(struct large *large, struct bucket *bucket)
{
    while (bucket) {
        struct bucket *next = bucket->next;
        bucket->next = large->free;
        large->free = bucket;
        bucket = next;
    }
}

void large_start(struct large *large, struct prime_walk walk, uint64_t first_byte,
                 uint64_t end_byte)
{
    for (uint32_t slot = 0; slot < large->ring; slot++) {
        if (large->lists[slot])
            recycle(large, list_bucket(large->lists[slot]));
        large->lists[slot] = NULL;
    }
    large->first_byte = first_byte;
    large->end_byte = end_byte;
    large->slot = 0;
    large->walk = walk;
}

/* Where entries go while a segment is at hand; copied out of struct large, since the compiler has
 * to assume that a store to the bitmap may change anything that lies in memory. */
struct target {
    list *lists;
    uint64_t left; /* bytes from the start of the segment to the end of the run */
    uint32_t slot, ring_mask, segment_mask, segment_bits;
};

static struct target target_of(const struct large *large)
{
    return (struct target){
        .lists = large->lists,
        .left = large->end_byte - large->first_byte,
        .slot = large->slot,
        .ring_mask = large->ring - 1,
        .segment_mask = large->segment - 1,
        .segment_bits = large->segment_bits,
    };
}

/* Puts an entry that hits `position` bytes after the start of the segment at hand into its list;
 * drops it when that is behind the end of the run. False when there is no memory. */
static inline bool push(struct large *large, struct target target, uint32_t quotient,
                        uint32_t state, uint64_t position)
{
    if (position >= target.left)
        return true;
    list *open =
        &target
             .lists[(target.slot + (uint32_t)(position >> target.segment_bits)) & target.ring_mask];
    packed_entry *end = *open;
    if (__builtin_expect(list_is_full(end), 0)) {
        end = list_grow(large, end);
        if (!end)
            return false;
    }
    *end = (packed_entry)quotient << 32 | state | ((uint32_t)position & target.segment_mask);
    *open = end + 1;
    return true;
}

/* Sends a prime to its first multiple at or above both its square and the segment at hand. */
static bool enter(struct large *large, struct target target, uint32_t prime)
{
    uint64_t first = large->first_byte * MODULUS;
    uint64_t cofactor = first / prime + (first % prime > 0); /* first + prime could overflow */
    cofactor = cofactor < prime ? prime : cofactor;
    cofactor += step_up[cofactor % STEP_MODULUS];
    uint64_t multiple;
    if (__builtin_mul_overflow(cofactor, (uint64_t)prime, &multiple))
        return true;
    uint32_t state = rest_index[prime % MODULUS] * (uint32_t)STEPS;
    state += step_index[cofactor % STEP_MODULUS];
    return push(large, target, prime / MODULUS, state << POSITION_BITS,
                multiple / MODULUS - large->first_byte);
}

/* Enters the primes whose square lies in the segment at hand or before. */
static bool enter_reached(struct large *large)
{
    struct target target = target_of(large);
    uint64_t end = large->first_byte + large->segment;
    for (; large->walk.prime; prime_walk_next(&large->walk)) {
        uint64_t prime = large->walk.prime;
        if (prime * prime / MODULUS >= end)
            break;
        if (!enter(large, target, large->walk.prime))
            return false;
    }
    return true;
}

static bool cross_off_entries(struct large *large, uint8_t *segment, const packed_entry *first,
                              const packed_entry *end)
{
    struct target target = target_of(large);
    for (const packed_entry *here = first; here < end; here++) {
        uint32_t quotient = (uint32_t)(*here >> 32);
        uint32_t position = (uint32_t)*here & POSITION_MASK;
        const struct step *step = &steps[(uint32_t)*here >> POSITION_BITS];
        uint32_t next_state = step->next_state;
        uint64_t next = (uint64_t)quotient * step->step + step->carry + position;
        segment[position] &= step->mask;
        if (!push(large, target, quotient, next_state, next))
            return false;
    }
    return true;
}

/* Works off a list that has been taken out of the ring, and frees its buckets. */
static bool cross_off_list(struct large *large, uint8_t *segment, list open)
{
    struct bucket *first = list_bucket(open);
    bool done = cross_off_entries(large, segment, first->entry, open);
    for (struct bucket *full = first->next; full && done; full = full->next)
        done = cross_off_entries(large, segment, full->entry, full->entry + BUCKET_ENTRIES);
    recycle(large, first);
    return done;
}

yoke_status large_cross_off(struct large *large, uint8_t *segment)
{
    if (!enter_reached(large))
        return YOKE_NO_MEMORY;
    /* A prime that is smaller than some segments may come back within the segment. */
    for (list open; (open = large->lists[large->slot]);) {
        large->lists[large->slot] = NULL;
        if (!cross_off_list(large, segment, open))
            return YOKE_NO_MEMORY;
    }
    large->first_byte += large->segment;
    large->slot = (large->slot + 1) & (large->ring - 1);
    return YOKE_OK;
}
