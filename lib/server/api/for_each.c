/* A loop inside a job that idle workers help with: OpenMP tasks which take the pieces of the loop
 * from a common counter. */
#include <stdio.h>

#include "base/error.h"
#include "server/lifecycle/context.h"
#include "server/lifecycle/run.h"
#include "server/scheduler/parking.h"
#include "server/scheduler/permit.h"
#include "server/server.h"
#include "server/workers/team.h"

/* When there are 64 tasks a thread, libgomp runs further ones inside their creation, where no other
 * thread can help. So a loop makes a few tasks for each worker, which share a counter, and not one
 * for each piece. More than one, so that a worker which becomes idle later still finds one. */
enum { TASKS_PER_WORKER = 4 };

/* Pieces for each worker if the caller does not say: so that the workers end within a few percent
 * of each other even though pieces differ. */
enum { PIECES_PER_WORKER = 32 };

struct loop {
    uint64_t lo, hi, grain, pieces;
    yoke_range_kernel kernel;
    void *argument;
    const yoke_job *job;
    alignas(64) atomic_uint_fast64_t next; /* piece */
    atomic_int status;                     /* of the first piece that failed, else YOKE_OK */
    char message[MESSAGE_SIZE];            /* and what it says, or "" */
};

/* Whoever waits for the loop reads the message, after the end of all pieces. */
static void end_with(struct loop *loop, yoke_status status, const char *message)
{
    int expected = YOKE_OK;
    if (atomic_compare_exchange_strong(&loop->status, &expected, (int)status))
        snprintf(loop->message, sizeof loop->message, "%s", message ? message : "");
}

static void run_piece(struct loop *loop, uint64_t piece)
{
    uint64_t lo = loop->lo + piece * loop->grain;
    uint64_t hi = loop->hi - lo > loop->grain ? lo + loop->grain : loop->hi;
    bool outer = error_enter();
    yoke_status status = loop->kernel(lo, hi, loop->argument);
    const char *message = error_leave(outer, status);
    if (status != YOKE_OK)
        end_with(loop, status, message);
}

/* Between two pieces the worker that runs the loop's kernel gives way to more urgent jobs when no
 * other worker is free. These run on another thread, not on this one's stack: there they could not
 * wait for the loop's job. */
static void give_way(const struct loop *loop)
{
    struct worker *worker = self.worker;
    unsigned level = loop->job->level;
    if (worker && worker->at_work && worker == self.latest && run_current_job() == loop->job &&
        queue_has_above(&worker->scheduler->queue, level) && !permit_may_be_taken(worker->team))
        parking_give_way(worker, level);
}

static void run_pieces(struct loop *loop)
{
    while (atomic_load_explicit(&loop->status, memory_order_relaxed) == YOKE_OK) {
        give_way(loop);
        uint64_t piece = atomic_fetch_add_explicit(&loop->next, 1, memory_order_relaxed);
        if (piece >= loop->pieces)
            return;
        if (run_should_leave(loop->job))
            end_with(loop, YOKE_CANCELLED, NULL);
        else
            run_piece(loop, piece);
    }
}

static void run_in_tasks(struct loop *loop, uint64_t tasks)
{
#pragma omp taskgroup
    {
        while (tasks-- > 1) {
#pragma omp task firstprivate(loop)
            run_pieces(loop);
        }
        run_pieces(loop);
    }
}

/* The workers that may help: those of the calling worker's node. */
static unsigned helpers(const yoke_context *context)
{
    const struct scheduler *scheduler = context->worker->scheduler; /* none: see item.h */
    unsigned workers =
        scheduler ? atomic_load_explicit(&scheduler->workers, memory_order_relaxed) : 0;
    return workers ? workers : 1;
}

yoke_status yoke_for_each(yoke_context *context, uint64_t lo, uint64_t hi, uint64_t grain,
                          yoke_range_kernel kernel, void *argument)
{
    if (!context || !kernel)
        return error_set(YOKE_INVALID,
                         "%s is NULL; yoke_for_each() takes the context of the "
                         "calling kernel and a function for the pieces",
                         context ? "kernel" : "context");
    if (lo >= hi)
        return YOKE_OK;
    uint64_t workers = helpers(context), count = hi - lo;
    if (!grain)
        grain = count / (workers * PIECES_PER_WORKER) + 1;
    struct loop loop = {.lo = lo,
                        .hi = hi,
                        .grain = grain,
                        .pieces = (count - 1) / grain + 1,
                        .kernel = kernel,
                        .argument = argument,
                        .job = context->job};
    uint64_t most = workers * TASKS_PER_WORKER;
    run_in_tasks(&loop, loop.pieces < most ? loop.pieces : most);
    int status = atomic_load(&loop.status);
    if (status == YOKE_OK)
        return YOKE_OK;
    if (status == YOKE_CANCELLED && run_should_leave(context->job))
        return error_set(YOKE_CANCELLED,
                         "the job of a loop is to end early; some of it is not done");
    if (loop.message[0])
        return error_set((yoke_status)status, "%s", loop.message);
    return error_set((yoke_status)status, "a piece of yoke_for_each() returned \"%s\"",
                     yoke_status_text((yoke_status)status));
}
