/* yoke_parallel_scan(): a thread adds up the leaves of its run, waits until those before the run
 * are added up, hands on the sum of all, and then writes: so the numbers of a run are read from
 * memory once, and only adding up the sums of leaves is done by one thread after the other. With
 * add_and_write() the thread whose turn it is adds up and writes in one pass, while others add up
 * the runs behind it; and these go over to one pass as soon as it is their turn. */
#include <stdlib.h>

#include "base/delay.h"
#include "base/error.h"
#include "base/lock.h"
#include "base/os.h"
#include "prefix.h"
#include "server/waiting/absence.h"
#include "sharing.h"

/* Pieces of a run, at most, whose sums are kept until they are written. And the bytes of these at
 * most, unless there is but one. */
enum { RUN_PIECES = 512, RUN_BYTES = 65536 };

/* A run of leaves that need not be told apart has so many pieces while it is not its turn: so a
 * thread soon sees that it is. */
enum { WHOLE_PIECES = 8 };

/* Accumulators of a short scan need no allocation, which takes as long as a thousand additions. */
enum { NEAR_BYTES = 2048 };

struct scan {
    struct accumulators accumulators;
    yoke_loop_body write, add_and_write;
    bool whole;           /* leaves need not be told apart */
    uint64_t run_pieces;  /* the most in a run */
    char *memory;         /* for the prefix, and the next two */
    struct prefix prefix; /* of all leaves before `turn` */
    void *before, *sum;   /* of a piece that is written in turn */
    alignas(64) char near[NEAR_BYTES];
    alignas(64) atomic_uint_fast64_t turn; /* whose run it is: the first leaf of it */
    atomic_uint turns;                     /* how many there were; a futex */
    atomic_uint sleepers;
    struct lock lock; /* for the next */
    struct left_run *left;
    atomic_uint left_runs;
};

/* What a thread needs for its runs. */
struct part {
    struct yoke_sharing *sharing;
    char *memory;         /* for the prefix and the rest; NULL until it is needed */
    struct prefix prefix; /* of all leaves before the one that is written */
    void *before;         /* that, for the piece to change */
    char *sums;           /* of the run's pieces */
};

/* A run of leaves, and the pieces that it is done in. */
struct run {
    uint64_t first, end;
    uint64_t step;   /* leaves in a piece; the last one may have less */
    uint64_t pieces; /* that are added up */
};

/* One that is added up and whose thread has gone: who hands on the turn to it writes it. */
struct left_run {
    struct left_run *next;
    struct run run;
    struct part part;
};

/* ---- one after the other --------------------------------------------------------------------- */

/* The thread before is at work, so its turn is short, unless it has lost its processor, or its
 * piece waits for something. That may be a job, which needs a worker: so a thread that has slept
 * for long lets a stand-in have its permit. And as stand-ins are few, one that only helps leaves
 * its run behind in the end. One that sleeps looks now and then whether the loop has failed. */
enum { TURN_SPINS = 256, TURN_NANOSECONDS = 1000000, TURN_PATIENCE = 20 * TURN_NANOSECONDS };

enum turn { TURN_CAME, TURN_IN_VAIN, TURN_LEFT };

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

/* False when the turn has come meanwhile, or there is no memory. */
static bool leave_run(struct part *part, const struct run *run)
{
    struct scan *scan = part->sharing->work;
    struct left_run *left = malloc(sizeof *left);
    if (!left)
        return false;
    lock_take(&scan->lock);
    *left = (struct left_run){scan->left, *run, *part};
    atomic_fetch_add(&scan->left_runs, 1);
    delay_here();
    bool leaves = !is_turn(scan, run->first);
    if (leaves)
        scan->left = left;
    else
        atomic_fetch_sub(&scan->left_runs, 1);
    lock_give(&scan->lock);
    if (leaves)
        part->memory = NULL;
    else
        free(left);
    return leaves;
}

/* The run that is left from that leaf on, once it is its turn. */
static struct left_run *take_left(struct scan *scan, uint64_t leaf)
{
    if (!atomic_load(&scan->left_runs))
        return NULL;
    lock_take(&scan->lock);
    struct left_run **link = &scan->left;
    while (*link && (*link)->run.first != leaf)
        link = &(*link)->next;
    struct left_run *left = *link;
    if (left) {
        *link = left->next;
        atomic_fetch_sub(&scan->left_runs, 1);
    }
    lock_give(&scan->lock);
    return left;
}

static void free_left(struct left_run *left)
{
    free(left->part.memory);
    free(left);
}

/* When the loop is to end early the turn may never come. */
static enum turn sleep_long(struct part *part, const struct run *run, bool helps)
{
    struct scan *scan = part->sharing->work;
    int64_t patience = os_deadline(TURN_PATIENCE);
    enum turn turn = TURN_CAME;
    absence_begin();
    while (turn == TURN_CAME && !is_turn(scan, run->first)) {
        if (!sharing_goes_on(part->sharing))
            turn = TURN_IN_VAIN;
        else if (helps && os_now() >= patience && leave_run(part, run))
            turn = TURN_LEFT;
        else
            sleep_until_turn(scan, run->first);
    }
    absence_end();
    return turn;
}

