/* Draws runs of leaves and has them done: see sharing.h. */
#include "sharing.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/extensible.h"
#include "base/os.h"
#include "server/jobs/server_check.h"
#include "server/lifecycle/forks.h"
#include "server/lifecycle/running.h"
#include "server/server.h"

/* ---- ending ---------------------------------------------------------------------------------- */

void sharing_fail(struct yoke_sharing *sharing, yoke_status status, const char *message)
{
    int expected = YOKE_OK;
    if (atomic_compare_exchange_strong(&sharing->status, &expected, (int)status))
        snprintf(sharing->message, sizeof sharing->message, "%s", message ? message : "");
}

/* YOKE_OK, or why a thread should leave the loop. */
static yoke_status look(const struct yoke_sharing *sharing)
{
    if (atomic_load_explicit(&sharing->status, memory_order_relaxed) != YOKE_OK)
        return YOKE_CANCELLED;
    if (sharing->job && running_should_leave(sharing->job))
        return YOKE_CANCELLED;
    if (sharing->server &&
        atomic_load_explicit(&sharing->server->phase, memory_order_relaxed) != SERVER_OPEN)
        return YOKE_CLOSED;
    if (sharing->loop.cancelled && sharing->loop.cancelled(sharing->loop.argument))
        return YOKE_CANCELLED;
    if (sharing->deadline && os_now() >= sharing->deadline)
        return YOKE_TIMED_OUT;
    return scope_is_over(sharing->around) ? YOKE_CANCELLED : YOKE_OK;
}

static bool is_over(const void *sharing)
{
    return look(sharing) != YOKE_OK;
}

bool sharing_goes_on(struct yoke_sharing *sharing)
{
    yoke_status status = look(sharing);
    if (status != YOKE_OK)
        sharing_fail(sharing, status, NULL);
    return status == YOKE_OK;
}

bool yoke_piece_cancelled(const yoke_piece *piece)
{
    return look(piece->sharing) != YOKE_OK;
}

/* Who has the piece has the loop from yoke's own code, where it is no constant. */
void sharing_finish(const yoke_piece *piece)
{
    slices_drop(&((struct yoke_sharing *)(uintptr_t)piece->sharing)->slices);
}

/* Why a loop has ended with that status, if no piece has said so. */
static yoke_status explain(const struct yoke_sharing *sharing, yoke_status status)
{
    if (sharing->message[0])
        return error_set(status, "%s", sharing->message);
    if (status == YOKE_CANCELLED)
        return error_set(status, "a loop, or the job that it is part of, is to end early; some of "
                                 "it is not done");
    if (status == YOKE_TIMED_OUT)
        return error_set(status, "the time limit of a loop was over before all of it was done");
    if (status == YOKE_CLOSED)
        return server_check_refuse_closed();
    return error_set(status, "a piece of %s returned \"%s\"", sharing->name,
                     yoke_status_text(status));
}

/* ---- calling for help ------------------------------------------------------------------------ */

static void call(struct yoke_sharing *sharing)
{
    uint64_t left = slices_left(&sharing->slices);
    sharing->called = true;
    numbers_begin(&sharing->numbers, sharing->workers);
    if (sharing->workers > 1 && left > 1)
        region_open(&sharing->region, sharing->server,
                    left < sharing->workers ? (unsigned)left - 1 : sharing->workers - 1);
}

/* ---- nodes ----------------------------------------------------------------------------------- */

/* What of a row of `count`, in which those of each node stand next to each other, is this node's.
 */
static struct span part_of(const struct yoke_sharing *sharing, unsigned node, unsigned count)
{
    const yoke_server *server = sharing->server;
    struct span workers = {region_workers_before(server, node),
                           region_workers_before(server, node + 1)};
    return span_part(workers, region_workers_before(server, server->nodes), count);
}

