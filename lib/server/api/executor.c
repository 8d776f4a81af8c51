/* The calls that an executor makes: it waits for jobs, takes them, and reports their ends. See
 * yoke/executor.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/extensible.h"
#include "server/jobs/server_check.h"
#include "server/jobs/target.h"
#include "server/lifecycle/external.h"
#include "server/lifecycle/settle.h"
#include "server/scheduler/executor.h"
#include "server/scheduler/keys.h"
#include "server/scheduler/steal.h"

/* After a search in vain it looks again only after this time: most jobs may be none that it can
 * run. */
enum { PATIENCE_NANOSECONDS = 2000000 };

/* So many jobs of a queue are looked at, so that no long queue of jobs that it cannot run is
 * searched under its lock. */
enum { LOOK_MOST = 64 };

/* Jobs that are taken together. */
enum { TAKEN_MOST = 64 };

/* ---- what it asks ---------------------------------------------------------------------------- */

void yoke_executor_wake(yoke_executor *executor)
{
    executor_tell(executor, YOKE_EXECUTOR_WOKEN);
}

static bool workers_have_jobs(yoke_executor *executor)
{
    for (unsigned node = 0; node < executor->server->nodes; node++)
        if (steal_available_at(&executor->server->schedulers[node]))
            return true;
    return false;
}

/* For jobs that are for it alone, and for those of workers. */
static unsigned look(yoke_executor *executor, bool own, bool others)
{
    unsigned news = atomic_exchange(&executor->news, 0) & ~(unsigned)YOKE_EXECUTOR_JOBS;
    if ((own && queue_length(&executor->queue)) || (others && workers_have_jobs(executor)))
        news |= YOKE_EXECUTOR_JOBS;
    if (atomic_load(&executor->server->phase) != SERVER_OPEN)
        news |= YOKE_EXECUTOR_CLOSING;
    return news;
}

unsigned yoke_executor_await(yoke_executor *executor, yoke_executor_choice jobs,
                             yoke_duration timeout)
{
    yoke_server *server = executor->server;
    int64_t end = os_deadline(timeout), soon = os_deadline(PATIENCE_NANOSECONDS);
    bool own = jobs != YOKE_EXECUTOR_NONE, others = jobs == YOKE_EXECUTOR_ANY;
    bool in_vain = others && executor->in_vain;
    executor->in_vain = false;
    for (bool in_time = true;;) {
        unsigned event = atomic_load(&executor->wake_event);
        if (in_vain && os_now() >= soon)
            in_vain = false;
        /* Wants before it looks: see scheduler/executor.h. */
        atomic_store(&executor->wants, own);
        atomic_store(&server->executor_wants, others && !in_vain);
        atomic_thread_fence(memory_order_seq_cst);
        unsigned news = look(executor, own, others && !in_vain);
        if (news || !in_time) {
            atomic_store(&executor->wants, false);
            atomic_store(&server->executor_wants, false);
            return news;
        }
        int64_t until = in_vain && (end < 0 || soon < end) ? soon : end;
        in_time = os_sleep(&executor->wake_event, event, until) || until != end;
    }
}

/* Jobs of workers that are all at work; those for the executor alone come first. */
static yoke_job *take_from_workers(yoke_executor *executor)
{
    yoke_job *job = NULL;
    for (unsigned node = 0; node < executor->server->nodes && !job; node++) {
        struct scheduler *victim = &executor->server->schedulers[node];
        if (steal_available_at(victim))
            job = queue_pop_chosen(&victim->queue, &executor->runner, executor_chooses, executor,
                                   LOOK_MOST);
    }
    return job;
}

