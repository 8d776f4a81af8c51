/* Remembers what loops took alone and shared: see worth.h. */
#include "worth.h"

#include <stdalign.h>
#include <stdatomic.h>

#include "pace.h"

/* ---- memory ---------------------------------------------------------------------------------- */

/* Where two kinds of loops share a place, both begin anew by turns. */
enum { REMEMBERED = 256 };

static struct place {
    alignas(64) atomic_uint_fast64_t key;
    atomic_uint_fast64_t alone;
    atomic_int_fast64_t handover, shared;
} places[REMEMBERED];

#define GET(field)        atomic_load_explicit(&place->field, memory_order_relaxed)
#define PUT(field, value) atomic_store_explicit(&place->field, value, memory_order_relaxed)

static struct place *place_of(uint64_t key)
{
    return &places[key >> 56];
}

/* Loops with up to twice as many leaves are of one kind. (Fibonacci's multiplier spreads the bits.)
 */
static uint64_t key_of(uintptr_t body, const struct leaves *leaves)
{
    uint64_t size = (uint64_t)__builtin_clzll(leaves->count);
    uint64_t bits = (uint64_t)body ^ size << 48 ^ leaves->grain << 54;
    return bits * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

/* Until it is known: what two threads take that are both awake and share a cache. */
enum { HANDOVER = 750 };

/* The words may be of different loops while one is written: the guess is wrong then, once. */
void worth_recall(struct worth *worth, uintptr_t body, const struct leaves *leaves,
                  unsigned threads)
{
    uint64_t key = key_of(body, leaves);
    const struct place *place = place_of(key);
    bool known = GET(key) == key;
    worth->key = key;
    worth->leaves = leaves->count;
    worth->threads = threads;
    worth->alone = known ? GET(alone) : 0;
    worth->handover = known ? GET(handover) : HANDOVER;
    worth->shared = known ? GET(shared) : 0;
}

static void put(const struct worth *worth, uint64_t alone, int64_t handover, int64_t shared)
{
    struct place *place = place_of(worth->key);
    PUT(alone, alone);
    PUT(handover, handover);
    PUT(shared, shared);
    PUT(key, worth->key);
}

/* ---- the choice ------------------------------------------------------------------------------ */

/* One thread does some loops in a row, in a hundredth of the time that loops were shared for. In a
 * row, as the first of these has to get memory back from the caches of others. */
enum { TRIALS = 100, IN_A_ROW = 4 };

static bool is_tried_alone(const struct worth *worth, int64_t time)
{
    return time < WORTH_TRIED &&
           (!worth->alone || worth->shared < 0 || worth->shared / TRIALS / IN_A_ROW > time);
}

/* By sharing, a thread saves all but its share. */
static int64_t least_worth(const struct worth *worth, int64_t handover)
{
    return handover + (int64_t)((uint32_t)handover / (worth->threads - 1));
}

int64_t worth_alone_below(const struct worth *worth, uint64_t pace)
{
    if (worth->threads == 1 || pace / PICOSECONDS >= WORTH_LEAF)
        return 2 * HANDOVER;
    int64_t time = pace_time(pace, worth->leaves), below = least_worth(worth, worth->handover);
    return is_tried_alone(worth, time) && 2 * time > below ? 2 * time : below;
}

/* ---- experience ------------------------------------------------------------------------------ */

/* What handing over takes is forgotten slowly while loops are done by one thread. When it falls
 * below what sharing is worth, half of it goes at once, and where it rises above, it doubles: so
 * there are some shared loops in a row, which settle it, or 6 of them in some 800 were in vain. */
enum { FORGOTTEN = 1024, HANDOVER_LEAST = 100, HANDOVER_MOST = 1000000000 };

static int64_t forget(const struct worth *worth, int64_t time)
{
    int64_t handover = worth->handover - worth->handover / FORGOTTEN - 1;
    if (handover < HANDOVER_LEAST || time < least_worth(worth, handover) / 4)
        return worth->handover;
    return time < least_worth(worth, handover) ? handover : handover / 2;
}

/* Loops that take less than handing over can are not looked at any further. */
static bool is_known(const struct worth *worth, uint64_t leaves, int64_t took)
{
    return worth->threads == 1 ||
           (worth->alone && !worth->shared && took < HANDOVER_LEAST && leaves == worth->leaves);
}

/* Times rise by an eighth from one loop to the next at most: a thread that lost its processor tells
 * nothing. What a loop has become faster by is seen at once. */
enum { STEP = 8 };

void worth_was_alone(const struct worth *worth, uint64_t leaves, int64_t took)
{
    if (is_known(worth, leaves, took))
        return;
    uint64_t pace = pace_of(leaves, took), most = worth->alone + worth->alone / STEP;
    if (leaves < worth->leaves && pace < worth->alone)
        return;
    pace = worth->alone && pace > most ? most : pace;
    if (!worth->alone || worth->shared > 0)
        put(worth, pace, worth->handover, 1 - IN_A_ROW);
    else if (worth->shared < 0)
        put(worth, pace, worth->handover, worth->shared + 1);
    else
        put(worth, pace, forget(worth, pace_time(pace, worth->leaves)), 0);
}

/* By an eighth of the difference, and of what it was. */
static int64_t approach(int64_t old, int64_t new)
{
    int64_t step = (new - old) / STEP, most = old / STEP + 1;
    return old + (step > most ? most : step < -most ? -most : step);
}

void worth_was_shared(const struct worth *worth, int64_t took)
{
    int64_t time = pace_time(worth->alone, worth->leaves);
    if (time >= WORTH_TRIED || worth->threads == 1)
        return;
    int64_t handover = approach(worth->handover, took - time / worth->threads);
    handover = handover > HANDOVER_LEAST ? handover : HANDOVER_LEAST;
    if (time < least_worth(worth, handover))
        handover *= 2;
    put(worth, worth->alone, handover < HANDOVER_MOST ? handover : HANDOVER_MOST,
        worth->shared + took);
}
