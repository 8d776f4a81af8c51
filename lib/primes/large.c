#include "large.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/square_root.h"
#include "base/uint128.h"
#include "cofactors.h"
#include "hits.h"
#include "wheel.h"

/* Primes of about the same size, which have windows of the same length. */
struct band {
    struct prime_walk first;
    uint32_t last;     /* no prime is larger                                                     */
    uint32_t most;     /* segments of a window, at most                                          */
    uint32_t segments; /* of a window                                                            */
};

#define BANDS_MAX 17 /* a factor of two each, from LARGE_PRIME_MIN to 2^32 */

/* Of the segments: see the kernel that finds places in them. */
#define MODULUS 30

/* Primes whose multiples are found at a time. What they have in a run stays in L1. */
#define BATCH 128

struct large {
    const struct kernels *kernels;
    const struct cofactor_primes *cofactors;
    struct hits *hits;
    struct bitmap_layout layout;
    uint32_t row;      /* numbers of a segment                                                   */
    uint32_t number;   /* of the segment at hand                                                 */
    uint32_t segments; /* up to the end                                                          */
    uint64_t first;    /* number of the segment at hand                                          */
    struct band band[BANDS_MAX];
    uint32_t bands;
    uint32_t primes[BATCH + VECTOR_SLACK];
    uint32_t distances[BATCH * COFACTOR_RUN + VECTOR_SLACK];
};

/* Windows grow with the square root of the primes: for a given number of hits in memory the primes
 * are visited least often that way. */
static uint32_t window_segments(const struct large *large, uint32_t prime, const struct plan *plan)
{
    double segments = (double)plan->window * sqrt((double)prime / plan->root) / large->row;
    uint32_t most = UINT32_MAX / large->row; /* distances have 32 bits                           */
    segments = segments < most ? segments : most;
    return segments < 1 ? 1 : (uint32_t)segments;
}

/* Cuts the primes into bands. Returns how many segments the longest window has. */
static uint32_t find_bands(struct large *large, struct prime_walk walk, const struct plan *plan)
{
    uint32_t longest = 1;
    while (walk.prime && walk.prime <= plan->root) {
        struct band *band = &large->band[large->bands++];
        band->first = walk;
        band->last = walk.prime < plan->root / 2 ? 2 * walk.prime : plan->root;
        band->most = window_segments(large, band->last, plan);
        longest = band->most > longest ? band->most : longest;
        while (walk.prime && walk.prime <= band->last)
            prime_walk_next(&walk);
    }
    return longest;
}

static void find_layout(struct bitmap_layout *layout, const struct plan *plan)
{
    layout->segment_bits = (uint32_t)__builtin_ctz(plan->segment);
    const struct wheel *wheel = wheel_of(MODULUS);
    for (uint8_t lane = 0; lane < LANES; lane++)
        layout->lane_of[wheel->residue[lane]] = lane;
}

yoke_status large_open(const struct plan *plan, struct prime_walk walk,
                       const struct kernels *kernels, struct large **out)
{
    struct large *large = calloc(1, sizeof *large);
    if (!large)
        return YOKE_NO_MEMORY;
    large->kernels = kernels;
    large->cofactors = &walk.primes->cofactors;
    large->row = plan->segment * MODULUS;
    find_layout(&large->layout, plan);
    uint32_t longest = find_bands(large, walk, plan);
    uint32_t lists = 1;
    while (lists < longest)
        lists *= 2;
    yoke_status status = hits_open(lists, large->layout.segment_bits, kernels, &large->hits);
    if (status != YOKE_OK) {
        free(large);
        return status;
    }
    *out = large;
    return YOKE_OK;
}

void large_close(struct large *large)
{
    if (!large)
        return;
    hits_close(large->hits);
    free(large);
}