size_t yoke_executor_take(yoke_executor *executor, yoke_executor_choice jobs, yoke_work_item *items,
                          size_t most)
{
    yoke_job *taken[TAKEN_MOST];
    most = jobs == YOKE_EXECUTOR_NONE ? 0 : most < TAKEN_MOST ? most : TAKEN_MOST;
    size_t count = queue_pop_open(&executor->queue, &executor->runner, taken, most);
    while (jobs == YOKE_EXECUTOR_ANY && count < most &&
           (taken[count] = take_from_workers(executor)))
        count++;
    executor->in_vain = jobs == YOKE_EXECUTOR_ANY && !count;
    if (count)
        atomic_fetch_add(&executor->away, count);
    for (size_t i = 0; i < count; i++)
        items[i] = executor_describe(taken[i]);
    return count;
}

void yoke_executor_begin(yoke_executor *executor, yoke_job *job)
{
    if (atomic_fetch_and(&job->state, ~(unsigned)JOB_AWAY) & JOB_AWAY)
        atomic_fetch_sub(&executor->away, 1);
}

unsigned yoke_executor_stopped(yoke_executor *executor, yoke_job *job, yoke_outcome *outcome)
{
    unsigned flags = atomic_load(&job->flags);
    *outcome = (yoke_outcome){.job = job, .state = YOKE_STATE_CANCELLED, .status = YOKE_CANCELLED};
    if (flags & JOB_STOP_TIMED_OUT) {
        outcome->state = YOKE_STATE_TIMED_OUT;
        outcome->status = YOKE_TIMED_OUT;
        outcome->message = "the time of the job was over before it had ended elsewhere";
        return YOKE_EXECUTOR_STOPPED;
    }
    if (flags & JOB_STOP_CANCELLED) {
        outcome->message = "the job was cancelled while it was elsewhere";
        return YOKE_EXECUTOR_STOPPED;
    }
    outcome->message = "the server was closed while the job was elsewhere";
    return atomic_load(&executor->server->phase) == SERVER_OPEN ? 0 : YOKE_EXECUTOR_CLOSING;
}

/* ---- what becomes of its jobs ---------------------------------------------------------------- */

/* Without memory for it the row is missing; the job still counts in the server's sums. With the
 * lock. */
static void count(yoke_executor *executor, const yoke_outcome *outcome)
{
    struct executor_node **row = &executor->rows;
    while (*row && strncmp((*row)->name, outcome->node, sizeof((*row)->name) - 1) != 0)
        row = &(*row)->next;
    if (!*row && (*row = calloc(1, sizeof **row)))
        snprintf((*row)->name, sizeof(*row)->name, "%s", outcome->node);
    if (*row) {
        (*row)->ended[outcome->state]++;
        (*row)->busy += outcome->busy;
    }
}

static void count_all(yoke_executor *executor, const yoke_outcome *outcomes, size_t jobs)
{
    lock_take(&executor->lock);
    for (size_t i = 0; i < jobs; i++)
        if (outcomes[i].node)
            count(executor, &outcomes[i]);
    lock_give(&executor->lock);
}

void yoke_executor_progress(yoke_executor *executor, yoke_job *job, uint64_t done, uint64_t total)
{
    (void)executor;
    job_set_progress(job, done, total);
}

/* Without memory the output is missing, as it is when a kernel prints here. */
static void copy_output(const yoke_outcome *outcome)
{
    struct job_extras *extras = job_need_extras(outcome->job);
    if (extras)
        output_append(&extras->output, outcome->output, outcome->output_size);
}

/* Whether it is settled: else a worker will. */
static bool end(yoke_executor *executor, const yoke_outcome *outcome)
{
    yoke_job *job = outcome->job;
    if (outcome->state == YOKE_STATE_DONE && job->result_size)
        memcpy(job_result(job), outcome->result, job->result_size);
    if (outcome->state != YOKE_STATE_DONE)
        job_set_message(job, outcome->message ? outcome->message : "");
    if (outcome->output_size)
        copy_output(outcome);
    yoke_executor_begin(executor, job);
    atomic_fetch_add(&executor->server->never_started[outcome->state], 1);
    job_end(job, outcome->state, outcome->status, outcome->busy);
    return settle_uncounted(job);
}