static enum turn await_turn(struct part *part, const struct run *run, bool helps)
{
    struct scan *scan = part->sharing->work;
    for (unsigned i = 0; i < TURN_SPINS && !is_turn(scan, run->first); i++)
        os_pause();
    if (is_turn(scan, run->first))
        return TURN_CAME;
    sleep_until_turn(scan, run->first);
    return is_turn(scan, run->first) ? TURN_CAME : sleep_long(part, run, helps);
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
    return part->sums + index * scan->accumulators.stride;
}

/* A thread that always finds it is its turn needs none. */
static bool allocate(struct part *part)
{
    const struct scan *scan = part->sharing->work;
    const struct accumulators *accumulators = &scan->accumulators;
    uint64_t leaves = part->sharing->leaves.count;
    size_t size = prefix_size(leaves);
    if (part->memory)
        return true;
    part->memory = accumulators_allocate(accumulators, size + 1 + scan->run_pieces);
    if (!part->memory)
        return false;
    prefix_begin(&part->prefix, accumulators, leaves, part->memory);
    part->before = part->memory + size * accumulators->stride;
    part->sums = part->memory + (size + 1) * accumulators->stride;
    return true;
}

static yoke_status do_piece(yoke_piece *piece, yoke_loop_body body, uint64_t first, uint64_t end,
                            void *accumulator)
{
    const struct yoke_sharing *sharing = piece->sharing;
    leaves_give(&sharing->leaves, first, end, piece);
    piece->accumulator = accumulator;
    return body(piece, sharing->loop.argument);
}

static uint64_t piece_begin(const struct run *run, uint64_t piece)
{
    uint64_t leaf = run->first + piece * run->step;
    return leaf < run->end ? leaf : run->end;
}

/* All, or up to where the turn comes: one pass over the others will do. */
static yoke_status add_up(struct part *part, yoke_piece *piece, struct run *run)
{
    const struct scan *scan = part->sharing->work;
    yoke_status status = YOKE_OK;
    while (status == YOKE_OK && piece_begin(run, run->pieces) < run->end) {
        if (scan->add_and_write && is_turn(scan, run->first))
            return YOKE_OK;
        if (!sharing_goes_on_after(part->sharing, run->pieces))
            return YOKE_CANCELLED;
        if (!allocate(part))
            return accumulators_refuse_memory(&scan->accumulators);
        void *sum = sum_of(part, run->pieces);
        accumulators_reset(&scan->accumulators, sum);
        status = do_piece(piece, part->sharing->loop.body, piece_begin(run, run->pieces),
                          piece_begin(run, run->pieces + 1), sum);
        run->pieces++;
    }
    return status;
}

/* In turn, so that no other thread is at the prefix. */
static yoke_status add_and_write(struct part *part, yoke_piece *piece, const struct run *run)
{
    struct scan *scan = part->sharing->work;
    uint64_t step = scan->whole ? run->end - run->first : 1;
    yoke_status status = YOKE_OK;
    piece->before = scan->before;
    for (uint64_t leaf = piece_begin(run, run->pieces); leaf < run->end; leaf += step) {
        uint64_t end = run->end - leaf < step ? run->end : leaf + step;
        if (!sharing_goes_on_after(part->sharing, leaf - run->first))
            return YOKE_CANCELLED;
        prefix_read(&scan->prefix, scan->before);
        accumulators_reset(&scan->accumulators, scan->sum);
        status = do_piece(piece, scan->add_and_write, leaf, end, scan->sum);
        if (status != YOKE_OK)
            return status;
        prefix_add(&scan->prefix, scan->sum);
    }
    piece->before = NULL;
    return YOKE_OK;
}

static yoke_status write_out(struct part *part, yoke_piece *piece, const struct run *run)
{
    const struct scan *scan = part->sharing->work;
    yoke_status status = YOKE_OK;
    for (uint64_t i = 0; i < run->pieces && status == YOKE_OK; i++) {
        if (!sharing_goes_on_after(part->sharing, i))
            return YOKE_CANCELLED;
        prefix_read(&part->prefix, part->before);
        status = do_piece(piece, scan->write, piece_begin(run, i), piece_begin(run, i + 1),
                          part->before);
        prefix_add(&part->prefix, sum_of(part, i));
    }
    return status;
}

/* A piece that fails keeps its turn: the others see that the loop has failed. */
static yoke_status do_turn(struct part *part, yoke_piece *piece, const struct run *run)
{
    struct scan *scan = part->sharing->work;
    if (run->pieces)
        prefix_copy(&part->prefix, &scan->prefix);
    for (uint64_t i = 0; i < run->pieces; i++)
        prefix_add(&scan->prefix, sum_of(part, i));
    yoke_status status = add_and_write(part, piece, run);
    if (status != YOKE_OK)
        return status;
    pass_turn(scan, run->end);
    return write_out(part, piece, run);
}