/* The slices that threads of the calling one's node begin with. */
static struct span home_here(const struct yoke_sharing *sharing)
{
    unsigned count = sharing->slices.count;
    if (count == 1 || sharing->server->nodes == 1)
        return (struct span){0, count};
    return part_of(sharing, region_node_here(&sharing->region), count);
}

/* The first number of a thread of this node: the row of numbers begins with the node of the thread
 * at the loop, whose number is 0, and goes round. */
static unsigned first_number_here(const struct yoke_sharing *sharing)
{
    unsigned threads = sharing->workers;
    if (sharing->server->nodes == 1)
        return 0;
    struct span here = part_of(sharing, region_node_here(&sharing->region), threads);
    struct span around = part_of(sharing, sharing->region.node, threads);
    return (here.first + threads - around.first) % threads;
}

/* ---- drawing --------------------------------------------------------------------------------- */

struct drawing {
    struct yoke_sharing *sharing;
    int64_t since;  /* when the last run ended */
    uint64_t pace;  /* of a leaf */
    bool measured;  /* in this loop, and not recalled */
    uint64_t most;  /* leaves in a run */
    uint64_t grown; /* in the next one: see GROWTH */
    struct slices_cursor cursor;
};

/* The first run is a single leaf, and each further one at most so many times as many: a leaf may
 * have been quick by chance, and a body that was quick the last time may take a second now. */
enum { GROWTH = 8 };

/* Of so many leaves that are left in a slice. */
static uint64_t choose(const void *context, uint64_t left)
{
    const struct drawing *drawing = context;
    const struct yoke_sharing *sharing = drawing->sharing;
    if (drawing->grown == 1)
        return 1;
    int64_t time = pace_time(drawing->pace, left);
    bool at_once = drawing->measured && !sharing->called && time < sharing->alone_below &&
                   time <= PACE_RUN_MOST;
    uint64_t take = at_once ? left
                            : pace_take(drawing->pace, drawing->measured, left,
                                        sharing->workers / sharing->slices.count);
    take = take < drawing->grown ? take : drawing->grown;
    return take < drawing->most ? take : drawing->most;
}

static void note_run(struct drawing *drawing, uint64_t leaves, int64_t took)
{
    struct yoke_sharing *sharing = drawing->sharing;
    drawing->pace = pace_of(leaves, took);
    drawing->measured = true;
    if (!sharing->called) { /* then nobody else is there */
        sharing->alone += leaves;
        sharing->busy += took;
    }
    drawing->grown = leaves <= UINT64_MAX / GROWTH ? leaves * GROWTH : UINT64_MAX;
}

/* As a thing of its own for yoke_last_error(), as a kernel is. */
static bool run_apart(struct yoke_sharing *sharing, yoke_piece *piece, sharing_run run,
                      uint64_t first, uint64_t end, void *mine)
{
    bool outer = error_enter();
    yoke_status status = run(piece, first, end, mine);
    const char *message = error_leave(outer, status);
    if (status == YOKE_CANCELLED && !sharing_goes_on(sharing))
        return false; /* that is why, and what the loop ends with */
    if (status != YOKE_OK)
        sharing_fail(sharing, status, message);
    return status == YOKE_OK;
}

static _Thread_local bool is_leaving __attribute__((tls_model("initial-exec")));

void sharing_leave(void)
{
    is_leaving = true;
}

/* Whether a thread is to leave the others alone, for a job; the first one never is. */
static bool is_needed_elsewhere(struct yoke_sharing *sharing, const yoke_piece *piece)
{
    if (piece->worker)
        return is_leaving || region_should_leave(&sharing->region);
    region_give_way(&sharing->region);
    return false;
}

/* The thread at the loop has begun alone, as the loop was short the last time, and it turns out to
 * be longer. (The first leaf alone does not tell: its memory may come from afar.) */
static void call_late(struct drawing *drawing)
{
    struct yoke_sharing *sharing = drawing->sharing;
    int64_t half = sharing->alone_below / 2;
    if (sharing->called || sharing->busy < half ||
        pace_time(drawing->pace, slices_left(&sharing->slices)) < half)
        return;
    call(sharing);
    drawing->cursor.alone = false;
    drawing->since = pace_now();
}