void large_start(struct large *large, uint64_t first_byte, uint64_t end_byte)
{
    large->first = first_byte * MODULUS;
    large->number = 0;
    large->segments = (uint32_t)((end_byte - first_byte - 1) >> large->layout.segment_bits) + 1;
    /* Windows of the same length: one that is shorter costs as much. */
    for (struct band *band = large->band; band < large->band + large->bands; band++) {
        uint32_t windows = (large->segments - 1) / band->most + 1;
        band->segments = (large->segments - 1) / windows + 1;
    }
    hits_start(large->hits);
}

/* Takes the next primes up to `last`. Returns how many, made a multiple of PRIMES_AT_A_TIME by
 * repeating the last one, whose hits do no harm. */
static size_t take_batch(struct large *large, struct prime_walk *walk, uint32_t last)
{
    if (!walk->prime)
        return 0;
    uint32_t *primes = large->primes;
    size_t left = walk->primes->count - walk->index;
    size_t count = left < BATCH ? left : BATCH;
    large->kernels->list_primes(walk->primes->half_gap + walk->index, count, walk->prime, primes);
    walk->index += count - 1;
    walk->prime = primes[count - 1];
    prime_walk_next(walk);
    while (count > 0 && primes[count - 1] > last)
        count--;
    for (; count % PRIMES_AT_A_TIME; count++)
        primes[count] = primes[count - 1];
    return count;
}

/* Chooses the patterns: the primes among the cofactors where they are known and alone matter. */
static void choose_patterns(const struct large *large, struct run_query *query, size_t primes)
{
    uint64_t least = large->primes[0];
    uint64_t last = query->first + (query->numbers - 1);
    last = last < query->first ? UINT64_MAX : last;
    uint64_t first_cofactor = query->first / large->primes[primes - 1];
    first_cofactor = first_cofactor > least ? first_cofactor : least;
    if ((uint128)least * least * least > last &&
        cofactor_primes_know(large->cofactors, first_cofactor, last / least)) {
        query->pattern = &large->cofactors->pattern;
        query->patterns = 1;
    } else {
        query->pattern = cofactor_patterns();
        query->patterns = cofactor_patterns_for(query->cofactors);
    }
}

/* Adds the hits of a batch of primes. */
static yoke_status add_hits(struct large *large, size_t primes, struct run_query query)
{
    uint32_t cofactors = (uint32_t)(query.numbers / 2 / large->primes[0]) + 1;
    query.cofactors = cofactors;
    choose_patterns(large, &query, primes);
    yoke_status status = YOKE_OK;
    for (; query.skip < cofactors && status == YOKE_OK; query.skip += COFACTOR_RUN) {
        query.cofactors = cofactors - query.skip;
        size_t count =
            large->kernels->find_multiples(large->primes, primes, &query, large->distances);
        large->kernels->locate(large->distances, count, &large->layout);
        status = hits_add(large->hits, large->distances, count);
    }
    return status;
}

/* Adds the hits of a band in the window that starts at the segment at hand. */
static yoke_status add_window(struct large *large, const struct band *band)
{
    uint32_t left = large->segments - large->number;
    uint32_t segments = band->segments < left ? band->segments : left;
    struct run_query query = {.first = large->first, .numbers = (uint64_t)segments * large->row};
    uint64_t end;
    if (__builtin_add_overflow(query.first, query.numbers, &end))
        end = UINT64_MAX;
    uint32_t root = square_root(end - 1);
    uint32_t last = band->last < root ? band->last : root;
    query.squares = (uint64_t)last * last > query.first;
    struct prime_walk walk = band->first;
    yoke_status status = YOKE_OK;
    for (size_t count; status == YOKE_OK && (count = take_batch(large, &walk, last)) > 0;)
        status = add_hits(large, count, query);
    return status;
}

yoke_status large_cross_off(struct large *large, uint8_t *segment)
{
    for (uint32_t i = 0; i < large->bands; i++) {
        const struct band *band = &large->band[i];
        yoke_status status = large->number % band->segments ? YOKE_OK : add_window(large, band);
        if (status != YOKE_OK)
            return status;
    }
    hits_cross_off(large->hits, segment);
    large->first += large->row;
    large->number++;
    return YOKE_OK;
}
