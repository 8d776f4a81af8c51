/* Keeps the positions of a worker's sieving primes from segment to segment, and crosses off. */
#include "sieve.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/uint128.h"
#include "cancel.h"
#include "large.h"
#include "presieve.h"
#include "survivors.h"

/* Sieving primes of one kind, ascending. `start` is where each starts in the chunk's range, the
 * same for every group. A prime has a position of its own once it is reached, that is, once its
 * square lies in the segment at hand or before. */
struct small_primes {
    struct small_prime *prime;
    int32_t *start;
    size_t count, reached;
};

struct medium_primes {
    struct medium_prime *prime;
    int32_t *start;
    size_t count, reached;
};

/* The bitmap's memory:
 *
 *     guard | segment | overrun | dummy
 *
 * The overrun takes the hits of small primes' periods that start inside the segment and end behind
 * it; it becomes the start of the next segment. The guard takes the hits before the first segment
 * of a chunk. */
struct sieve {
    const struct plan *plan;
    const struct sieving_primes *primes;
    const struct wheel *wheel;
    const struct isa *isa;
    uint32_t group; /* that the following, and the small primes' offsets, are for                */
    struct wheel_group lanes;
    struct presieve presieve;
    struct small_primes small;
    struct medium_primes medium;
    struct large *large;
    uint64_t first_byte, end_byte; /* the range that the starts are of                            */
    uint64_t next_byte;            /* of the segment to come                                      */
    uint8_t *memory, *segment;
    uint32_t overrun;
};

/* A page: the segment starts at one, and so does what is behind the overrun. */
#define ALIGNMENT 4096