static bool do_run(struct drawing *drawing, yoke_piece *piece, sharing_run run, void *mine)
{
    struct yoke_sharing *sharing = drawing->sharing;
    uint64_t first, end;
    if (!slices_take(&sharing->slices, &drawing->cursor, &first, &end) ||
        !run_apart(sharing, piece, run, first, end, mine))
        return false;
    int64_t now = pace_now();
    note_run(drawing, end - first, now - drawing->since);
    drawing->since = now;
    return true;
}

static void draw_runs(struct drawing *drawing, yoke_piece *piece, sharing_run run, void *mine)
{
    struct yoke_sharing *sharing = drawing->sharing;
    is_leaving = false;
    drawing->since = pace_now();
    while (slices_left(&sharing->slices) && sharing_goes_on(sharing) &&
           !is_needed_elsewhere(sharing, piece) && do_run(drawing, piece, run, mine))
        if (!piece->worker)
            call_late(drawing);
    if (!piece->worker && drawing->measured)
        pace_remember(sharing->key, drawing->pace, sharing->leaves.grain);
}

static yoke_status open_state(const yoke_loop *loop, yoke_piece *piece)
{
    return loop->open ? loop->open(piece->worker, loop->argument, &piece->state) : YOKE_OK;
}

static bool open_apart(struct yoke_sharing *sharing, yoke_piece *piece)
{
    bool outer = error_enter();
    yoke_status status = open_state(&sharing->loop, piece);
    const char *message = error_leave(outer, status);
    if (status != YOKE_OK)
        sharing_fail(sharing, status, message);
    return status == YOKE_OK;
}

