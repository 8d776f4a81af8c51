/* Cuts the large primes into bands and slices, the segments into rounds, and hands the tasks out.
 */
#include "windows.h"

#include <math.h>
#include <stdlib.h>

#include "base/lock.h"
#include "cancel.h"

/* Of the segments: large primes know no other. */
#define MODULUS 30

/* Consecutive primes of a piece, so few that finding their hits takes less than a millisecond, as
 * workers wait for each other's slices. */
struct slice {
    const uint8_t *half_gap;
    uint32_t count;
    uint32_t first;
};

/* Primes of about the same size, which have windows of the same length. */
struct band {
    size_t slice, slices; /* the first one, and how many                                         */
    uint64_t most;        /* rounds of a window, at most                                         */
    uint64_t rounds;      /* of a window                                                         */
};

#define BANDS_MAX 17 /* a factor of two each, from LARGE_PRIME_MIN to 2^32 */

struct member {
    struct hits *hits;
    bool gone; /* the worker                                                                     */
    struct member *next;
};

struct windows {
    const struct plan *plan;
    struct slice *slice;
    size_t slices, room;
    struct band band[BANDS_MAX];
    uint32_t bands;
    uint32_t segment_bits;
    uint32_t row;      /* numbers of a segment                                                   */
    uint64_t byte;     /* of the first segment                                                   */
    uint64_t segments; /* all of them                                                            */
    uint64_t rounds;
    struct block_store store;
    struct member *_Atomic members;

    struct lock lock;       /* for all that follows                                               */
    _Atomic uint64_t round; /* whose hits are being found: those before have been. Read unlocked  */
    size_t tasks, drawn, done; /* of that round                                                  */
    uint64_t finished; /* all segments of the rounds before are                                  */
    uint32_t left[2];  /* segments not finished of round `finished` and the next, by parity      */
    atomic_uint changes; /* what those who wait sleep on                                         */
};

/* ---- bands and slices ------------------------------------------------------------------------ */

/* Windows grow with the square root of the primes: for a given number of hits in memory the primes
 * are visited least often that way. */
static uint64_t window_rounds(const struct windows *windows, uint32_t prime)
{
    const struct plan *plan = windows->plan;
    double segments = (double)plan->window * sqrt((double)prime / plan->root) / windows->row;
    uint32_t most = HIT_WINDOW / plan->segment;
    segments = segments < most ? segments : most;
    return segments < plan->round ? 1 : (uint64_t)(segments / plan->round);
}

static bool add_slice(struct windows *windows, struct band *band, struct slice slice)
{
    if (windows->slices == windows->room) {
        size_t room = 2 * windows->room + 64;
        struct slice *grown = realloc(windows->slice, room * sizeof *grown);
        if (!grown)
            return false;
        windows->slice = grown;
        windows->room = room;
    }
    windows->slice[windows->slices++] = slice;
    band->slices++;
    return true;
}

/* A prime is looked at in 2 or 3 ns, and so is each hit; one cofactor in sixteen is odd and has no
 * small factor, or somewhat fewer. */
#define SLICE_WORK 65536

static uint32_t slice_primes(const struct windows *windows, const struct band *band, uint32_t prime)
{
    double numbers = (double)band->most * windows->plan->round * windows->row;
    return (uint32_t)(SLICE_WORK / (1 + numbers / 16 / prime)) + 1;
}

static struct band *open_band(struct windows *windows, uint32_t last)
{
    struct band *band = &windows->band[windows->bands++];
    *band = (struct band){.slice = windows->slices, .most = window_rounds(windows, last)};
    return band;
}

/* Takes the primes of the next slice from the cursor on: not more than wanted, of one piece, up to
 * `end`. What is a whole piece is not looked at: there are 50 million primes up to 1e9. */
static struct slice take_slice(struct prime_cursor *cursor, uint32_t most, uint32_t end)
{
    const struct prime_piece *piece = cursor->piece;
    uint32_t index = cursor->index;
    struct slice slice = {piece->half_gap + index, piece->count - index, cursor->prime};
    if (slice.count <= most && piece + 1 < cursor->end && piece[1].first <= end) {
        *cursor = (struct prime_cursor){piece + 1, cursor->end, 0, piece[1].first};
        return slice;
    }
    for (slice.count = 0;
         slice.count < most && cursor->piece == piece && cursor->prime && cursor->prime <= end;
         prime_cursor_next(cursor))
        slice.count++;
    return slice;
}

