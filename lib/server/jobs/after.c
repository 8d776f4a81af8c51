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

bool after_prepare(yoke_job *job, const yoke_task *task)
{
    size_t count = task->after_count;
    /* Memory for all that comes later is taken here: once the job is pushed nothing may fail. */
    for (size_t i = 0; i < count; i++)
        if (!job_need_extras(task->after[i]))
            return false;
    if (count > SIZE_MAX / 2 / sizeof(struct dependency))
        return false;
    struct after *after = malloc(sizeof *after + count * sizeof after->dependencies[0]);
    if (!after)
        return false;
    *after = (struct after){.policy = task->after_failed, .missing = count + 1, .count = count};
    for (size_t i = 0; i < count; i++) {
        atomic_fetch_add_explicit(&task->after[i]->references, 1, memory_order_relaxed);
        after->dependencies[i] = (struct dependency){.from = task->after[i], .to = job};
    }
    job_extras(job)->after = after;
    return true;
}

void after_forget(yoke_job *job)
{
    const struct job_extras *extras = job_extras(job);
    for (size_t i = 0; extras && extras->after && i < extras->after->count; i++)
        job_release(extras->after->dependencies[i].from, 1);
}

/* ---- dependencies ---------------------------------------------------------------------------- */

bool after_count_down(yoke_job *job)
{
    lock_take(&dependencies_lock);
    bool ready = --job_extras(job)->after->missing == 0;
    lock_give(&dependencies_lock);
    return ready;
}

struct dependency *after_take_followers(yoke_job *job)
{
    lock_take(&dependencies_lock);
    struct dependency *dependencies = job_extras(job)->followers;
    job_extras(job)->followers = NULL;
    for (struct dependency *dependency = dependencies; dependency; dependency = dependency->next)
        dependency->linked = false;
    lock_give(&dependencies_lock);
    return dependencies;
}

bool after_link(struct dependency *dependency)
{
    yoke_job *from = dependency->from, *to = dependency->to;
    lock_take(&dependencies_lock);
    /* One step on the state word: either this sees SETTLED, or the thread that settles `from` sees
     * FOLLOWED and then takes the followers under this lock. */
    unsigned state = atomic_fetch_or_explicit(&from->state, JOB_FOLLOWED, memory_order_acq_rel);
    dependency->linked = !(state & JOB_SETTLED);
    if (dependency->linked) {
        atomic_fetch_add_explicit(&to->references, 1, memory_order_relaxed);
        dependency->next = job_extras(from)->followers;
        job_extras(from)->followers = dependency;
    }
    bool linked = dependency->linked;
    lock_give(&dependencies_lock);
    return linked;
}

/* A predecessor that has settled does not count, though its dependency may still be linked: the
 * thread that settled it is about to remove that. */
static bool is_missing(const struct dependency *dependency)
{
    return dependency->linked && !job_settled(dependency->from);
}

yoke_job *after_hold_predecessor(yoke_job *job)
{
    if (!job_is_dependent(job))
        return NULL;
    struct after *after = job_extras(job)->after;
    yoke_job *found = NULL;
    lock_take(&dependencies_lock);
    while (after->first < after->count && !is_missing(&after->dependencies[after->first]))
        after->first++;
    if (after->first < after->count) {
        found = after->dependencies[after->first].from;
        atomic_fetch_add_explicit(&found->references, 1, memory_order_relaxed);
    }
    lock_give(&dependencies_lock);
    return found;
}
