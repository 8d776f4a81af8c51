/* Links jobs to the jobs that come after them, and counts down what is missing before it is a job's
 * turn: see after.h. */
#include "after.h"

#include <stdlib.h>

#include "base/delay.h"
#include "base/error.h"
#include "base/lock.h"
#include "fork.h"
#include "server/server.h"

static struct lock dependencies_lock;

void after_reset(void)
{
    atomic_store(&dependencies_lock.word, LOCK_FREE);
}

/* ---- submitting ------------------------------------------------------------------------------ */

static bool is_running_here(const yoke_job *job)
{
    for (const struct frame *frame = self.frame; frame; frame = frame->outer)
        if (frame->job == job)
            return !frame->callback;
    return false;
}

yoke_status after_check(const yoke_server *server, const yoke_task *task)
{
    if (!task->after_count)
        return YOKE_OK;
    if (!task->after)
        return error_set(YOKE_INVALID, "task.after is NULL but task.after_count is %zu",
                         task->after_count);
    /* A slip such as -1, before any of its elements is read. */
    if (task->after_count > PTRDIFF_MAX / sizeof *task->after)
        return error_set(YOKE_INVALID, "task.after_count is %zu, more than an array can hold",
                         task->after_count);
    if ((unsigned)task->after_failed > YOKE_AFTER_RUN)
        return error_set(YOKE_INVALID, "%d is no yoke_after_policy", (int)task->after_failed);
    for (size_t i = 0; i < task->after_count; i++) {
        const yoke_job *job = task->after[i];
        if (!job || job->generation != fork_generation() || job->server != server)
            return error_set(YOKE_INVALID,
                             "task.after[%zu] is no job of this server; wait for jobs of others",
                             i);
        /* It ends only after this kernel, which may wait for the new job. */
        if (is_running_here(job))
            return error_set(YOKE_DEADLOCK,
                             "a job that job \"%s\" submits cannot come after it: let a callback "
                             "submit it",
                             job_name(job));
    }
    return YOKE_OK;
}

static void add(struct after *after, yoke_job *job, yoke_job *from, bool ordered)
{
    atomic_fetch_add_explicit(&from->references, 1, memory_order_relaxed);
    after->dependencies[after->count++] =
        (struct dependency){.from = from, .to = job, .ordered = ordered};
    after->missing++;
}

bool after_prepare(yoke_job *job, const yoke_task *task, size_t ordered, size_t accesses_size)
{
    size_t named = task->after_count;
    /* Memory for all that comes later is taken here: once the job is pushed nothing may fail. */
    for (size_t i = 0; i < named; i++)
        if (!job_need_extras(task->after[i]))
            return false;
    if (named > SIZE_MAX / 4 / sizeof(struct dependency) - ordered)
        return false;
    size_t size = sizeof(struct after) + (named + ordered) * sizeof(struct dependency);
    struct after *after = malloc(size + accesses_size);
    if (!after)
        return false;
    *after = (struct after){
        .policy = task->after_failed, .missing = 1, .named = named, .accesses_size = accesses_size};
    if (accesses_size)
        after->accesses = (struct access *)((char *)after + size);
    for (size_t i = 0; i < named; i++)
        add(after, job, task->after[i], false);
    job_extras(job)->after = after;
    return true;
}

void after_add(struct after *after, yoke_job *job, yoke_job *from)
{
    add(after, job, from, true);
}

static void forget(yoke_job *job, bool ordered)
{
    const struct job_extras *extras = job_extras(job);
    const struct after *after = extras ? extras->after : NULL;
    for (size_t i = 0; after && i < after->count; i++)
        if (after->dependencies[i].ordered == ordered)
            job_release(after->dependencies[i].from, 1);
}

void after_forget(yoke_job *job)
{
    forget(job, false);
}

void after_forget_ordered(yoke_job *job)
{
    forget(job, true);
}

/* ---- dependencies ---------------------------------------------------------------------------- */

bool after_count_down(yoke_job *job)
{
    lock_take(&dependencies_lock);
    bool ready = --job_extras(job)->after->missing == 0;
    lock_give(&dependencies_lock);
    return ready;
}

bool after_finish_linking(yoke_job *job, bool *asked)
{
    struct after *after = job_extras(job)->after;
    lock_take(&dependencies_lock);
    bool ready = --after->missing == 0;
    after->linked = true;
    *asked = after->asked;
    lock_give(&dependencies_lock);
    return ready;
}

struct dependency *after_take_followers(yoke_job *job)
{
    struct dependency *taken = NULL, **end = &taken, **left = &job_extras(job)->followers;
    const struct after *after = job_extras(job)->after;
    lock_take(&dependencies_lock);
    while (*left) {
        struct dependency *dependency = *left;
        if (dependency->ordered && !after->passed) {
            left = &dependency->next;
            continue;
        }
        *left = dependency->next;
        dependency->linked = false;
        *end = dependency;
        end = &dependency->next;
    }
    *end = NULL;
    lock_give(&dependencies_lock);
    return taken;
}

bool after_pass(yoke_job *job, bool *asked)
{
    struct after *after = job_extras(job)->after;
    lock_take(&dependencies_lock);
    bool passes = job_settled(job) && !after->missing && !after->passed;
    if (passes)
        after->passed = true;
    *asked = after->asked;
    lock_give(&dependencies_lock);
    return passes;
}

bool after_link(struct dependency *dependency)
{
    yoke_job *from = dependency->from, *to = dependency->to;
    lock_take(&dependencies_lock);
    /* One step on the state word: either this sees SETTLED, or the thread that settles `from` sees
     * FOLLOWED and then takes the followers under this lock. */
    unsigned state = atomic_fetch_or_explicit(&from->state, JOB_FOLLOWED, memory_order_acq_rel);
    dependency->linked =
        dependency->ordered ? !job_extras(from)->after->passed : !(state & JOB_SETTLED);
    if (dependency->linked) {
        atomic_fetch_add_explicit(&to->references, 1, memory_order_relaxed);
        dependency->next = job_extras(from)->followers;
        job_extras(from)->followers = dependency;
    }
    bool linked = dependency->linked;
    lock_give(&dependencies_lock);
    return linked;
}

/* Whether its predecessor has still to settle, or to pass. One that has done so does not count,
 * though the dependency may still be linked: the thread that settled it is about to remove that. */
static bool is_missing(const struct dependency *dependency)
{
    const yoke_job *from = dependency->from;
    if (!dependency->linked)
        return false;
    return dependency->ordered ? !job_extras(from)->after->passed : !job_settled(from);
}

/* The first dependency that is missing; jobs that are linked are there as long as the lock is held.
 */
static const struct dependency *find_missing(struct after *after)
{
    while (after->linked && after->first < after->count &&
           !is_missing(&after->dependencies[after->first]))
        after->first++;
    if (after->linked && after->first < after->count)
        return &after->dependencies[after->first];
    after->asked = true;
    return NULL;
}

yoke_job *after_hold_predecessor(yoke_job *job)
{
    if (!job_is_dependent(job))
        return NULL;
    lock_take(&dependencies_lock);
    const struct dependency *missing = find_missing(job_extras(job)->after);
    /* One that has not passed has what it comes after; another may settle at any time. */
    while (missing && missing->ordered && job_settled(missing->from))
        missing = find_missing(job_extras(missing->from)->after);
    yoke_job *found = missing ? missing->from : NULL;
    if (found)
        atomic_fetch_add_explicit(&found->references, 1, memory_order_relaxed);
    lock_give(&dependencies_lock);
    return found;
}
