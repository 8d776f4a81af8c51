/* Draws runs of leaves and has them done: see sharing.h. */
#include "sharing.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/extensible.h"
#include "base/os.h"
#include "base/stopwatch.h"
#include "helpers.h"
#include "server/jobs/server_check.h"
#include "server/lifecycle/run.h"
#include "server/server.h"

/* The innermost loop that the calling thread takes part in. */
static _Thread_local const struct sharing_scope *innermost;

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
    if (sharing->job && run_should_leave(sharing->job))
        return YOKE_CANCELLED;
    if (sharing->server &&
        atomic_load_explicit(&sharing->server->phase, memory_order_relaxed) != SERVER_OPEN)
        return YOKE_CLOSED;
    if (sharing->loop.cancelled && sharing->loop.cancelled(sharing->loop.argument))
        return YOKE_CANCELLED;
    if (sharing->deadline && os_now() >= sharing->deadline)
        return YOKE_TIMED_OUT;
    if (sharing->outer && look(sharing->outer->sharing) != YOKE_OK)
        return YOKE_CANCELLED;
    return YOKE_OK;
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
    return error_set(status, "a piece of a loop returned \"%s\"", yoke_status_text(status));
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* How long a run should take: long against the draw, for which threads fight over a cache line (0.1
 * us), short against what anyone would notice at the end of a loop or when it is to leave early. */
enum { RUN_NANOSECONDS = 10000 };

/* Of what is left, a thread takes at most half of its share: so all end together even when some
 * pieces take several times as long as others. */
enum { SHARES = 2 };

struct drawing {
    struct yoke_sharing *sharing;
    uint64_t pace, most; /* leaves a run by what they took so far, and at most */
};

static bool leaves_are_left(const struct yoke_sharing *sharing)
{
    return atomic_load_explicit(&sharing->next, memory_order_relaxed) < sharing->leaves.count;
}

static bool draw(const struct drawing *drawing, uint64_t *first, uint64_t *end)
{
    struct yoke_sharing *sharing = drawing->sharing;
    uint64_t next = atomic_load_explicit(&sharing->next, memory_order_relaxed), take;
    do {
        uint64_t left = sharing->leaves.count - next;
        if (!left)
            return false;
        uint64_t fair = left / (SHARES * sharing->workers);
        take = drawing->pace < fair ? drawing->pace : fair;
        take = take > drawing->most ? drawing->most : take;
        take = take ? take : 1;
    } while (!atomic_compare_exchange_weak_explicit(&sharing->next, &next, next + take,
                                                    memory_order_relaxed, memory_order_relaxed));
    *first = next;
    *end = next + take;
    return true;
}

/* At most so many times as many leaves as in the run before: that may have been quick by chance. */
enum { GROWTH = 8 };

static uint64_t adapt(uint64_t leaves, int64_t took)
{
    uint64_t longer = leaves <= UINT64_MAX / GROWTH ? leaves * GROWTH : UINT64_MAX;
    if (took <= RUN_NANOSECONDS / GROWTH)
        return longer;
    double pace = (double)leaves * RUN_NANOSECONDS / (double)took;
    return pace < 1 ? 1 : (uint64_t)pace;
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

static void draw_runs(struct drawing *drawing, yoke_piece *piece, sharing_run run, void *mine)
{
    struct yoke_sharing *sharing = drawing->sharing;
    uint64_t first, end;
    for (int64_t before = stopwatch_now(); leaves_are_left(sharing) && sharing_goes_on(sharing);) {
        if (!draw(drawing, &first, &end) || !run_apart(sharing, piece, run, first, end, mine))
            return;
        int64_t now = stopwatch_now();
        drawing->pace = adapt(end - first, now - before);
        before = now;
    }
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
    if (!leaves_are_left(sharing))
        return;
    struct sharing_scope scope = {sharing, run_current_job(), innermost};
    innermost = &scope;
    yoke_piece piece = {.worker = worker, .workers = sharing->workers, .sharing = sharing};
    if (open_apart(sharing, &piece)) {
        struct drawing drawing = {.sharing = sharing, .pace = 1, .most = most};
        draw_runs(&drawing, &piece, run, mine);
        if (sharing->loop.close)
            sharing->loop.close(piece.state, sharing->loop.argument);
    }
    innermost = scope.outer;
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
    return YOKE_OK;
}

/* The calling thread is one of them. */
static unsigned count_workers(const struct yoke_sharing *sharing)
{
    unsigned workers = sharing->server ? yoke_server_workers(sharing->server) : 1;
    if (sharing->loop.workers && sharing->loop.workers < workers)
        workers = sharing->loop.workers;
    return workers ? workers : 1;
}

yoke_status sharing_open(struct yoke_sharing *sharing, yoke_server *server, const yoke_loop *loop)
{
    if (!loop)
        return error_set(YOKE_INVALID, "loop is NULL; start from YOKE_LOOP_INIT");
    yoke_loop copy;
    loop = extensible_read(EXTENSIBLE(yoke_loop, workers, "YOKE_LOOP_INIT"), loop, &copy);
    yoke_status status = loop ? check(loop) : YOKE_INVALID;
    if (status == YOKE_OK && server)
        status = server_check(server);
    if (status != YOKE_OK)
        return status;
    sharing->loop = *loop;
    sharing->server = server;
    const yoke_job *job = run_current_job();
    /* A job that runs inside a piece that waits for it has nothing to do with that piece's loop. */
    sharing->outer = innermost && innermost->job == job ? innermost : NULL;
    sharing->job = sharing->outer ? sharing->outer->sharing->job : job;
    sharing->workers = count_workers(sharing);
    sharing->deadline = loop->time_limit ? os_deadline(loop->time_limit) : 0;
    sharing->message[0] = 0;
    atomic_init(&sharing->next, 0);
    atomic_init(&sharing->status, YOKE_OK);
    return YOKE_OK;
}

yoke_status sharing_do(struct yoke_sharing *sharing)
{
    struct helpers helpers;
    unsigned most = sharing->leaves.count < sharing->workers ? (unsigned)sharing->leaves.count
                                                             : sharing->workers;
    yoke_status status = helpers_call(&helpers, sharing, most - 1);
    if (status == YOKE_OK) {
        sharing->take_part(sharing, 0);
        helpers_dismiss(&helpers);
        status = (yoke_status)atomic_load_explicit(&sharing->status, memory_order_relaxed);
        return status == YOKE_OK ? YOKE_OK : explain(sharing, status);
    }
    return status;
}
