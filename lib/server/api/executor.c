/* The calls that an executor makes: it waits for jobs, takes them, and reports their ends. See
 * yoke/executor.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "server/jobs/server_check.h"
#include "server/lifecycle/external.h"
#include "server/lifecycle/settle.h"
#include "server/scheduler/executor.h"
#include "server/scheduler/steal.h"

/* After a search in vain it looks again only after this time: most jobs may be none that it can
 * run. */
enum { PATIENCE_NANOSECONDS = 2000000 };

/* So many jobs of a queue are looked at, so that no long queue of jobs that it cannot run is
 * searched under its lock. */
enum { LOOK_MOST = 64 };

/* ---- what it asks ---------------------------------------------------------------------------- */

void yoke_executor_wake(yoke_executor *executor)
{
    executor_tell(executor, YOKE_EXECUTOR_WOKEN);
}

static bool jobs_available(yoke_executor *executor)
{
    if (queue_length(&executor->queue))
        return true;
    for (unsigned node = 0; node < executor->server->nodes; node++)
        if (steal_available_at(&executor->server->schedulers[node]))
            return true;
    return false;
}

static unsigned look(yoke_executor *executor, bool jobs)
{
    unsigned news = atomic_exchange(&executor->news, 0) & ~(unsigned)YOKE_EXECUTOR_JOBS;
    if (jobs && jobs_available(executor))
        news |= YOKE_EXECUTOR_JOBS;
    if (atomic_load(&executor->server->phase) != SERVER_OPEN)
        news |= YOKE_EXECUTOR_CLOSING;
    return news;
}

unsigned yoke_executor_await(yoke_executor *executor, bool jobs, yoke_duration timeout)
{
    yoke_server *server = executor->server;
    int64_t end = os_deadline(timeout), soon = os_deadline(PATIENCE_NANOSECONDS);
    bool in_vain = jobs && executor->in_vain;
    executor->in_vain = false;
    for (bool in_time = true;;) {
        unsigned event = atomic_load(&executor->wake_event);
        if (in_vain && os_now() >= soon)
            in_vain = false;
        /* Wants before it looks: see executor.h. */
        atomic_store(&server->executor_wants, jobs && !in_vain);
        atomic_thread_fence(memory_order_seq_cst);
        unsigned news = look(executor, jobs && !in_vain);
        if (news || !in_time) {
            atomic_store(&server->executor_wants, false);
            return news;
        }
        int64_t until = in_vain && (end < 0 || soon < end) ? soon : end;
        in_time = os_sleep(&executor->wake_event, event, until) || until != end;
    }
}

bool yoke_executor_take(yoke_executor *executor, yoke_work_item *item)
{
    yoke_job *job = queue_pop_open(&executor->queue, &executor->runner);
    for (unsigned node = 0; node < executor->server->nodes && !job; node++) {
        struct scheduler *victim = &executor->server->schedulers[node];
        if (steal_available_at(victim))
            job = queue_pop_chosen(&victim->queue, &executor->runner, executor_chooses, executor,
                                   LOOK_MOST);
    }
    executor->in_vain = !job;
    if (job)
        *item = executor_describe(job);
    return job;
}

bool yoke_executor_stopped(yoke_executor *executor, const yoke_job *job, yoke_outcome *outcome)
{
    unsigned flags = atomic_load(&job->flags);
    *outcome = (yoke_outcome){.state = YOKE_STATE_CANCELLED, .status = YOKE_CANCELLED};
    if (flags & JOB_STOP_TIMED_OUT) {
        outcome->state = YOKE_STATE_TIMED_OUT;
        outcome->status = YOKE_TIMED_OUT;
        outcome->message = "the time of the job was over before it had ended elsewhere";
    } else if (flags & JOB_STOP_CANCELLED) {
        outcome->message = "the job was cancelled while it was elsewhere";
    } else {
        outcome->message = "the server was closed while the job was elsewhere";
        return atomic_load(&executor->server->phase) != SERVER_OPEN;
    }
    return true;
}