static yoke_status cut(struct windows *windows, struct prime_cursor cursor)
{
    const struct plan *plan = windows->plan;
    while (cursor.prime && cursor.prime < plan->medium_limit)
        prime_cursor_next(&cursor);
    struct band *band = NULL;
    uint32_t end = 0;
    yoke_status status = YOKE_OK;
    while (cursor.prime && cursor.prime <= plan->root && status == YOKE_OK) {
        if (!band || cursor.prime > end) {
            end = cursor.prime < plan->root / 2 ? 2 * cursor.prime : plan->root;
            band = open_band(windows, end);
        }
        if (!add_slice(windows, band,
                       take_slice(&cursor, slice_primes(windows, band, cursor.prime), end)))
            return YOKE_NO_MEMORY;
        status = cancel_look();
    }
    return status;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static size_t tasks_of(const struct windows *windows, uint64_t round)
{
    size_t tasks = 0;
    for (uint32_t i = 0; i < windows->bands && round < windows->rounds; i++)
        if (round % windows->band[i].rounds == 0)
            tasks += windows->band[i].slices;
    return tasks;
}

static void enter_round(struct windows *windows, uint64_t round)
{
    while (round < windows->rounds && tasks_of(windows, round) == 0)
        round++;
    windows->tasks = tasks_of(windows, round);
    windows->drawn = windows->done = 0;
    atomic_store_explicit(&windows->round, round, memory_order_release);
}

static uint32_t segments_of(const struct windows *windows, uint64_t round)
{
    uint32_t most = windows->plan->round;
    if (round >= windows->rounds)
        return 0;
    uint64_t left = windows->segments - round * most;
    return left < most ? (uint32_t)left : most;
}

static struct find_task task_of(const struct windows *windows, size_t number)
{
    const struct band *band = windows->band;
    uint64_t round = windows->round;
    for (;; band++) {
        if (round % band->rounds)
            continue;
        if (number < band->slices)
            break;
        number -= band->slices;
    }
    const struct slice *slice = &windows->slice[band->slice + number];
    uint64_t first = round * windows->plan->round;
    uint64_t left = windows->segments - first;
    uint64_t segments = band->rounds * windows->plan->round;
    return (struct find_task){
        .half_gap = slice->half_gap,
        .count = slice->count,
        .first_prime = slice->first,
        .segment = first,
        .first = (windows->byte + (first << windows->segment_bits)) * MODULUS,
        .numbers = (segments < left ? segments : left) * windows->row,
    };
}

/* ---- opening --------------------------------------------------------------------------------- */

yoke_status windows_open(const struct plan *plan, const struct sieving_primes *primes,
                         struct windows **out)
{
    struct windows *windows = calloc(1, sizeof *windows);
    if (!windows)
        return YOKE_NO_MEMORY;
    windows->plan = plan;
    windows->segment_bits = (uint32_t)__builtin_ctz(plan->segment);
    windows->row = plan->segment * MODULUS;
    yoke_status status = cut(windows, prime_cursor_start(primes));
    if (status != YOKE_OK) {
        windows_close(windows);
        return status;
    }
    windows_start(windows, plan->first_byte, plan->end_byte);
    *out = windows;
    return YOKE_OK;
}

void windows_close(struct windows *windows)
{
    if (!windows)
        return;
    for (struct member *member = windows->members, *next; member; member = next) {
        next = member->next;
        hits_close(member->hits);
        free(member);
    }
    free(windows->slice);
    free(windows);
}

void windows_start(struct windows *windows, uint64_t first_byte, uint64_t end_byte)
{
    windows->byte = first_byte;
    windows->segments = ((end_byte - first_byte - 1) >> windows->segment_bits) + 1;
    windows->rounds = (windows->segments - 1) / windows->plan->round + 1;
    /* Windows of the same length: one that is shorter costs as much. */
    for (struct band *band = windows->band; band < windows->band + windows->bands; band++) {
        uint64_t number = (windows->rounds - 1) / band->most + 1;
        band->rounds = (windows->rounds - 1) / number + 1;
    }
    for (struct member *member = windows->members; member; member = member->next)
        hits_clear(member->hits);
    windows->finished = 0;
    windows->left[0] = segments_of(windows, 0);
    windows->left[1] = segments_of(windows, 1);
    enter_round(windows, 0);
}

uint64_t windows_segment(const struct windows *windows, uint64_t byte)
{
    return (byte - windows->byte) >> windows->segment_bits;
}

/* The place of a worker that has left, or NULL. */
static struct hits *take_over(struct windows *windows)
{
    lock_take(&windows->lock);
    struct member *member = windows->members;
    while (member && !member->gone)
        member = member->next;
    if (member)
        member->gone = false;
    lock_give(&windows->lock);
    return member ? member->hits : NULL;
}

void windows_leave(struct windows *windows, const struct hits *hits)
{
    lock_take(&windows->lock);
    struct member *member = windows->members;
    while (member->hits != hits)
        member = member->next;
    member->gone = true;
    lock_give(&windows->lock);
}

yoke_status windows_join(struct windows *windows, const struct isa *isa, struct hits **out)
{
    if ((*out = take_over(windows)))
        return YOKE_OK;
    struct member *member = calloc(1, sizeof *member);
    yoke_status status = member
                             ? hits_open(windows->segment_bits, isa, &windows->store, &member->hits)
                             : YOKE_NO_MEMORY;
    if (status != YOKE_OK) {
        free(member);
        return status;
    }
    *out = member->hits;
    lock_take(&windows->lock);
    member->next = windows->members;
    windows->members = member;
    lock_give(&windows->lock);
    return YOKE_OK;
}

/* ---- working together ------------------------------------------------------------------------ */

static void tell_change(struct windows *windows)
{
    atomic_fetch_add(&windows->changes, 1);
    os_wake(&windows->changes, OS_EVERYONE);
}

static bool round_found(const struct windows *windows, uint64_t round)
{
    return atomic_load_explicit(&windows->round, memory_order_acquire) > round;
}

/* How long a worker waits before it looks whether all are to leave: then who is at what it waits
 * for may have left already. Mostly that is done much sooner. */
#define WAIT_MOST YOKE_MILLISECONDS(5)

bool windows_draw(struct windows *windows, uint64_t number, struct find_task *task,
                  yoke_status *status)
{
    uint64_t round = number / windows->plan->round;
    bool drawn = false;
    *status = YOKE_OK;
    if (round_found(windows, round))
        return false;
    lock_take(&windows->lock);
    while (!drawn && !round_found(windows, round) && *status == YOKE_OK) {
        /* Lists have room for the segments of one round before. */
        if (windows->drawn < windows->tasks && windows->round <= windows->finished + 1) {
            *task = task_of(windows, windows->drawn++);
            drawn = true;
        } else {
            unsigned seen = atomic_load(&windows->changes);
            lock_give(&windows->lock);
            os_sleep(&windows->changes, seen, os_deadline(WAIT_MOST));
            *status = cancel_look();
            lock_take(&windows->lock);
        }
    }
    lock_give(&windows->lock);
    return drawn;
}

void windows_found(struct windows *windows)
{
    lock_take(&windows->lock);
    if (++windows->done == windows->tasks) {
        enter_round(windows, windows->round + 1);
        tell_change(windows);
    }
    lock_give(&windows->lock);
}

static void finish(struct windows *windows, uint64_t number)
{
    lock_take(&windows->lock);
    windows->left[number / windows->plan->round & 1]--;
    bool change = false;
    for (; windows->finished < windows->rounds && !windows->left[windows->finished & 1];
         windows->finished++, change = true)
        windows->left[windows->finished & 1] = segments_of(windows, windows->finished + 2);
    if (change)
        tell_change(windows);
    lock_give(&windows->lock);
}

void windows_cross_off(struct windows *windows, struct hits *own, uint64_t number, uint8_t *segment)
{
    for (struct member *member = windows->members; member; member = member->next)
        hits_cross_off(own, member->hits, number, segment);
    finish(windows, number);
}
