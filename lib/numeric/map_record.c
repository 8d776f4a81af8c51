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

void map_record_end(struct map_record *record, yoke_item *item)
{
    if (record->statuses)
        record->statuses[item->index] = item->status;
    if (item->status == YOKE_OK && !record->visit)
        return;
    callback_lock_take(&record->lock);
    item->ended = ++record->ended;
    if (item->status != YOKE_OK)
        note_failure(record, item);
    if (record->visit && !atomic_load(&record->stopped) &&
        !record->visit(item, record->visit_context))
        atomic_store(&record->stopped, true);
    callback_lock_give(&record->lock);
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