/* ---- what becomes of its jobs ---------------------------------------------------------------- */

/* Without memory for it the row is missing; the job still counts in the server's sums. */
static void count(yoke_executor *executor, const yoke_outcome *outcome)
{
    lock_take(&executor->lock);
    struct executor_row **place = &executor->places;
    while (*place && strncmp((*place)->name, outcome->place, sizeof((*place)->name) - 1) != 0)
        place = &(*place)->next;
    if (!*place && (*place = calloc(1, sizeof **place)))
        snprintf((*place)->name, sizeof(*place)->name, "%s", outcome->place);
    if (*place) {
        (*place)->ended[outcome->state]++;
        (*place)->busy += outcome->busy;
    }
    lock_give(&executor->lock);
}

void yoke_executor_progress(yoke_executor *executor, yoke_job *job, uint64_t done, uint64_t total)
{
    (void)executor;
    job_set_progress(job, done, total);
}

/* Without memory the output is missing, as it is when a kernel prints here. */
static void copy_output(yoke_job *job, const char *output)
{
    struct job_extras *extras = job_need_extras(job);
    if (extras)
        output_append(&extras->output, output, strlen(output));
}

void yoke_executor_end(yoke_executor *executor, yoke_job *job, const yoke_outcome *outcome)
{
    if (outcome->place)
        count(executor, outcome);
    if (outcome->state == YOKE_STATE_DONE && job->result_size)
        memcpy(job_result(job), outcome->result, job->result_size);
    if (outcome->state != YOKE_STATE_DONE)
        job_set_message(job, outcome->message ? outcome->message : "");
    if (outcome->output && *outcome->output)
        copy_output(job, outcome->output);
    struct worker external;
    external_enter(&external, executor->server);
    atomic_fetch_add(&executor->server->never_started[outcome->state], 1);
    job_end(job, outcome->state, outcome->status, outcome->busy);
    settle_or_enqueue(job);
    external_leave(&external);
}

/* ---- coming and going ------------------------------------------------------------------------ */

static yoke_status add(yoke_server *server, yoke_executor *executor)
{
    yoke_status status = YOKE_OK;
    pthread_mutex_lock(&server->control);
    if (atomic_load(&server->phase) != SERVER_OPEN)
        status = server_check_refuse_closed();
    else if (atomic_load(&server->executor))
        status = error_set(YOKE_INVALID, "the server has an executor outside already");
    else
        atomic_store(&server->executor, executor);
    if (status == YOKE_OK) {
        atomic_store(&server->executor_alone, executor->options.alone);
        executor_note_existence();
    }
    pthread_mutex_unlock(&server->control);
    return status;
}

yoke_status yoke_executor_open(yoke_server *server, const yoke_executor_options *options,
                               yoke_executor **executor)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    if (!executor || !options || options->size != sizeof *options || !options->runs ||
        !options->close)
        return error_set(YOKE_INVALID, "an executor needs runs() and close(), and a place for its "
                                       "handle; start from YOKE_EXECUTOR_OPTIONS_INIT");
    yoke_executor *new = aligned_alloc(alignof(yoke_executor), sizeof *new);
    if (!new)
        return error_set(YOKE_NO_MEMORY, "no memory for an executor");
    memset(new, 0, sizeof *new);
    new->server = server;
    new->options = *options;
    new->queue.dependent = true;
    new->runner.server = server;
    new->runner.thread_worker = &new->runner;
    atomic_init(&new->runner.slot, NUMBER_NONE);
    atomic_init(&new->runner.number, NUMBER_NONE);
    atomic_init(&new->runner.bound, NUMBER_NONE);
    *executor = new; /* before add(): from there on the server may call runs(), which may use it */
    status = add(server, new);
    if (status != YOKE_OK)
        free(new);
    return status;
}