void yoke_executor_end(yoke_executor *executor, const yoke_outcome *outcomes, size_t jobs)
{
    struct worker external;
    yoke_server *server = executor->server;
    external_enter(&external, server);
    count_all(executor, outcomes, jobs);
    uint64_t settled = 0;
    for (size_t i = 0; i < jobs; i++)
        settled += end(executor, &outcomes[i]);
    if (settled) /* else the server may be gone */
        settle_count(server, settled);
    external_leave(&external);
}

/* A job of that key that only we know, with a reference for us. */
static yoke_status create_adopted(yoke_server *server, const char *key, uint64_t digest,
                                  size_t result_size, yoke_job **job)
{
    yoke_task task = YOKE_TASK_INIT;
    yoke_job *same = NULL;
    task.result_size = result_size;
    const struct target *target = target_find(server, &task);
    yoke_job *new = target ? job_create(server, &task, NULL, target, 2) : NULL;
    if (!new || !keys_prepare(new, key, digest, 0)) {
        if (new)
            job_release(new, 2);
        error_set(YOKE_NO_MEMORY, "no memory for a job");
        return YOKE_NO_MEMORY;
    }
    yoke_status status = keys_enter(new, &same);
    if (same)
        status = error_set(YOKE_INVALID, "key \"%s\": there is a job of that key", key);
    yoke_job_release(same);
    if (status != YOKE_OK)
        job_release(new, 2);
    *job = new;
    return status;
}

yoke_status yoke_executor_adopt(yoke_executor *executor, const char *key, uint64_t digest,
                                size_t result_size, yoke_job **adopted)
{
    yoke_job *job;
    yoke_status status = create_adopted(executor->server, key, digest, result_size, &job);
    if (status != YOKE_OK)
        return status;
    keys_adopt(job);
    if (executor->server->trace.on)
        job->submitted = os_now();
    capacity_take(executor->server, CAPACITY_EXCEED);
    atomic_fetch_add(&executor->away, 1);
    queue_push(&executor->queue, job);
    queue_claim(job, &executor->queue, &executor->runner);
    keys_arrive(job, true);
    job_release(job, 1);
    *adopted = job;
    return YOKE_OK;
}

/* ---- coming and going ------------------------------------------------------------------------ */

static yoke_status add(yoke_server *server, yoke_executor *executor)
{
    yoke_status status = YOKE_OK;
    pthread_mutex_lock(&server->control);
    if (atomic_load(&server->phase) != SERVER_OPEN)
        status = server_check_refuse_closed();
    else if (atomic_load(&server->executor))
        status = error_set(YOKE_INVALID, "the server has an executor already");
    else
        atomic_store(&server->executor, executor);
    if (status == YOKE_OK)
        executor_note_existence();
    pthread_mutex_unlock(&server->control);
    return status;
}

yoke_status yoke_executor_open(yoke_server *server, const yoke_executor_options *options,
                               yoke_executor **executor)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    yoke_executor_options copy;
    if (options)
        options = extensible_read(
            EXTENSIBLE(yoke_executor_options, alone, "YOKE_EXECUTOR_OPTIONS_INIT"), options, &copy);
    if (!executor || !options || !options->runs || !options->check || !options->close)
        return error_set(YOKE_INVALID,
                         "an executor needs runs(), check() and close(), and a place for its "
                         "handle; start from YOKE_EXECUTOR_OPTIONS_INIT");
    bool knows_keys = options->let_go;
    if ((knows_keys && !options->take) || !options->digest == knows_keys ||
        !options->learn == knows_keys)
        return error_set(YOKE_INVALID, "for keys an executor needs all of take(), digest(), "
                                       "learn() and let_go()");
    yoke_executor *new = aligned_alloc(alignof(yoke_executor), sizeof *new);
    if (!new)
        return error_set(YOKE_NO_MEMORY, "no memory for an executor");
    memset(new, 0, sizeof *new);
    new->server = server;
    new->options = *options;
    new->queue.dependent = true;
    new->runner.server = server;
    new->runner.is_away = true;
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