static uint32_t round_up(uint32_t n, uint32_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

static bool allocate_small(struct small_primes *kind, size_t count)
{
    kind->prime = malloc((count + 1) * sizeof *kind->prime);
    kind->start = malloc((count + 1) * sizeof *kind->start);
    return kind->prime && kind->start;
}

static bool allocate_medium(struct medium_primes *kind, size_t count)
{
    kind->prime = malloc((count + 1) * sizeof *kind->prime);
    kind->start = malloc((count + 1) * sizeof *kind->start);
    return kind->prime && kind->start;
}

/* Enters the primes by kind; they stay the same for all chunks. */
static bool enter_primes(struct sieve *sieve)
{
    const struct plan *plan = sieve->plan;
    size_t small = 0;
    size_t medium = 0;
    struct prime_cursor cursor = prime_cursor_start(sieve->primes);
    while (cursor.prime && cursor.prime <= PRESIEVE_LIMIT)
        prime_cursor_next(&cursor);
    struct prime_cursor first = cursor;
    for (; cursor.prime && cursor.prime <= plan->root && cursor.prime < plan->medium_limit;
         prime_cursor_next(&cursor)) {
        small += cursor.prime < plan->small_limit;
        medium += cursor.prime >= plan->small_limit;
    }
    if (!allocate_small(&sieve->small, small) || !allocate_medium(&sieve->medium, medium))
        return false;
    cursor = first;
    for (size_t i = 0; i < small; i++, prime_cursor_next(&cursor))
        sieve->small.prime[i].prime = cursor.prime;
    for (size_t i = 0; i < medium; i++, prime_cursor_next(&cursor))
        sieve->medium.prime[i].prime = cursor.prime;
    sieve->small.count = small;
    sieve->medium.count = medium;
    return true;
}

static yoke_status allocate(struct sieve *sieve, struct windows *windows)
{
    const struct plan *plan = sieve->plan;
    sieve->overrun = round_up(plan->small_limit, ALIGNMENT);
    sieve->memory = memory_allocate(2 * (size_t)sieve->overrun + plan->segment + ALIGNMENT);
    if (!sieve->memory || !enter_primes(sieve))
        return YOKE_NO_MEMORY;
    sieve->segment = sieve->memory + sieve->overrun;
    yoke_status status = presieve_open(sieve->wheel, &sieve->presieve);
    if (status == YOKE_OK && plan->root >= plan->medium_limit)
        status = large_open(plan, sieve->primes, windows, sieve->isa, &sieve->large);
    return status;
}

yoke_status sieve_open(const struct plan *plan, const struct sieving_primes *primes,
                       struct windows *windows, const struct isa *isa, struct sieve **out)
{
    struct sieve *sieve = calloc(1, sizeof *sieve);
    if (!sieve)
        return YOKE_NO_MEMORY;
    sieve->plan = plan;
    sieve->primes = primes;
    sieve->wheel = wheel_of(plan->modulus);
    sieve->group = sieve->wheel->groups; /* none */
    sieve->isa = isa;
    yoke_status status = allocate(sieve, windows);
    if (status != YOKE_OK) {
        sieve_close(sieve);
        return status;
    }
    *out = sieve;
    return YOKE_OK;
}

void sieve_close(struct sieve *sieve)
{
    if (!sieve)
        return;
    large_close(sieve->large);
    presieve_close(&sieve->presieve);
    free(sieve->memory);
    free(sieve->small.prime);
    free(sieve->small.start);
    free(sieve->medium.prime);
    free(sieve->medium.start);
    free(sieve);
}

/* Where p's crossing off starts, relative to `first_byte`: the period that has p * p in it, or the
 * first that reaches into the chunk. A period before p's square would cross off p itself; the one
 * with the square has cofactors from modulus * (p / modulus) on, which is at least the modulus,
 * except for p below the modulus: those primes are put back by restore_head(). */
static int64_t first_period(uint32_t prime, uint32_t modulus, uint64_t first_byte)
{
    uint64_t period = first_byte / prime;
    uint64_t square = prime / modulus;
    return (int64_t)((period > square ? period : square) * prime - first_byte);
}

/* What is not reached within the chunk; chunks are shorter. */
#define NEVER INT32_MAX

static int32_t start_of(const struct sieve *sieve, uint32_t prime)
{
    int64_t start = first_period(prime, sieve->wheel->modulus, sieve->first_byte);
    return start < (int64_t)(sieve->end_byte - sieve->first_byte) ? (int32_t)start : NEVER;
}

/* Of so many primes: half a millisecond. */
#define STARTS_A_LOOK (UINT32_C(1) << 16)

/* Finds the starts in a range of bytes. They cost a division each, and the next chunk is often the
 * same range of another group: then they are there already. */
static yoke_status find_starts(struct sieve *sieve, uint64_t first_byte, uint64_t end_byte)
{
    if (sieve->first_byte == first_byte && sieve->end_byte == end_byte)
        return YOKE_OK;
    sieve->first_byte = first_byte;
    sieve->end_byte = end_byte;
    for (size_t i = 0; i < sieve->small.count; i++)
        sieve->small.start[i] = start_of(sieve, sieve->small.prime[i].prime);
    yoke_status status = YOKE_OK;
    for (size_t i = 0; i < sieve->medium.count && status == YOKE_OK; i++) {
        sieve->medium.start[i] = start_of(sieve, sieve->medium.prime[i].prime);
        if (i % STARTS_A_LOOK == 0)
            status = cancel_look();
    }
    if (status != YOKE_OK)
        sieve->end_byte = 0; /* no range: the next one is found anew                             */
    return status;
}

/* Nothing of this depends on the range. With one group it is there after the first chunk. */
static void enter_group(struct sieve *sieve, uint32_t group)
{
    if (sieve->group == group)
        return;
    sieve->group = group;
    wheel_group_fill(sieve->wheel, group, &sieve->lanes);
    presieve_prepare(&sieve->presieve, sieve->wheel, &sieve->lanes);
    for (size_t i = 0; i < sieve->small.count; i++) {
        struct small_prime *prime = &sieve->small.prime[i];
        uint32_t offset[LANES];
        wheel_offsets(sieve->wheel, &sieve->lanes, prime->prime, offset);
        for (int lane = 0; lane < LANES; lane++)
            prime->offset[lane] = (uint16_t)offset[lane];
    }
}

/* Takes in the primes whose first period starts in the segment that starts `done` bytes after the
 * chunk and has `size` bytes; their positions are relative to it. */
static void reach_small(struct small_primes *kind, int64_t done, uint32_t size)
{
    for (size_t i = kind->reached; i < kind->count && kind->start[i] - done < (int64_t)size; i++) {
        kind->prime[i].position = (int32_t)(kind->start[i] - done);
        kind->reached = i + 1;
    }
}

static void cross_off_small(struct sieve *sieve, uint64_t done, uint32_t size)
{
    uint32_t most = sieve->plan->block;
    for (uint32_t block = 0; block < size; block += most) {
        uint32_t length = size - block < most ? size - block : most;
        reach_small(&sieve->small, (int64_t)(done + block), length);
        sieve->isa->cross_off_small(sieve->segment + block, length, sieve->small.prime,
                                    sieve->small.reached);
    }
}

static void cross_off_medium_from(struct sieve *sieve, uint32_t from, uint32_t size,
                                  struct medium_prime *primes, size_t count)
{
    uint32_t dummy = sieve->plan->segment + sieve->overrun;
    sieve->isa->cross_off_medium(sieve->segment + from, size - from, dummy - from, primes, count,
                                 sieve->wheel, &sieve->lanes);
}

/* A prime whose crossing off starts inside the segment has, for this once, a segment of its own
 * that starts there too. */
static void cross_off_medium(struct sieve *sieve, uint64_t done, uint32_t size)
{
    struct medium_primes *kind = &sieve->medium;
    for (; kind->reached < kind->count && kind->start[kind->reached] <= (int64_t)done;
         kind->reached++)
        kind->prime[kind->reached].position = (int32_t)(kind->start[kind->reached] - (int64_t)done);
    cross_off_medium_from(sieve, 0, size, kind->prime, kind->reached);
    for (; kind->reached < kind->count; kind->reached++) {
        int64_t start = kind->start[kind->reached] - (int64_t)done;
        if (start >= size)
            break;
        kind->prime[kind->reached].position = 0;
        cross_off_medium_from(sieve, (uint32_t)start, size, &kind->prime[kind->reached], 1);
    }
}

static bool is_small_prime(uint32_t n)
{
    for (uint32_t d = 2; d * d <= n; d++)
        if (n % d == 0)
            return false;
    return n > 1;
}

/* The bytes that may hold pre-sieved primes or primes below the modulus, which cross themselves
 * off, are written anew. */
static void restore_head(struct sieve *sieve, uint64_t first_byte, uint32_t size)
{
    uint32_t modulus = sieve->wheel->modulus;
    uint32_t head = (PRESIEVE_LIMIT > modulus ? PRESIEVE_LIMIT : modulus) / modulus + 1;
    for (uint64_t byte = first_byte; byte < head && byte - first_byte < size; byte++) {
        uint8_t bits = 0;
        for (int lane = 0; lane < LANES; lane++) {
            uint32_t number = modulus * (uint32_t)byte + sieve->lanes.residue[lane];
            bits |= (uint8_t)(is_small_prime(number) << lane);
        }
        sieve->segment[byte - first_byte] = bits;
    }
}

/* Clears the bits of one byte that stand for numbers outside the plan's interval. */
static void clip_byte(struct sieve *sieve, uint64_t byte, uint8_t *bits)
{
    for (int lane = 0; lane < LANES; lane++) {
        uint128 number = (uint128)sieve->wheel->modulus * byte + sieve->lanes.residue[lane];
        if (number < sieve->plan->lo || number >= sieve->plan->hi)
            *bits &= (uint8_t) ~(1u << lane);
    }
}

static void clip(struct sieve *sieve, uint64_t first_byte, uint32_t size)
{
    if (first_byte == sieve->plan->first_byte)
        clip_byte(sieve, first_byte, sieve->segment);
    if (first_byte + size == sieve->plan->end_byte)
        clip_byte(sieve, first_byte + size - 1, sieve->segment + size - 1);
}

yoke_status sieve_start(struct sieve *sieve, uint64_t chunk)
{
    const struct plan *plan = sieve->plan;
    uint64_t range = chunk / sieve->wheel->groups;
    enter_group(sieve, (uint32_t)(chunk % sieve->wheel->groups));
    uint64_t first = plan->first_byte + range * plan->chunk;
    uint64_t end = plan->end_byte - first < plan->chunk ? plan->end_byte : first + plan->chunk;
    sieve->next_byte = first;
    sieve->small.reached = sieve->medium.reached = 0;
    if (sieve->large)
        large_start(sieve->large, first, end);
    return find_starts(sieve, first, end);
}

/* Pre-sieves what the segment at hand lacks: of all but a chunk's first segment, the start came
 * into being as the overrun of the one before it. The last one has no overrun. */
static void presieve_segment(struct sieve *sieve, uint32_t size, bool is_last)
{
    uint32_t ready = 0;
    if (sieve->next_byte > sieve->first_byte) {
        memmove(sieve->segment, sieve->segment + sieve->plan->segment, sieve->overrun);
        ready = sieve->overrun;
    }
    uint32_t end = is_last ? size : size + sieve->overrun;
    if (end > ready)
        presieve_fill(&sieve->presieve, sieve->isa, sieve->segment + ready, end - ready,
                      sieve->next_byte + ready);
}

yoke_status sieve_next(struct sieve *sieve, struct segment *segment)
{
    const struct plan *plan = sieve->plan;
    uint64_t byte = sieve->next_byte;
    *segment = (struct segment){sieve->segment, 0, plan->modulus, byte, sieve->lanes.residue};
    if (byte >= sieve->end_byte)
        return YOKE_OK;
    uint64_t left = sieve->end_byte - byte;
    segment->size = left < plan->segment ? (uint32_t)left : plan->segment;
    /* The last segment is often much shorter than the others: it is not sieved any further. */
    uint32_t size = round_up(segment->size, SEGMENT_MULTIPLE);
    presieve_segment(sieve, size, left <= plan->segment);
    cross_off_small(sieve, byte - sieve->first_byte, size);
    cross_off_medium(sieve, byte - sieve->first_byte, size);
    yoke_status status = cancel_look();
    if (status == YOKE_OK && sieve->large)
        status = large_cross_off(sieve->large, sieve->segment);
    if (status != YOKE_OK)
        return status;
    sieve->next_byte += plan->segment;

    restore_head(sieve, byte, segment->size);
    clip(sieve, byte, segment->size);
    if (plan->test)
        status = survivors_test(sieve->segment, segment->size, byte, plan->modulus,
                                sieve->lanes.residue, sieve->isa);
    memset(sieve->segment + segment->size, 0, size - segment->size);
    return status;
}
