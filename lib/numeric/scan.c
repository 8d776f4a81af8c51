/* yoke_parallel_scan(): a thread adds up the leaves of its run, waits until those before the run
 * are added up, hands on the sum of all, and then writes: so the numbers of a run are read from
 * memory once, and only adding up the sums of leaves is done by one thread after the other. */
#include <stdlib.h>

#include "base/delay.h"
#include "base/error.h"
#include "base/os.h"
#include "prefix.h"
#include "server/waiting/absence.h"
#include "sharing.h"

/* Leaves of a run, at most: their sums are kept until they are written. And the bytes of these at
 * most, unless there is but one. */
enum { RUN_LEAVES = 512, RUN_BYTES = 65536 };

struct scan {
    struct accumulators accumulators;
    yoke_loop_body write;
    uint64_t run_leaves;
    struct prefix prefix;                  /* of all leaves before `turn` */
    alignas(64) atomic_uint_fast64_t turn; /* whose run it is: the first leaf of it */
    atomic_uint turns;                     /* how many there were; a futex */
    atomic_uint sleepers;
};

/* What a thread needs for its runs. */
struct part {
    struct yoke_sharing *sharing;
    struct prefix prefix; /* of all leaves before the one that is written */
    char *leaves;         /* the sums of those of the run, and an accumulator for `write` */
};

/* ---- one after the other --------------------------------------------------------------------- */

/* The thread before is at work, so its turn is short, unless it has lost its processor, or its
 * piece waits for something. That may be a job, which needs a worker: so a thread that has slept
 * for long lets a stand-in have its permit. One that sleeps looks now and then whether the loop has
 * failed. */
enum { TURN_SPINS = 256, TURN_NANOSECONDS = 1000000 };

static bool is_turn(const struct scan *scan, uint64_t leaf)
{
    return atomic_load(&scan->turn) == leaf;
}

static void sleep_until_turn(struct scan *scan, uint64_t leaf)
{
    atomic_fetch_add(&scan->sleepers, 1);
    unsigned seen = atomic_load(&scan->turns);
    if (!is_turn(scan, leaf))
        os_sleep(&scan->turns, seen, os_deadline(TURN_NANOSECONDS));
    atomic_fetch_sub(&scan->sleepers, 1);
}

/* False when the loop is to end early: the turn may never come then. */
static bool sleep_long(struct part *part, uint64_t leaf)
{
    struct scan *scan = part->sharing->work;
    bool goes_on = true;
    absence_begin();
    while (!is_turn(scan, leaf) && (goes_on = sharing_goes_on(part->sharing)))
        sleep_until_turn(scan, leaf);
    absence_end();
    return goes_on;
}

static bool await_turn(struct part *part, uint64_t leaf)
{
    struct scan *scan = part->sharing->work;
    for (unsigned i = 0; i < TURN_SPINS && !is_turn(scan, leaf); i++)
        os_pause();
    if (is_turn(scan, leaf))
        return true;
    sleep_until_turn(scan, leaf);
    return is_turn(scan, leaf) || sleep_long(part, leaf);
}

static void pass_turn(struct scan *scan, uint64_t leaf)
{
    atomic_store(&scan->turn, leaf);
    delay_here();
    atomic_fetch_add(&scan->turns, 1);
    if (atomic_load(&scan->sleepers))
        os_wake(&scan->turns, OS_EVERYONE);
}

/* ---- a run ----------------------------------------------------------------------------------- */

static void *sum_of(const struct part *part, uint64_t index)
{
    const struct scan *scan = part->sharing->work;
    return part->leaves + index * scan->accumulators.stride;
}

static yoke_status do_leaf(yoke_piece *piece, yoke_loop_body body, uint64_t leaf, void *accumulator)
{
    const struct yoke_sharing *sharing = piece->sharing;
    piece->lo = leaves_begin(&sharing->leaves, leaf);
    piece->hi = leaves_begin(&sharing->leaves, leaf + 1);
    piece->accumulator = accumulator;
    return body(piece, sharing->loop.argument);
}

