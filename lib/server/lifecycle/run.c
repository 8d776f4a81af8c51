/* Runs a job: the OpenMP task around its kernel, the judgement of its answer, further tries, and
 * the steps to its end. See run.h. */
#include "run.h"

#include <stdio.h>

#include "base/delay.h"
#include "base/error.h"
#include "base/stopwatch.h"
#include "callback.h"
#include "context.h"
#include "forks.h"
#include "helping.h"
#include "item.h"
#include "running.h"
#include "server/jobs/state.h"
#include "server/scheduler/binding.h"
#include "server/scheduler/parking.h"
#include "server/server.h"
#include "settle.h"

bool yoke_context_cancelled(const yoke_context *context)
{
    const struct item *item = context->item;
    return item ? item->is_over(item->over) : running_should_leave(context->job);
}

/* ---- kernels --------------------------------------------------------------------------------- */

static _Thread_local yoke_context *running __attribute__((tls_model("initial-exec")));

/* What a kernel's answer means, given what was asked of it meanwhile. */
static yoke_state judge(const yoke_job *job, yoke_status status)
{
    unsigned flags = atomic_load_explicit(&job->flags, memory_order_relaxed);
    /* A deadline holds also for a kernel that did not notice; a cancel only asks. */
    if (flags & JOB_STOP_TIMED_OUT)
        return YOKE_STATE_TIMED_OUT;
    if (status == YOKE_OK)
        return YOKE_STATE_DONE;
    if (flags & JOB_STOP_CANCELLED)
        return YOKE_STATE_CANCELLED;
    /* While the server closes yoke_context_cancelled() is true, so kernels leave as if cancelled.
     */
    bool closing = job->server && atomic_load(&job->server->phase) != SERVER_OPEN;
    return status == YOKE_CANCELLED && closing ? YOKE_STATE_CANCELLED : YOKE_STATE_FAILED;
}

/* The line is copied at once: OpenMP tasks that the kernel has left behind may run next. */
void run_kernel(yoke_context *context)
{
    bool outer = error_enter();
    yoke_status status = context->kernel(context, context->argument, context->result);
    const char *error = error_leave(outer, status);
    context->status = status;
    if (error && judge(context->job, status) == YOKE_STATE_FAILED)
        yoke_context_fail(context, status, "%s", error);
}

/* A task of its own keeps the kernel's OpenMP tasks and settings apart from those of others, and
 * the group waits for all tasks that descend from it. It captures nothing, hence `running`: see
 * activation() in team.c. */
static void call_kernel_in_task(yoke_context *context)
{
    running = context;
#pragma omp task if (0)
    {
        helping_mark(self.worker->thread_worker);
#pragma omp taskgroup
        run_kernel(running);
    }
}

/* Once more for each try. */
static void call_kernel(struct worker *thread, yoke_context *context)
{
    struct forks_outer outer;
    forks_enter(thread, &outer);
    call_kernel_in_task(context);
    if (!forks_leave(thread, &outer))
        context->status = yoke_context_fail(context, YOKE_INVALID, "%s", forks_not_joined);
}

/* Why the job did not end as done, unless the kernel has said so. */
static void explain(yoke_context *context, yoke_state state)
{
    char *message = context->message;
    const char *name = job_name(context->job);
    if (state == YOKE_STATE_TIMED_OUT)
        snprintf(message, MESSAGE_SIZE, "the time of job \"%.128s\" was over while it ran", name);
    else if (state == YOKE_STATE_CANCELLED)
        snprintf(message, MESSAGE_SIZE, "job \"%.128s\" was cancelled while it ran", name);
    else
        snprintf(message, MESSAGE_SIZE, "the kernel of \"%.128s\" returned \"%s\"", name,
                 yoke_status_text(context->status));
}

static yoke_status status_of(yoke_state state, yoke_status returned)
{
    bool own = state == YOKE_STATE_DONE || state == YOKE_STATE_FAILED;
    return own ? returned : state_result(state);
}

