/* What an executor calls: see yoke/executor.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "guest.h"
#include "outside.h"
#include "server_check.h"
#include "settle.h"
#include "steal.h"

/* After a look in vain: the jobs that come next may be others. */
enum { PATIENCE_NANOSECONDS = 2000000 };

/* Jobs that are looked at, lest a long queue of others is gone through for nothing. */
enum { LOOK_MOST = 64 };

/* ---- what it asks ---------------------------------------------------------------------------- */

void yoke_executor_wake(yoke_executor *executor)
{
    outside_tell(executor, YOKE_EXECUTOR_WOKEN);
}

static bool jobs_available(yoke_executor *executor)
{
    if (queue_length(&executor->queue))
        return true;
    for (unsigned node = 0; node < executor->server->nodes; node++)
        if (steal_available_at(&executor->server->engines[node]))
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
        unsigned bell = atomic_load(&executor->bell);
        if (in_vain && os_now() >= soon)
            in_vain = false;
        atomic_store(&server->outside_wants, jobs && !in_vain);
        atomic_thread_fence(memory_order_seq_cst);
        unsigned news = look(executor, jobs && !in_vain);
        if (news || !in_time) {
            atomic_store(&server->outside_wants, false);
            return news;
        }
        int64_t until = in_vain && (end < 0 || soon < end) ? soon : end;
        in_time = os_sleep(&executor->bell, bell, until) || until != end;
    }
}

bool yoke_executor_take(yoke_executor *executor, yoke_work_item *item)
{
    yoke_job *job = queue_pop_open(&executor->queue, &executor->runner);
    for (unsigned node = 0; node < executor->server->nodes && !job; node++) {
        struct engine *victim = &executor->server->engines[node];
        if (steal_available_at(victim))
            job = queue_pop_chosen(&victim->queue, &executor->runner, outside_chooses, executor,
                                   LOOK_MOST);
    }
    executor->in_vain = !job;
    if (job)
        *item = outside_describe(job);
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

/* Without memory the row is missing, and the job counts all the same. */
static void count(yoke_executor *executor, const yoke_outcome *outcome)
{
    lock_take(&executor->lock);
    struct outside_place **place = &executor->places;
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

/* Without memory the output is missing, as what a kernel prints is. */
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
    struct worker guest;
    guest_enter(&guest, executor->server);
    atomic_fetch_add(&executor->server->unrun[outcome->state], 1);
    job_end(job, outcome->state, outcome->status, outcome->busy);
    settle_or_enqueue(job);
    guest_leave(&guest);
}

/* ---- coming and going ------------------------------------------------------------------------ */

static yoke_status add(yoke_server *server, yoke_executor *executor)
{
    yoke_status status = YOKE_OK;
    pthread_mutex_lock(&server->control);
    if (atomic_load(&server->phase) != SERVER_OPEN)
        status = server_check_refuse_closed();
    else if (atomic_load(&server->outside))
        status = error_set(YOKE_INVALID, "the server has an executor outside already");
    else
        atomic_store(&server->outside, executor);
    if (status == YOKE_OK) {
        atomic_store(&server->outside_alone, executor->options.alone);
        outside_note_existence();
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
    new->queue.held = true;
    new->runner.server = server;
    new->runner.thread_worker = &new->runner;
    atomic_init(&new->runner.home, NUMBER_NONE);
    atomic_init(&new->runner.number, NUMBER_NONE);
    atomic_init(&new->runner.bound, NUMBER_NONE);
    *executor = new; /* before anybody calls the executor */
    status = add(server, new);
    if (status != YOKE_OK)
        free(new);
    return status;
}
