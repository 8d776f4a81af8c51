/* Notes how the items of a map end. */
#include "map_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void map_record_open(struct map_record *record, const struct map_plan *plan, size_t count)
{
    *record = (struct map_record){.visit = plan->options.visit,
                                  .visit_context = plan->options.visit_context,
                                  .statuses = plan->options.statuses,
                                  .status = YOKE_OK};
    for (size_t i = 0; record->statuses && i < count; i++)
        record->statuses[i] = YOKE_NOT_DONE;
}

void map_record_close(struct map_record *record)
{
    free(record->message);
}

static void note_failure(struct map_record *record, const yoke_item *item)
{
    if (record->status != YOKE_OK && record->first < item->index)
        return;
    record->first = item->index;
    record->status = item->status;
    free(record->message);
    record->message = strdup(item->message);
}

static void show(struct map_record *record, yoke_item *item)
{
    item->ended = ++record->ended;
    if (item->status != YOKE_OK)
        note_failure(record, item);
    if (record->visit && !atomic_load(&record->stopped) &&
        !record->visit(item, record->visit_context))
        atomic_store(&record->stopped, true);
}

/* ---- handing over ---------------------------------------------------------------------------- */

struct ended {
    struct ended *next;
    yoke_item item;
    char message[];
};

static bool hand_over(struct map_record *record, const yoke_item *item)
{
    size_t length = strlen(item->message) + 1;
    struct ended *ended = malloc(sizeof *ended + length);
    if (!ended)
        return false;
    ended->item = *item;
    ended->item.message = memcpy(ended->message, item->message, length);
    ended->next = atomic_load(&record->handed_over);
    while (!atomic_compare_exchange_weak(&record->handed_over, &ended->next, ended))
        ;
    return true;
}

/* Under the lock, which it gives; and again what comes between its last look and that. */
static void show_handed_over(struct map_record *record)
{
    do {
        for (struct ended *ended; (ended = atomic_exchange(&record->handed_over, NULL));)
            for (struct ended *next; ended; ended = next) {
                next = ended->next;
                show(record, &ended->item);
                free(ended);
            }
        callback_lock_give(&record->lock);
    } while (atomic_load(&record->handed_over) && callback_lock_take(&record->lock, 0));
}

bool map_record_end(struct map_record *record, yoke_item *item, int64_t patience)
{
    if (record->statuses)
        record->statuses[item->index] = item->status;
    if (item->status == YOKE_OK && !record->visit)
        return true;
    bool locked = callback_lock_take(&record->lock, patience);
    bool waits = !locked && hand_over(record, item);
    if (!locked && !callback_lock_take(&record->lock, waits ? 0 : CALLBACK_LOCK_FOREVER))
        return false;
    if (!waits)
        show(record, item);
    show_handed_over(record);
    return true;
}

yoke_status map_record_answer(const struct map_record *record, yoke_status status)
{
    if (atomic_load(&record->stopped))
        return error_set(YOKE_CANCELLED, "a map's visit said not to go on");
    if (status != YOKE_OK || record->status == YOKE_OK)
        return status;
    return error_set(record->status, "%s",
                     record->message ? record->message : yoke_status_text(record->status));
}
