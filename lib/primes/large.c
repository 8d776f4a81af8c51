#include "large.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/uint128.h"
#include "steps.h"

#define POSITION_BITS 23
#define POSITION_MASK ((UINT32_C(1) << POSITION_BITS) - 1)

/* A sieving prime p = modulus * quotient + rest on its way to its next hit; STEP_STATES fit the
 * nine bits of the state. */
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
    list *lists;   /* one for each segment of the run, and behind it `jump` more, in which hits  */
    uint32_t room; /* after the end of the run get lost without a test; there are `room` in all   */
    uint32_t jump; /* the most segments between two hits                                         */
    uint32_t number; /* of the segment at hand */
    uint32_t segment, segment_bits;
    uint64_t first_byte, end_byte; /* of the segment at hand, of the run */
    struct bucket *free;
    struct slab *slabs;
    struct prime_walk walk; /* the next prime whose square has not been reached */
    const struct wheel *wheel;
    uint64_t
        reciprocal; /* rounded up 2^64 / modulus: n * reciprocal >> 64 is n / modulus, exactly */
                    /* for n < 2^48, far more than a run has numbers                          */
    struct steps steps;
};

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

yoke_status large_open(const struct wheel *wheel, uint32_t segment, uint32_t root,
                       struct large **out)
{
    struct large *large = calloc(1, sizeof *large);
    if (!large)
        return YOKE_NO_MEMORY;
    large->segment = segment;
    large->segment_bits = (uint32_t)__builtin_ctz(segment);
    large->wheel = wheel;
    large->reciprocal = UINT64_MAX / wheel->modulus + 1;
    /* Neighbouring cofactors differ by 10 at most when a group has them all; and in any group a
     * period of p bytes has hits. */
    uint32_t bytes = wheel->groups == 1 ? root / 3 + 20 : root;
    large->jump = bytes / segment + 2;
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

/* Empties all lists and makes room for a run of so many segments. */
static yoke_status reset_lists(struct large *large, uint32_t segments)
{
    for (uint32_t i = 0; i < large->room; i++)
        if (large->lists[i])
            recycle(large, list_bucket(large->lists[i]));
    uint32_t room = segments + large->jump;
    if (room > large->room) {
        list *lists = realloc(large->lists, room * sizeof *lists);
        if (!lists)
            return YOKE_NO_MEMORY;
        large->lists = lists;
        large->room = room;
    }
    for (uint32_t i = 0; i < large->room; i++)
        large->lists[i] = NULL;
    return YOKE_OK;
}

yoke_status large_start(struct large *large, const struct wheel_group *lanes,
                        struct prime_walk walk, uint64_t first_byte, uint64_t end_byte)
{
    large->first_byte = first_byte;
    large->end_byte = end_byte;
    large->number = 0;
    large->walk = walk;
    steps_fill(&large->steps, large->wheel, lanes, POSITION_BITS);
    return reset_lists(large, (uint32_t)((end_byte - first_byte - 1) >> large->segment_bits) + 1);
}

/* Puts an entry that hits `position` bytes after the start of the segment at hand, whose list
 * `lists` points to, into its list. False when there is no memory. (The fields come as arguments
 * since the compiler has to assume that a store to the bitmap changes anything in memory.) */
static inline bool push(struct large *large, list *lists, uint32_t segment_bits, uint32_t quotient,
                        uint32_t state, uint32_t position)
{
    list *open = &lists[position >> segment_bits];
    packed_entry *end = *open;
    if (__builtin_expect(list_is_full(end), 0)) {
        end = list_grow(large, end);
        if (!end)
            return false;
    }
    position &= (UINT32_C(1) << segment_bits) - 1;
    *end = (packed_entry)quotient << 32 | state | position;
    *open = end + 1;
    return true;
}

/* n / divisor and n % divisor by floating point, which is three times as fast as the division of
 * 64-bit integers. Right for divisor >= 2^12: the quotient is then below 2^52, and off by one at
 * most. */
static inline uint64_t divide(uint64_t n, uint32_t divisor, uint64_t *rest)
{
    uint64_t quotient = (uint64_t)((double)n / (double)divisor);
    int64_t left = (int64_t)(n - quotient * divisor);
    if (left < 0) {
        quotient--;
        left += divisor;
    } else if (left >= (int64_t)divisor) {
        quotient++;
        left -= divisor;
    }
    *rest = (uint64_t)left;
    return quotient;
}

/* Sends a prime to its first multiple at or above both its square and the segment at hand, if that
 * lies in the run and below 2^64. */
static inline bool enter(struct large *large, uint32_t prime, uint64_t first, uint64_t numbers)
{
    uint32_t modulus = large->wheel->modulus;
    uint32_t quotient = (uint32_t)((uint128)prime * large->reciprocal >> 64);
    uint32_t class = large->wheel->class_of[prime - quotient * modulus];
    uint64_t rest;
    uint64_t cofactor = divide(first, prime, &rest);
    uint64_t above = rest ? prime - rest : 0; /* from `first` to the multiple */
    cofactor += rest > 0;
    if (cofactor < prime) {
        above += (prime - cofactor) * prime;
        cofactor = prime;
    }
    uint32_t turn = (uint32_t)(cofactor % STEP_MODULUS);
    above += (uint64_t)large->steps.up[class][turn] * prime;
    if (above >= numbers)
        return true;
    uint32_t position = (uint32_t)((uint128)above * large->reciprocal >> 64);
    return push(large, &large->lists[large->number], large->segment_bits, quotient,
                (uint32_t)large->steps.state[class][turn] << POSITION_BITS, position);
}

/* Enters the primes whose square lies in the segment at hand or before. */
static bool enter_reached(struct large *large)
{
    uint32_t modulus = large->wheel->modulus;
    uint64_t first = large->first_byte * modulus;
    uint64_t numbers = (large->end_byte - large->first_byte) * modulus;
    uint64_t end;
    if (__builtin_add_overflow(first, (uint64_t)large->segment * modulus, &end))
        end = UINT64_MAX;
    for (; large->walk.prime; prime_walk_next(&large->walk)) {
        uint64_t prime = large->walk.prime;
        if (prime * prime >= end)
            break;
        if (!enter(large, (uint32_t)prime, first, numbers))
            return false;
    }
    return true;
}

static bool cross_off_entries(struct large *large, uint8_t *segment, const packed_entry *first,
                              const packed_entry *end)
{
    list *lists = &large->lists[large->number];
    uint32_t segment_bits = large->segment_bits;
    const struct step *steps = large->steps.step;
    for (const packed_entry *here = first; here < end; here++) {
        uint32_t quotient = (uint32_t)(*here >> 32);
        uint32_t position = (uint32_t)*here & POSITION_MASK;
        const struct step *step = &steps[(uint32_t)*here >> POSITION_BITS];
        uint32_t next_state = step->next_state;
        uint32_t next = quotient * step->factor + step->carry + position;
        segment[position] &= step->mask;
        if (!push(large, lists, segment_bits, quotient, next_state, next))
            return false;
    }
    return true;
}

/* Works off a list that has been taken out, and frees its buckets. */
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
    for (list open; (open = large->lists[large->number]);) {
        large->lists[large->number] = NULL;
        if (!cross_off_list(large, segment, open))
            return YOKE_NO_MEMORY;
    }
    large->first_byte += large->segment;
    large->number++;
    return YOKE_OK;
}
