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
struct entry {
    uint32_t quotient;
    uint32_t state_position; /* state << POSITION_BITS | byte within the segment               */
};

/* 8 KiB: large enough that taking a new bucket is rare, small enough that the half-empty ones of
 * some thousand lists do not matter. */
#define BUCKET_ENTRIES 1023

struct bucket {
    struct bucket *next;
    struct entry entry[BUCKET_ENTRIES];
};

/* Buckets are taken from the system a huge page at a time and never given back before the end. The
 * first bucket's room is the slab's own, so that the others stay aligned to their size. */
#define SLAB_BUCKETS (MEMORY_HUGE_PAGE / sizeof(struct bucket) - 1)

struct slab {
    struct slab *next;
    uint8_t unused[sizeof(struct bucket) - sizeof(struct slab *)];
    struct bucket bucket[SLAB_BUCKETS];
};

_Static_assert(sizeof(struct slab) == MEMORY_HUGE_PAGE, "a slab fills a huge page");

/* The open end of a list: where the next entry goes, and what lies behind it. */
struct list {
    struct entry *open; /* next free entry of the first bucket                                   */
    struct entry *full; /* the end of that bucket                                                */
    struct bucket *first;
};

struct large {
    struct list *lists; /* a ring: lists[segment number mod ring]                               */
    uint32_t ring;      /* a power of two above the longest jump in segments                     */
    uint32_t segment, segment_bits;
    struct bucket *free;
    struct slab *slabs;
    bool out_of_memory;
    uint64_t first_byte, end_byte; /* of the segment at hand, of the whole run                    */
    uint32_t slot;                 /* of the segment at hand                                      */
    struct prime_walk walk;        /* the next prime whose square has not been reached            */
};

/* What crossing off does in one state: clear `mask`, go on by quotient * step + carry bytes. */
struct step {
    uint8_t mask;
    uint8_t step;
    uint16_t carry;
    uint32_t next_state; /* shifted to its place in entry.state_position                         */
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

static bool list_grow(struct large *large, struct list *list)
{
    if (!large->free && !add_slab(large)) {
        large->out_of_memory = true;
        return false;
    }
    struct bucket *bucket = large->free;
    large->free = bucket->next;
    bucket->next = list->first;
    list->first = bucket;
    list->open = bucket->entry;
    list->full = bucket->entry + BUCKET_ENTRIES;
    return true;
}

/* Puts an entry that hits `position` bytes after the start of the segment at hand into its list;
 * drops it when that is behind the end of the run. */
static inline void push(struct large *large, uint64_t left, uint32_t quotient, uint32_t state,
                        uint64_t position)
{
    if (position >= left)
        return;
    uint32_t slot = (large->slot + (uint32_t)(position >> large->segment_bits)) & (large->ring - 1);
    struct list *list = &large->lists[slot];
    if (list->open == list->full && !list_grow(large, list))
        return;
    *list->open++ = (struct entry){quotient, state | ((uint32_t)position & (large->segment - 1))};
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
        recycle(large, large->lists[slot].first);
        large->lists[slot] = (struct list){0};
    }
    large->out_of_memory = false;
    large->first_byte = first_byte;
    large->end_byte = end_byte;
    large->slot = 0;
    large->walk = walk;
}

/* Sends a prime to its first multiple at or above both its square and the segment at hand. */
static void enter(struct large *large, uint64_t left, uint32_t prime)
{
    uint64_t first = large->first_byte * MODULUS;
    uint64_t cofactor = first / prime + (first % prime > 0); /* first + prime would overflow     */
    cofactor = cofactor < prime ? prime : cofactor;
    cofactor += step_up[cofactor % STEP_MODULUS];
    uint64_t multiple;
    if (__builtin_mul_overflow(cofactor, (uint64_t)prime, &multiple))
        return;
    uint32_t state =
        rest_index[prime % MODULUS] * (uint32_t)STEPS + step_index[cofactor % STEP_MODULUS];
    push(large, left, prime / MODULUS, state << POSITION_BITS,
         multiple / MODULUS - large->first_byte);
}

/* Enters the primes whose square lies in the segment at hand or before. */
static void enter_reached(struct large *large, uint64_t left)
{
    uint64_t end = large->first_byte + large->segment;
    while (large->walk.prime) {
        uint64_t prime = large->walk.prime;
        if (prime * prime / MODULUS >= end)
            break;
        enter(large, left, large->walk.prime);
        prime_walk_next(&large->walk);
    }
}

static void cross_off_bucket(struct large *large, uint64_t left, uint8_t *segment,
                             const struct entry *entry, const struct entry *end)
{
    for (; entry < end; entry++) {
        uint32_t position = entry->state_position & POSITION_MASK;
        const struct step *step = &steps[entry->state_position >> POSITION_BITS];
        segment[position] &= step->mask;
        uint64_t next = (uint64_t)entry->quotient * step->step + step->carry + position;
        push(large, left, entry->quotient, step->next_state, next);
    }
}

yoke_status large_cross_off(struct large *large, uint8_t *segment)
{
    uint64_t left = large->end_byte - large->first_byte;
    enter_reached(large, left);
    struct list *list = &large->lists[large->slot];
    /* A prime below 3 * segment may come back within the segment: until it is empty. */
    while (list->first) {
        struct bucket *bucket = list->first;
        struct entry *end = list->open;
        *list = (struct list){0};
        cross_off_bucket(large, left, segment, bucket->entry, end);
        for (struct bucket *full = bucket->next; full; full = full->next)
            cross_off_bucket(large, left, segment, full->entry, full->entry + BUCKET_ENTRIES);
        recycle(large, bucket);
    }
    large->first_byte += large->segment;
    large->slot = (large->slot + 1) & (large->ring - 1);
    return large->out_of_memory ? YOKE_NO_MEMORY : YOKE_OK;
}
