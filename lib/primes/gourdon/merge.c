#include "merge.h"

#include <stdlib.h>

#include "base/error.h"

yoke_status merge_open(struct merge *merge, uint64_t parts, size_t width, uint128 before)
{
    *merge = (struct merge){.parts = parts};
    merge->waiting = calloc(parts + 1, sizeof *merge->waiting);
    merge->before = malloc((width + 1) * sizeof *merge->before);
    merge->weights = calloc(width + 1, sizeof *merge->weights);
    if (!merge->waiting || !merge->before || !merge->weights) {
        merge_close(merge);
        return error_set(YOKE_NO_MEMORY, "no memory for the parts of a sum");
    }
    for (size_t i = 0; i < width; i++)
        merge->before[i] = before;
    return YOKE_OK;
}

void merge_close(struct merge *merge)
{
    for (uint64_t i = merge->next; merge->waiting && i < merge->parts; i++)
        free(merge->waiting[i]);
    free(merge->waiting);
    free(merge->before);
    free(merge->weights);
    *merge = (struct merge){0};
}

struct part *part_open(size_t width)
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
    merge->sum += part->local;
    for (size_t i = 0; i < part->width; i++) {
        merge->sum += part->raise[i].weight * merge->before[i];
        merge->weights[i] += part->raise[i].weight;
        merge->before[i] += part->raise[i].rise;
    }
}

void merge_add(struct merge *merge, uint64_t number, struct part *part)
{
    lock_take(&merge->lock);
    merge->waiting[number] = part;
    while (merge->next < merge->parts && merge->waiting[merge->next]) {
        apply(merge, merge->waiting[merge->next]);
        free(merge->waiting[merge->next++]);
    }
    lock_give(&merge->lock);
}
