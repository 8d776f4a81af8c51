/* Making and freeing jobs, and the steps from one state to the next, each of which is one atomic
 * operation on the state word: see job.h. */
#include "job.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/delay.h"
#include "base/os.h"
#include "fork.h"
#include "job_memory.h"
#include "server/scheduler/place.h"
#include "server/server.h"
#include "watch.h"

/* ---- memory ---------------------------------------------------------------------------------- */

static size_t aligned(size_t size)
{
    return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

static const char default_name[] = "job";

static bool is_in_place(const yoke_job *job)
{
    return atomic_load_explicit(&job->flags, memory_order_relaxed) & JOB_IN_PLACE;
}

/* Where the name begins, or would begin. */
static size_t name_offset(const yoke_job *job)
{
    size_t result_size = is_in_place(job) ? sizeof(void *) : job->result_size;
    return sizeof *job + aligned(job->argument_size) + aligned(result_size);
}

const char *job_name(const yoke_job *job)
{
    bool named = atomic_load_explicit(&job->flags, memory_order_relaxed) & JOB_NAMED;
    return named ? (const char *)job + name_offset(job) : default_name;
}

void *job_result(yoke_job *job)
{
    unsigned char *result = job->data + aligned(job->argument_size);
    if (is_in_place(job))
        return *(void **)result;
    return job->result_size ? result : NULL;
}

void job_clear_result(yoke_job *job)
{
    void *result = job_result(job);
    if (result && !is_in_place(job))
        memset(result, 0, job->result_size);
}

static size_t job_size(const yoke_job *job)
{
    const char *name = job_name(job);
    return name_offset(job) + (name == default_name ? 0 : strlen(name) + 1);
}

yoke_job *job_create(yoke_server *server, const yoke_task *task, const struct place *place,
                     const struct target *target, unsigned references)
{
    /* So that the sum of all parts cannot overflow. */
    const size_t limit = PTRDIFF_MAX / 4;
    if (task->argument_size > limit || task->result_size > limit)
        return NULL;
    yoke_job form = {
        .state = YOKE_STATE_QUEUED | (job_comes_after(task) ? JOB_DEPENDENT : 0),
        .references = references,
        .generation = fork_generation(),
        .status = YOKE_NOT_DONE,
        .server = server,
        .kernel = task->kernel,
        .argument_size = task->argument_size,
        .result_size = task->result_size,
        .callback = task->callback,
        .place = place,
        .level = (unsigned char)(task->priority - YOKE_PRIORITY_MIN),
        .flags = (task->name ? JOB_NAMED : 0) | (task->tries > 1 ? JOB_RETRIES : 0) |
                 (task->result && task->result_size ? JOB_IN_PLACE : 0),
    };
    if (target) {
        form.target = target;
        form.flags |= JOB_ELSEWHERE;
    }
    size_t name_size = task->name ? strlen(task->name) + 1 : 0;
    size_t size = name_offset(&form) + name_size;
    yoke_job *mapped = place && place->location ? job_memory_map(size, server, place) : NULL;
    yoke_job *job = mapped ? mapped : job_memory_take(size, sizeof *job);
    if (!job)
        return NULL;
    /* Only the part that every job needs: the rest is set where it is used. */
    memcpy(job, &form, offsetof(yoke_job, callback_context));
    if (mapped)
        atomic_fetch_or_explicit(&job->flags, JOB_MAPPED, memory_order_relaxed);
    if (task->callback)
        job->callback_context = task->callback_context;
    if (task->tries > 1)
        job->tries = task->tries;
    if (task->argument_size)
        memcpy(job->data, task->argument, task->argument_size);
    if (is_in_place(job))
        *(void **)(job->data + aligned(job->argument_size)) = task->result;
    if (task->name)
        memcpy((char *)job + name_offset(job), task->name, name_size);
    return job;
}

static void job_free(yoke_job *job)
{
    if (job_state(job) > YOKE_STATE_DONE && job->message_owned)
        free((char *)job->message);
    struct job_extras *extras = job_extras(job);
    if (extras) {
        free(extras->after);
        free(extras->output.text);
        free(extras->keyed);
        free(extras);
    }
    if (atomic_load_explicit(&job->flags, memory_order_relaxed) & JOB_MAPPED)
        job_memory_unmap(job, job_size(job));
    else
        job_memory_give(job, job_size(job));
}

void job_release(yoke_job *job, unsigned count)
{
    /* Nobody else can take or give a reference when all are the caller's: then a look is enough,
     * which costs less than an atomic change. */
    if (atomic_load_explicit(&job->references, memory_order_acquire) == count ||
        atomic_fetch_sub_explicit(&job->references, count, memory_order_acq_rel) == count)
        job_free(job);
}

struct job_extras *job_need_extras(yoke_job *job)
{
    struct job_extras *extras = atomic_load(&job->extras);
    if (extras)
        return extras;
    /* Two threads may need them at once: the first that sets the pointer decides. */
    struct job_extras *new = calloc(1, sizeof *new);
    if (new &&atomic_compare_exchange_strong(&job->extras, &extras, new))
        return new;
    free(new);
    return extras;
}

void job_set_progress(yoke_job *job, uint64_t done, uint64_t total)
{
    struct job_extras *extras = job_need_extras(job);
    if (!extras)
        return;
    atomic_store_explicit(&extras->progress_total, total, memory_order_relaxed);
    atomic_store_explicit(&extras->progress_done, done, memory_order_relaxed);
}

/* ---- states ---------------------------------------------------------------------------------- */

/* Waiters set their flags at any time, so states are changed by exclusive or, never stored: a store
 * would lose a flag. Release: what the state announces was written before. */
static void change(yoke_job *job, unsigned from, unsigned to)
{
    unsigned old = atomic_fetch_xor_explicit(&job->state, from ^ to, memory_order_acq_rel);
    debug_assert((old & (JOB_STATE | JOB_SETTLED | JOB_RETURNED)) == from);
    (void)old;
}

void job_claim(yoke_job *job, struct worker *runner)
{
    /* Release: a search reads through this pointer what the runner is blocked on, see blocked.c. */
    atomic_store_explicit(&job->runner, runner, memory_order_release);
    if (job_state(job) != YOKE_STATE_QUEUED) {
        /* Its capacity was given back when it ended. */
        atomic_fetch_and_explicit(&job->state, ~(unsigned)JOB_RETURNED, memory_order_acq_rel);
        return;
    }
    change(job, YOKE_STATE_QUEUED, YOKE_STATE_RUNNING | (runner->is_away ? JOB_AWAY : 0));
    capacity_give(&job->server->capacity);
}

void job_end_never_started(yoke_job *job, const struct outcome *outcome)
{
    atomic_fetch_add_explicit(&job->server->never_started[outcome->state], 1, memory_order_relaxed);
    job->status = outcome->status;
    job->message = outcome->message;
    job->message_owned = outcome->message_owned;
    job->busy = 0;
    change(job, YOKE_STATE_QUEUED, outcome->state);
    capacity_give(&job->server->capacity);
}

void job_set_message(yoke_job *job, const char *message)
{
    job->message = strdup(message);
    job->message_owned = job->message != NULL;
    if (!job->message)
        job->message = "the job failed, and there was no memory left for its message";
}

void job_end(yoke_job *job, yoke_state state, yoke_status status, int64_t busy)
{
    /* YOKE_NOT_DONE is what jobs answer that have not ended, so no ended job may have it. */
    job->status = status == YOKE_NOT_DONE ? YOKE_JOB_FAILED : status;
    job->busy = busy;
    change(job, YOKE_STATE_RUNNING, state);
}

unsigned job_arrive(yoke_job *job)
{
    return atomic_fetch_and_explicit(&job->state, ~(unsigned)JOB_DEPENDENT, memory_order_acq_rel);
}

unsigned job_return(yoke_job *job)
{
    /* Before the flag: a thread that sees RETURNED finds that nobody has claimed the callback. */
    atomic_store_explicit(&job->runner, NULL, memory_order_relaxed);
    return atomic_fetch_or_explicit(&job->state, JOB_RETURNED, memory_order_acq_rel);
}

void job_tell_waiters(yoke_job *job, unsigned before)
{
    delay_here();
    if (before & JOB_WAITED)
        os_wake(&job->state, OS_EVERYONE);
    /* Waiters may have a path through the job to its predecessors, which do not matter any more. */
    bool ended_dependent = (before & JOB_DEPENDENT) && (before & JOB_STATE) != YOKE_STATE_QUEUED;
    if (ended_dependent || (before & JOB_WATCHED))
        watch_tell(ended_dependent ? WATCH_DEPENDENT : WATCH_JOB);
}

/* ---- waiting --------------------------------------------------------------------------------- */

size_t job_find_settled(yoke_job *const *jobs, size_t count)
{
    size_t i = 0;
    while (i < count && !job_settled(jobs[i]))
        i++;
    return i;
}

bool job_sleep(yoke_job *job, int64_t deadline)
{
    /* Sleeps on the word as it is with the flag: a change in between ends the sleep at once. */
    unsigned state = atomic_fetch_or_explicit(&job->state, JOB_WAITED, memory_order_acq_rel);
    return (state & (JOB_SETTLED | JOB_RETURNED)) ||
           os_sleep(&job->state, state | JOB_WAITED, deadline);
}

/* So many looks at the jobs for one at the clock, which costs more. */
enum { JOB_LOOKS = 8 };

size_t job_spin(yoke_job *const *jobs, size_t count, int64_t nanoseconds)
{
    int64_t end = os_now() + nanoseconds;
    size_t found;
    do {
        for (int i = 0; i < JOB_LOOKS; i++) {
            if ((found = job_find_settled(jobs, count)) < count)
                return found;
            os_pause();
        }
        os_yield();
    } while (os_now() < end);
    return job_find_settled(jobs, count);
}