static void end_job(struct worker *worker, yoke_context *context, int64_t busy)
{
    yoke_job *job = context->job;
    yoke_state state = judge(job, context->status);
    if (state != YOKE_STATE_DONE) {
        if (!atomic_load(&context->failing))
            explain(context, state);
        job_set_message(job, context->message);
    }
    worker_count(&worker->ended[state], 1);
    job_end(job, state, status_of(state, context->status), busy);
}

/* The time that the kernel itself ran: without the jobs it ran while waiting, which count their
 * own time, and without sleeping in a wait. */
static int64_t count_time(struct worker *worker, int64_t outer, int64_t start, int64_t end)
{
    int64_t *inner = &worker->thread_worker->inner;
    int64_t own = end - start - *inner;
    atomic_store_explicit(&worker->busy,
                          atomic_load_explicit(&worker->busy, memory_order_relaxed) + own,
                          memory_order_relaxed);
    *inner = outer + (end - start);
    return own;
}

/* Whether the kernel failed and may be run again; if so it prepares the next try. */
static bool try_again(yoke_context *context)
{
    yoke_job *job = context->job;
    if (context->status == YOKE_OK || !(job->flags & JOB_RETRIES) || context->try >= job->tries ||
        running_should_leave(job))
        return false;
    job_clear_result(job);
    atomic_store(&context->failing, false);
    context->try++;
    return true;
}

/* A trace shows when things were, all else only how long they took. */
static int64_t clock_for(const yoke_server *server)
{
    return server->trace.on ? os_now() : stopwatch_now();
}

int64_t run_job(struct worker *worker, yoke_job *job, int64_t start)
{
    if (job_state(job) != YOKE_STATE_RUNNING) {
        settle_never_started(job);
        return 0;
    }
    const struct job_extras *extras = job_extras(job);
    if (extras && extras->timed)
        timer_start(job);
    struct frame frame = {.job = job, .outer = self.frame};
    yoke_context context; /* the message is not worth zeroing for every job */
    context.job = job;
    context.worker = worker;
    context.kernel = job->kernel;
    context.argument = job_argument(job);
    context.result = job_result(job);
    context.argument_size = job->argument_size;
    context.result_size = job->result_size;
    context.self = &self;
    context.try = 1;
    context.scratch = NULL;
    context.spare = &worker->thread_worker->scratch;
    context.item = NULL;
    atomic_init(&context.failing, false);
    unsigned number = atomic_load_explicit(&worker->number, memory_order_relaxed);
    struct worker *thread = worker->thread_worker;
    /* `inner` collects the time of jobs and sleeps inside this kernel; the kernel around it, if
     * there is one, goes on with what it had collected: see count_time(). */
    int64_t outer = thread->inner;
    thread->inner = 0;
    self.frame = &frame;
    const struct place *outer_place = worker->place;
    if (job->place)
        parking_enter_place(worker, job->place);
    if (!start)
        start = clock_for(worker->server);
    helping_enter(thread, job);
    delay_here();
    call_kernel(thread, &context);
    while (try_again(&context)) {
        worker_count(&worker->retried, 1);
        floating_set(&worker->server->floating);
        call_kernel(thread, &context);
    }
    int64_t end = clock_for(worker->server);
    /* For the next kernel that starts on this thread. Inside another kernel run_as() saves and
     * restores that one's mode. */
    floating_set(&worker->server->floating);
    helping_leave(thread);
    if (context.scratch)
        scratch_give(context.scratch, context.spare);
    if (job->place)
        parking_leave_place(worker, outer_place);
    if (binding_is_to_watch(thread, job->kernel))
        binding_watch(thread, job->kernel);
    self.frame = frame.outer;
    int64_t busy = count_time(worker, outer, start, end);
    end_job(worker, &context, busy);
    if (worker->server->trace.on)
        trace_run(&worker->trace, job, number, start, end);
    delay_here();
    bool quick = !job->callback;
    if (!quick) {
        if (!callback_run(job))
            worker_count(&worker->callbacks_failed, 1);
        floating_set(&worker->server->floating);
    }
    delay_here();
    settle_job(job);
    delay_here();
    /* Last: once all jobs are counted the server may close and its memory go. */
    worker_count(&worker->settled, 1);
    return quick ? end : 0;
}
