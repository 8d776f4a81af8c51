/* What becomes of the items of a map: who wants to know it is told, one item at a time. */
#ifndef NUMERIC_MAP_RECORD_H
#define NUMERIC_MAP_RECORD_H

#include <stdatomic.h>

#include "callback_lock.h"
#include "map_plan.h"

struct map_record {
    struct callback_lock lock; /* visits run under it */
    yoke_item_visit visit;
    void *visit_context;
    yoke_status *statuses;
    uint64_t ended;                    /* this and the next three under the lock */
    uint64_t first;                    /* the lowest index of an item that has failed, */
    yoke_status status;                /* if this is not YOKE_OK, */
    char *message;                     /* and why; memory of its own, or NULL */
    struct ended *_Atomic handed_over; /* items that are to be shown by who has the lock */
    atomic_bool stopped;               /* by the visit */
};

/* For `count` items, none of which has begun. */
void map_record_open(struct map_record *record, const struct map_plan *plan, size_t count);
void map_record_close(struct map_record *record);

/* An item has ended: all but `ended` is set. Any thread. False when it waits to be shown, by a
 * thread that is at a visit longer than `patience`: see callback_lock_take(). */
bool map_record_end(struct map_record *record, yoke_item *item, int64_t patience);

/* How the map ends, when its items were run with that status. */
yoke_status map_record_answer(const struct map_record *record, yoke_status status);

#endif