static yoke_status add_up(struct part *part, yoke_piece *piece, uint64_t first, uint64_t end)
{
    const struct scan *scan = part->sharing->work;
    yoke_status status = YOKE_OK;
    for (uint64_t leaf = first; leaf < end && status == YOKE_OK; leaf++) {
        void *sum = sum_of(part, leaf - first);
        if (!sharing_goes_on_after(part->sharing, leaf - first))
            return YOKE_OK;
        accumulators_reset(&scan->accumulators, sum);
        status = do_leaf(piece, part->sharing->loop.body, leaf, sum);
    }
    return status;
}

static yoke_status write_out(struct part *part, yoke_piece *piece, uint64_t first, uint64_t end)
{
    const struct scan *scan = part->sharing->work;
    void *accumulator = sum_of(part, scan->run_leaves);
    yoke_status status = YOKE_OK;
    for (uint64_t leaf = first; leaf < end && status == YOKE_OK; leaf++) {
        if (!sharing_goes_on_after(part->sharing, leaf - first))
            return YOKE_OK;
        prefix_read(&part->prefix, accumulator);
        status = do_leaf(piece, scan->write, leaf, accumulator);
        prefix_add(&part->prefix, sum_of(part, leaf - first));
    }
    return status;
}

static yoke_status run(yoke_piece *piece, uint64_t first, uint64_t end, void *mine)
{
    struct part *part = mine;
    struct scan *scan = part->sharing->work;
    yoke_status status = add_up(part, piece, first, end);
    if (status != YOKE_OK || !await_turn(part, first))
        return status;
    prefix_copy(&part->prefix, &scan->prefix);
    for (uint64_t leaf = first; leaf < end; leaf++)
        prefix_add(&scan->prefix, sum_of(part, leaf - first));
    pass_turn(scan, end);
    return write_out(part, piece, first, end);
}

/* ---- the scan -------------------------------------------------------------------------------- */

static void take_part(struct yoke_sharing *sharing, unsigned worker)
{
    struct scan *scan = sharing->work;
    struct part part = {.sharing = sharing};
    part.leaves = accumulators_allocate(&scan->accumulators, scan->run_leaves + 1);
    if (part.leaves && prefix_open(&part.prefix, &scan->accumulators, sharing->leaves.count))
        sharing_draw(sharing, worker, scan->run_leaves, run, &part);
    else
        sharing_fail(sharing, accumulators_refuse_memory(&scan->accumulators), yoke_last_error());
    prefix_close(&part.prefix);
    free(part.leaves);
}

static yoke_status scan_leaves(struct scan *scan, struct yoke_sharing *sharing, void *total)
{
    sharing->leaves = leaves_cut(sharing->loop.lo, sharing->loop.hi, sharing->loop.grain);
    sharing->loop.in_order = true; /* a thread waits for its turn */
    sharing->take_part = take_part;
    sharing->work = scan;
    scan->run_leaves = RUN_BYTES / scan->accumulators.stride;
    if (!scan->run_leaves || scan->run_leaves > RUN_LEAVES)
        scan->run_leaves = scan->run_leaves ? RUN_LEAVES : 1;
    if (!prefix_open(&scan->prefix, &scan->accumulators, sharing->leaves.count))
        return accumulators_refuse_memory(&scan->accumulators);
    yoke_status status = sharing_do(sharing);
    if (status == YOKE_OK && total)
        prefix_read(&scan->prefix, total);
    prefix_close(&scan->prefix);
    return status;
}

yoke_status yoke_parallel_scan(yoke_server *server, const yoke_loop *loop,
                               const yoke_reduction *reduction, yoke_loop_body write, void *total)
{
    struct yoke_sharing sharing;
    struct scan scan = {.write = write};
    yoke_status status = sharing_open(&sharing, server, loop);
    if (status == YOKE_OK)
        status = accumulators_open(&scan.accumulators, reduction, sharing.loop.argument);
    if (status == YOKE_OK && !write)
        status = error_set(YOKE_INVALID, "write is NULL; pass the function that writes a piece");
    if (status != YOKE_OK)
        return status;
    if (sharing.loop.lo < sharing.loop.hi)
        return scan_leaves(&scan, &sharing, total);
    if (total)
        accumulators_reset(&scan.accumulators, total);
    return YOKE_OK;
}
