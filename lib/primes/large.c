/* Finds the hits of large primes, a slice of them in a window at a time, and lists them by segment.
 */
#include "large.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/square_root.h"
#include "base/uint128.h"
#include "cancel.h"
#include "cofactors.h"
#include "windows.h"

/* Primes whose multiples are found at a time. What they have in a run stays in L1. */
#define BATCH 256

struct large {
    const struct isa *isa;
    const struct cofactor_primes *cofactors;
    struct windows *windows, *own; /* own: closed with this                                      */
    struct hits *hits;
    struct bitmap_layout layout;
    uint64_t number; /* of the segment at hand                                                   */
    uint32_t primes[BATCH + VECTOR_SLACK];
    uint32_t distances[BATCH * COFACTOR_RUN + VECTOR_SLACK];
};

static yoke_status join(struct large *large, const struct plan *plan,
                        const struct sieving_primes *primes)
{
    yoke_status status = YOKE_OK;
    if (!large->windows) {
        status = windows_open(plan, primes, &large->own);
        large->windows = large->own;
    }
    return status == YOKE_OK ? windows_join(large->windows, large->isa, &large->hits) : status;
}

yoke_status large_open(const struct plan *plan, const struct sieving_primes *primes,
                       struct windows *windows, const struct isa *isa, struct large **out)
{
    struct large *large = calloc(1, sizeof *large);
    if (!large)
        return YOKE_NO_MEMORY;
    large->isa = isa;
    large->cofactors = &primes->cofactors;
    large->windows = windows;
    large->layout.segment_bits = (uint32_t)__builtin_ctz(plan->segment);
    yoke_status status = join(large, plan, primes);
    if (status != YOKE_OK) {
        large_close(large);
        return status;
    }
    *out = large;
    return YOKE_OK;
}

void large_close(struct large *large)
{
    if (!large)
        return;
    if (large->hits)
        windows_leave(large->windows, large->hits);
    windows_close(large->own);
    free(large);
}

void large_start(struct large *large, uint64_t first_byte, uint64_t end_byte)
{
    if (large->own)
        windows_start(large->own, first_byte, end_byte);
    large->number = windows_segment(large->windows, first_byte);
}

/* Takes the task's next primes. Returns how many, made a multiple of PRIMES_AT_A_TIME by repeating
 * the last one, whose hits do no harm. */
static size_t take_batch(struct large *large, struct find_task *task)
{
    size_t count = task->count < BATCH ? task->count : BATCH;
    if (count == 0)
        return 0;
    uint32_t *primes = large->primes;
    large->isa->list_primes(task->half_gap, count, task->first_prime, primes);
    task->half_gap += count;
    task->count -= (uint32_t)count;
    task->first_prime = primes[count - 1] + (task->count ? 2u * task->half_gap[-1] : 0);
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
        cofactors_know(large->cofactors, first_cofactor, last / least)) {
        query->pattern = &large->cofactors->pattern;
        query->patterns = 1;
    } else {
        query->pattern = cofactors_patterns();
        query->patterns = cofactors_patterns_for(query->cofactors);
    }
}

/* Adds the hits of a batch of primes. */
static yoke_status add_hits(struct large *large, size_t primes, struct run_query query)
{
    uint32_t cofactors = (uint32_t)(query.numbers / 2 / large->primes[0]) + 1;
    query.cofactors = cofactors;
    uint64_t largest = large->primes[primes - 1];
    query.squares = largest * largest > query.first;
    choose_patterns(large, &query, primes);
    yoke_status status = YOKE_OK;
    for (; query.skip < cofactors && status == YOKE_OK; query.skip += COFACTOR_RUN) {
        query.cofactors = cofactors - query.skip;
        size_t count = large->isa->find_multiples(large->primes, primes, &query, large->distances);
        large->isa->locate(large->distances, count, &large->layout);
        status = hits_add(large->hits, large->distances, count);
    }
    return status;
}

/* Adds the hits of a slice in its window. */
static yoke_status find(struct large *large, struct find_task *task)
{
    struct run_query query = {.first = task->first, .numbers = task->numbers};
    uint64_t end;
    if (__builtin_add_overflow(query.first, query.numbers, &end))
        end = UINT64_MAX;
    uint32_t root = square_root(end - 1);
    large->layout.first = (uint32_t)task->segment << (large->layout.segment_bits + 3);
    yoke_status status = YOKE_OK;
    while (status == YOKE_OK && task->first_prime <= root) {
        size_t count = take_batch(large, task);
        if (count == 0)
            break;
        status = add_hits(large, count, query);
    }
    return status;
}

yoke_status large_cross_off(struct large *large, uint8_t *segment)
{
    yoke_status status;
    struct find_task task;
    while (windows_draw(large->windows, large->number, &task, &status)) {
        status = cancel_look();
        if (status == YOKE_OK)
            status = find(large, &task);
        if (status != YOKE_OK)
            return status;
        windows_found(large->windows);
    }
    if (status == YOKE_OK)
        windows_cross_off(large->windows, large->hits, large->number++, segment);
    return status;
}