void sharing_draw(struct yoke_sharing *sharing, unsigned worker, uint64_t most, sharing_run run,
                  void *mine)
{
    if (!slices_left(&sharing->slices))
        return;
    struct scope scope;
    scope_enter(&scope, is_over, sharing, sharing->job);
    yoke_piece piece = {.worker = worker, .workers = sharing->workers, .sharing = sharing};
    if (open_apart(sharing, &piece)) {
        struct span home = home_here(sharing);
        struct drawing drawing = {.sharing = sharing,
                                  .pace = sharing->recalled,
                                  .most = most,
                                  .grown = 1,
                                  .cursor = {.home = home, .choose = choose}};
        drawing.cursor.alone = !worker && !sharing->called;
        drawing.cursor.slice = home.first + worker % (home.end - home.first);
        drawing.cursor.context = &drawing;
        draw_runs(&drawing, &piece, run, mine);
        if (sharing->loop.close)
            sharing->loop.close(piece.state, sharing->loop.argument);
    }
    scope_leave(&scope);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static yoke_status check(const yoke_loop *loop)
{
    if (!loop->body)
        return error_set(YOKE_INVALID, "loop.body is NULL; set the function for the pieces");
    if (loop->priority < YOKE_PRIORITY_MIN || loop->priority > YOKE_PRIORITY_MAX)
        return error_set(YOKE_INVALID, "loop.priority is %d; it must lie between %d and %d",
                         loop->priority, YOKE_PRIORITY_MIN, YOKE_PRIORITY_MAX);
    if (loop->time_limit < 0)
        return error_set(YOKE_INVALID, "loop.time_limit is %lld ns; it must be 0 (none) or more",
                         (long long)loop->time_limit);
    return leaves_check(loop);
}

/* The calling thread is one of them. */
static unsigned count_workers(const struct yoke_sharing *sharing)
{
    unsigned workers = 1 + (sharing->server ? region_helpers(sharing->server) : 0);
    return sharing->loop.workers && sharing->loop.workers < workers ? sharing->loop.workers
                                                                    : workers;
}

yoke_status sharing_open(struct yoke_sharing *sharing, yoke_server *server, const yoke_loop *loop)
{
    if (!loop)
        return error_set(YOKE_INVALID, "loop is NULL; start from YOKE_LOOP_INIT");
    yoke_loop copy;
    loop = extensible_read(EXTENSIBLE(yoke_loop, in_order, "YOKE_LOOP_INIT"), loop, &copy);
    yoke_status status = loop ? check(loop) : YOKE_INVALID;
    if (status == YOKE_OK && server)
        status = server_check(server);
    if (status != YOKE_OK)
        return status;
    sharing->loop = *loop;
    sharing->name = "a loop";
    sharing->key = (uintptr_t)loop->body;
    sharing->server = server;
    sharing->region.own_node = false;
    sharing->around = scope_here();
    sharing->job = scope_job();
    sharing->workers = count_workers(sharing);
    sharing->deadline = loop->time_limit ? os_deadline(loop->time_limit) : 0;
    sharing->message[0] = 0;
    atomic_init(&sharing->status, YOKE_OK);
    return YOKE_OK;
}

/* ---- helpers --------------------------------------------------------------------------------- */

static enum region_left join(struct region *region)
{
    struct yoke_sharing *sharing = (struct yoke_sharing *)region;
    if (!slices_left(&sharing->slices))
        return REGION_NOTHING;
    /* All may be taken for a moment, when several schedulers help. */
    unsigned number = numbers_take(&sharing->numbers, first_number_here(sharing));
    if (!number)
        return REGION_NOTHING;
    struct forks_outer outer;
    struct worker *thread = self.worker;
    forks_enter(thread, &outer);
    sharing->take_part(sharing, number);
    if (!forks_leave(thread, &outer))
        sharing_fail(sharing, YOKE_INVALID, forks_not_joined);
    numbers_give(&sharing->numbers, number);
    bool more = slices_left(&sharing->slices) && atomic_load(&sharing->status) == YOKE_OK;
    return more ? REGION_MORE : REGION_NOTHING;
}

static bool is_to_be_shared(struct yoke_sharing *sharing)
{
    const struct leaves *leaves = &sharing->leaves;
    worth_recall(&sharing->worth, sharing->key, leaves, sharing->workers);
    sharing->recalled =
        sharing->worth.alone ? sharing->worth.alone : pace_recall(sharing->key, leaves->grain);
    sharing->alone_below = worth_alone_below(&sharing->worth, sharing->recalled);
    sharing->called = false;
    sharing->alone = 0;
    sharing->busy = 0;
    return pace_time(sharing->recalled, leaves->count) >= sharing->alone_below;
}

/* For the next loops, whether this was worth sharing. `took`: from the call on, if it was at the
 * start. */
static void remember(const struct yoke_sharing *sharing, int64_t took)
{
    if (sharing->alone)
        worth_was_alone(&sharing->worth, sharing->alone, sharing->busy);
    else if (atomic_load_explicit(&sharing->status, memory_order_relaxed) == YOKE_OK)
        worth_was_shared(&sharing->worth, took);
}

yoke_status sharing_do(struct yoke_sharing *sharing)
{
    struct region *region = &sharing->region;
    region->join = join;
    region->level = (unsigned)(sharing->loop.priority - YOKE_PRIORITY_MIN);
    region->job = sharing->job;
    region_prepare(region);
    bool shared = is_to_be_shared(sharing);
    slices_cut(&sharing->slices, sharing->leaves.count,
               shared && !sharing->loop.in_order ? sharing->workers : 1);
    int64_t before = shared ? pace_now() : 0;
    if (shared)
        call(sharing);
    sharing->take_part(sharing, 0);
    region_close(region);
    remember(sharing, shared ? pace_now() - before : 0);
    yoke_status status = (yoke_status)atomic_load_explicit(&sharing->status, memory_order_relaxed);
    return status == YOKE_OK ? YOKE_OK : explain(sharing, status);
}
