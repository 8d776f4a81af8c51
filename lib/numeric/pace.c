/* Chooses how many leaves a thread takes, and remembers what they took: see pace.h. */
#include "pace.h"

#include <stdatomic.h>

/* Of the divisions that a loop has, most are by 1, in short loops all: these take a third of the
 * time of an empty one. */
static uint64_t divide(uint64_t number, uint64_t by)
{
    return by == 1 ? number : number / by;
}

uint64_t pace_of(uint64_t leaves, int64_t took)
{
    uint64_t time = took > 0 ? (uint64_t)took : 0;
    uint64_t picoseconds =
        divide(time < INT64_MAX / PICOSECONDS ? time * PICOSECONDS : INT64_MAX, leaves);
    return picoseconds ? picoseconds : 1;
}

int64_t pace_time(uint64_t pace, uint64_t leaves)
{
    uint64_t time;
    if (!pace || __builtin_mul_overflow(pace, leaves, &time))
        return INT64_MAX;
    return (int64_t)(time / PICOSECONDS);
}

/* ---- how many -------------------------------------------------------------------------------- */

/* A run takes at most PACE_RUN_MOST, and at least RUN_LEAST, long against the draw, for which
 * threads fight over a cache line (50 to 100 ns), but not by a pace that is recalled: a body may
 * have become slower by any factor. In between a thread takes a part of its share of what is left:
 * so all end together, even when some leaves take several times as long as others. */
enum { RUN_LEAST = 250, PARTS = 2 };

/* While nobody knows what a leaf takes: so many, which then tell. */
enum { LEAVES_FIRST = 1 };

static uint64_t leaves_in(int64_t nanoseconds, uint64_t pace)
{
    uint64_t leaves = (uint64_t)nanoseconds * PICOSECONDS / pace;
    return leaves ? leaves : 1;
}

uint64_t pace_take(uint64_t pace, bool measured, uint64_t left, unsigned threads)
{
    if (!pace)
        return LEAVES_FIRST;
    uint64_t least = measured ? leaves_in(RUN_LEAST, pace) : 1;
    uint64_t most = leaves_in(PACE_RUN_MOST, pace), take = left / (PARTS * (uint64_t)threads);
    take = take < least ? least : take;
    take = take > most ? most : take;
    return take < left ? take : left;
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* A program has few loops at a time that matter; where two share a place, both begin by trying. */
enum { REMEMBERED = 256 };

static struct {
    _Atomic uintptr_t body;
    atomic_uint_fast64_t number;
} memory[REMEMBERED];

/* Functions are aligned to 16 bytes, as a rule. */
static unsigned place_of(uintptr_t body)
{
    return (unsigned)((body >> 4) ^ (body >> 12)) % REMEMBERED;
}

/* The two words may be of different loops while one is written: the guess is wrong then, once. */
uint64_t pace_recall(uintptr_t body, uint64_t grain)
{
    unsigned place = place_of(body);
    if (atomic_load_explicit(&memory[place].body, memory_order_relaxed) != body)
        return 0;
    uint64_t number = atomic_load_explicit(&memory[place].number, memory_order_relaxed), leaf;
    return __builtin_mul_overflow(number, grain, &leaf) ? UINT64_MAX : leaf;
}

/* A pace falls by an eighth from one loop to the next at most: a body that was slow a while ago may
 * be so again, and a loop of it that began alone for no reason would cost more than a call in vain.
 */
enum { FALL = 8 };

void pace_remember(uintptr_t body, uint64_t leaf, uint64_t grain)
{
    unsigned place = place_of(body);
    uint64_t before = pace_recall(body, 1), least = before - before / FALL;
    uint64_t number = divide(leaf, grain);
    number = number ? number : 1;
    atomic_store_explicit(&memory[place].body, body, memory_order_relaxed);
    atomic_store_explicit(&memory[place].number, number > least ? number : least,
                          memory_order_relaxed);
}
