/* Submits a job for each worker, which draws chunks from a common counter, and adds their totals
 * up. */
#include "parallel_loop.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/error.h"
#include "cancel.h"
#include "server/lifecycle/run.h"

/* A cache line of its own for what every worker writes. */
#define CACHE_LINE 64

struct shared_work {
    const struct work *work;
    struct cancel_scope scope; /* the caller's job cancelled, or a worker failed: all stop */
    _Alignas(CACHE_LINE) _Atomic uint64_t next;
    _Alignas(CACHE_LINE) atomic_bool stop;
};

struct share_result {
    struct totals totals;
    uint64_t chunks;
};

static void note_finished(const struct work *work, uint64_t chunk)
{
    if (work->progress)
        progress_add(work->progress, work->cost ? work->cost(work->plan, chunk) : 1);
}

static yoke_status draw_chunks(struct shared_work *shared, struct share_result *result)
{
    const struct work *work = shared->work;
    void *state = NULL;
    yoke_status status = cancel_look();
    if (status == YOKE_OK)
        status = work->open(work->plan, &state);
    while (status == YOKE_OK) {
        uint64_t chunk = atomic_fetch_add_explicit(&shared->next, 1, memory_order_relaxed);
        if (chunk >= work->chunks)
            break;
        status = cancel_look();
        if (status == YOKE_OK)
            status = work->chunk(state, chunk, &result->totals);
        if (status != YOKE_OK)
            break;
        result->chunks++;
        note_finished(work, chunk);
    }
    /* Who failed first says why: the others have left for that reason alone. */
    if (status != YOKE_OK && atomic_exchange(&shared->stop, true) && status == YOKE_CANCELLED)
        status = YOKE_OK;
    else if (status != YOKE_OK && work->stop)
        work->stop(work->plan, status);
    if (state)
        work->close(state);
    return status;
}

static yoke_status draw_chunks_as_job(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    struct shared_work *shared = *(struct shared_work *const *)argument;
    const struct cancel_scope *waiting = cancel_scope();
    cancel_enter(&shared->scope);
    yoke_status status = draw_chunks(shared, result);
    cancel_enter(waiting);
    return status;
}

static yoke_status submit_all(yoke_server *server, struct shared_work *shared, yoke_job **jobs,
                              unsigned count)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = draw_chunks_as_job;
    task.name = shared->work->name;
    task.argument = &shared;
    task.argument_size = sizeof shared;
    task.result_size = sizeof(struct share_result);
    for (unsigned i = 0; i < count; i++) {
        yoke_status status = yoke_submit(server, &task, &jobs[i]);
        if (status != YOKE_OK)
            return status;
    }
    return YOKE_OK;
}

/* Waits for every job, whatever happens: they use the caller's memory. */
static yoke_status collect_all(yoke_job **jobs, unsigned count, struct share_result *sum)
{
    yoke_status first_failure = YOKE_OK;
    for (unsigned i = 0; i < count && jobs[i]; i++) {
        struct share_result result;
        yoke_status status = yoke_job_result(jobs[i], &result, sizeof result);
        if (status == YOKE_OK) {
            sum->totals.count += result.totals.count;
            sum->totals.sum += result.totals.sum;
            sum->chunks += result.chunks;
        } else if (first_failure == YOKE_OK) {
            first_failure = status == YOKE_JOB_FAILED ? yoke_job_status(jobs[i]) : status;
            error_set(first_failure, "%s", yoke_job_message(jobs[i]));
        }
        yoke_job_release(jobs[i]);
    }
    return first_failure;
}

static yoke_status share_over_jobs(yoke_server *server, struct shared_work *shared,
                                   struct share_result *sum)
{
    unsigned workers = yoke_server_workers(server);
    unsigned count = workers ? workers : 1; /* on a closed server the submission says so */
    if (count > shared->work->chunks)
        count = (unsigned)shared->work->chunks;
    yoke_job **jobs = calloc(count, sizeof *jobs);
    if (!jobs)
        return error_set(YOKE_NO_MEMORY, "no memory for %u jobs", count);
    yoke_status submitted = submit_all(server, shared, jobs, count);
    yoke_status status = collect_all(jobs, count, sum);
    free(jobs);
    /* What the jobs that were submitted could do without the others is a whole result all the
     * same: they draw until nothing is left. */
    if (sum->chunks == shared->work->chunks)
        return YOKE_OK;
    return status == YOKE_OK ? submitted : status;
}

yoke_status parallel_loop(yoke_server *server, const struct work *work, struct totals *totals)
{
    struct shared_work shared = {.work = work};
    shared.scope = (struct cancel_scope){run_current_job(), &shared.stop, cancel_scope()};
    struct share_result sum = {0};
    cancel_enter(server ? NULL : &shared.scope); /* whoever waits may run jobs of others         */
    yoke_status status =
        server ? share_over_jobs(server, &shared, &sum) : draw_chunks(&shared, &sum);
    cancel_enter(shared.scope.outer);
    if (status == YOKE_OK)
        *totals = sum.totals;
    return status;
}