/* The runs that are left from that leaf on. */
static yoke_status do_left(struct scan *scan, yoke_piece *piece, uint64_t leaf)
{
    yoke_status status = YOKE_OK;
    struct left_run *left;
    while (status == YOKE_OK && (left = take_left(scan, leaf))) {
        leaf = left->run.end;
        status = do_turn(&left->part, piece, &left->run);
        free_left(left);
    }
    return status;
}

static yoke_status do_run(yoke_piece *piece, uint64_t first, uint64_t end, void *mine)
{
    struct part *part = mine;
    struct scan *scan = part->sharing->work;
    struct run run = {first, end, scan->whole ? (end - first - 1) / scan->run_pieces + 1 : 1, 0};
    yoke_status status = add_up(part, piece, &run);
    if (status != YOKE_OK)
        return status;
    enum turn turn = await_turn(part, &run, piece->worker != 0);
    if (turn == TURN_IN_VAIN)
        return YOKE_CANCELLED;
    if (turn == TURN_LEFT) {
        sharing_leave();
        return YOKE_OK;
    }
    status = do_turn(part, piece, &run);
    return status == YOKE_OK ? do_left(scan, piece, end) : status;
}

/* ---- the scan -------------------------------------------------------------------------------- */

static void take_part(struct yoke_sharing *sharing, unsigned worker)
{
    const struct scan *scan = sharing->work;
    struct part part = {.sharing = sharing};
    sharing_draw(sharing, worker, scan->whole ? UINT64_MAX : scan->run_pieces, do_run, &part);
    free(part.memory);
}

static void choose_pieces(struct scan *scan)
{
    uint64_t most = scan->whole ? WHOLE_PIECES : RUN_PIECES;
    uint64_t pieces = RUN_BYTES / scan->accumulators.stride;
    scan->run_pieces = pieces > most ? most : pieces ? pieces : 1;
}

static bool open_prefix(struct scan *scan, uint64_t leaves)
{
    const struct accumulators *accumulators = &scan->accumulators;
    size_t size = prefix_size(leaves);
    char *memory = scan->near;
    scan->memory = NULL;
    if (accumulators->stride > NEAR_BYTES / (size + 2))
        memory = scan->memory = accumulators_allocate(accumulators, size + 2);
    if (!memory)
        return false;
    prefix_begin(&scan->prefix, accumulators, leaves, memory);
    scan->before = memory + size * accumulators->stride;
    scan->sum = memory + (size + 1) * accumulators->stride;
    return true;
}

static yoke_status scan_leaves(struct scan *scan, struct yoke_sharing *sharing, void *total)
{
    sharing->leaves = leaves_cut(&sharing->loop, 0);
    sharing->loop.in_order = true; /* a thread waits for its turn */
    sharing->take_part = take_part;
    sharing->work = scan;
    scan->add_and_write = scan->accumulators.reduction.add_and_write;
    scan->whole = scan->accumulators.reduction.associative && !sharing->loop.grain &&
                  !sharing->leaves.columns.count; /* a tile is one piece */
    atomic_init(&scan->turn, 0);
    atomic_init(&scan->turns, 0);
    atomic_init(&scan->sleepers, 0);
    scan->lock = (struct lock){0};
    scan->left = NULL;
    atomic_init(&scan->left_runs, 0);
    choose_pieces(scan);
    if (!open_prefix(scan, sharing->leaves.count))
        return accumulators_refuse_memory(&scan->accumulators);
    yoke_status status = sharing_do(sharing);
    if (status == YOKE_OK && total)
        prefix_read(&scan->prefix, total);
    for (struct left_run *left; (left = scan->left); free_left(left))
        scan->left = left->next; /* of a loop that has failed */
    free(scan->memory);
    return status;
}

yoke_status yoke_parallel_scan(yoke_server *server, const yoke_loop *loop,
                               const yoke_reduction *reduction, yoke_loop_body write, void *total)
{
    struct yoke_sharing sharing;
    struct scan scan; /* not all set to zero, which takes longer than a short scan */
    scan.write = write;
    yoke_status status = sharing_open(&sharing, server, loop);
    if (status == YOKE_OK)
        status = accumulators_open(&scan.accumulators, reduction, sharing.loop.argument);
    if (status == YOKE_OK && !write)
        status = error_set(YOKE_INVALID, "write is NULL; pass the function that writes a piece");
    if (status != YOKE_OK)
        return status;
    if (!leaves_none(&sharing.loop))
        return scan_leaves(&scan, &sharing, total);
    if (total)
        accumulators_reset(&scan.accumulators, total);
    return YOKE_OK;
}
