/* Cuts leaves into slices, and takes them from their lower ends: see slices.h. */
#include "slices.h"

static uint64_t left_in(const struct slice *slice)
{
    return slice->end - atomic_load_explicit(&slice->next, memory_order_relaxed);
}

void slices_cut(struct slices *slices, uint64_t leaves, unsigned threads)
{
    unsigned count = threads < SLICES_MOST ? threads : SLICES_MOST;
    slices->count = count;
    if (count == 1) {
        atomic_init(&slices->slice[0].next, 0);
        slices->slice[0].end = leaves;
        return;
    }
    uint64_t length = leaves / count, first = 0;
    int64_t longer = (int64_t)(leaves % count), due = 0;
    for (unsigned i = 0; i < count; i++) {
        struct slice *slice = &slices->slice[i];
        atomic_init(&slice->next, first);
        due += longer; /* that many of `count` slices have a leaf more, evenly among the others */
        bool more = due > 0;
        due -= more ? count : 0;
        first += length + more;
        slice->end = first;
    }
}

void slices_drop(struct slices *slices)
{
    for (unsigned i = 0; i < slices->count; i++)
        atomic_store_explicit(&slices->slice[i].next, slices->slice[i].end, memory_order_relaxed);
}

uint64_t slices_left(const struct slices *slices)
{
    uint64_t left = 0;
    for (unsigned i = 0; i < slices->count; i++)
        left += left_in(&slices->slice[i]);
    return left;
}

/* A read-modify-write that nobody disturbs still takes twenty times as long as a store. */
static bool advance(struct slice *slice, uint64_t *next, uint64_t to, bool alone)
{
    if (!alone)
        return atomic_compare_exchange_weak_explicit(&slice->next, next, to, memory_order_relaxed,
                                                     memory_order_relaxed);
    atomic_store_explicit(&slice->next, to, memory_order_relaxed);
    return true;
}

static bool take_from(struct slice *slice, const struct slices_cursor *cursor, uint64_t *first,
                      uint64_t *end)
{
    uint64_t next = atomic_load_explicit(&slice->next, memory_order_relaxed), take;
    do {
        if (next == slice->end)
            return false;
        take = cursor->choose(cursor->context, slice->end - next);
    } while (!advance(slice, &next, next + take, cursor->alone));
    *first = next;
    *end = next + take;
    return true;
}

/* Of these the one with the most left, so that thieves spread. */
static unsigned fullest(const struct slices *slices, struct span these)
{
    unsigned best = these.first;
    for (unsigned i = best + 1; i < these.end; i++)
        if (left_in(&slices->slice[i]) > left_in(&slices->slice[best]))
            best = i;
    return best;
}

static bool go_elsewhere(const struct slices *slices, struct slices_cursor *cursor)
{
    cursor->slice = fullest(slices, cursor->home);
    if (!left_in(&slices->slice[cursor->slice]))
        cursor->slice = fullest(slices, (struct span){0, slices->count});
    return left_in(&slices->slice[cursor->slice]) > 0;
}

bool slices_take(struct slices *slices, struct slices_cursor *cursor, uint64_t *first,
                 uint64_t *end)
{
    while (!take_from(&slices->slice[cursor->slice], cursor, first, end))
        if (!go_elsewhere(slices, cursor))
            return false;
    return true;
}
