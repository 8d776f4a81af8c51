/* Keeps parts that came too early until those before them are there. */
#include "merge.h"

#include <stdlib.h>

#include "base/debug.h"
#include "base/error.h"
#include "primes/cancel.h"

static void restore(struct merge *merge, struct record *saved)
{
    const uint128 any = ~(uint128)0 >> 1;
    merge->sum = record_take_wide(saved);
    merge->width = (size_t)record_take(saved, 0, merge->width);
    for (size_t i = 0; i < merge->width; i++)
        merge->before[i] = record_take(saved, 0, any);
}

yoke_status merge_open(struct merge *merge, size_t width, struct record *saved)
{
    *merge = (struct merge){.width = width};
    merge->before = calloc(width + 1, sizeof *merge->before);
    if (!merge->before)
        return error_set(YOKE_NO_MEMORY, "no memory for the totals of a sum");
    if (saved)
        restore(merge, saved);
    return YOKE_OK;
}

yoke_status merge_expect(struct merge *merge, uint64_t parts)
{
    merge->parts = parts;
    merge->waiting = calloc(parts + 1, sizeof *merge->waiting);
    return merge->waiting ? YOKE_OK : error_set(YOKE_NO_MEMORY, "no memory for the parts of a sum");
}

void merge_close(struct merge *merge)
{
    for (uint64_t i = merge->next; merge->waiting && i < merge->end; i++)
        free(merge->waiting[i]);
    free(merge->waiting);
    free(merge->before);
    *merge = (struct merge){0};
}

struct part *merge_part(size_t width)
{
    struct part *part = calloc(1, sizeof *part + width * sizeof *part->raise);
    if (part)
        part->width = width;
    else
        error_set(YOKE_NO_MEMORY, "no memory for a part of a sum");
    return part;
}

static void apply(struct merge *merge, const struct part *part)
{
    uint256_add(&merge->sum, part->local);
    for (size_t i = 0; i < part->width; i++) {
        debug_assert(merge->before[i] >> 127 == 0);
        uint256_add_product(&merge->sum, part->raise[i].weight, merge->before[i]);
        merge->before[i] += part->raise[i].rise;
    }
    merge->width = part->width;
}

/* One part may have kept hundreds waiting, each of which takes up to some milliseconds. */
yoke_status merge_add(struct merge *merge, uint64_t number, struct part *part, yoke_status status)
{
    if (status != YOKE_OK) {
        free(part);
        return status;
    }
    lock_take(&merge->lock);
    merge->waiting[number] = part;
    merge->end = number < merge->end ? merge->end : number + 1;
    while (merge->next < merge->end && merge->waiting[merge->next] && status == YOKE_OK) {
        apply(merge, merge->waiting[merge->next]);
        free(merge->waiting[merge->next++]);
        status = cancel_look();
    }
    lock_give(&merge->lock);
    return status;
}

uint64_t merge_save(struct merge *merge, struct record *record)
{
    lock_take(&merge->lock);
    record_add_wide(record, merge->sum);
    record_add(record, merge->width);
    for (size_t i = 0; i < merge->width; i++)
        record_add(record, merge->before[i]);
    uint64_t next = merge->next;
    lock_give(&merge->lock);
    return next;
}
