#include "after.h"

#include <stdlib.h>

#include "base/delay.h"
#include "base/error.h"
#include "base/lock.h"
#include "fork.h"
#include "server.h"

static struct lock edges_lock;

void after_reset(void)
{
    atomic_store(&edges_lock.word, LOCK_FREE);
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
    for (size_t i = 0; i < count; i++)
        if (!job_need_extras(task->after[i]))
            return false;
    if (count > SIZE_MAX / 2 / sizeof(struct edge))
        return false;
    struct after *after = malloc(sizeof *after + count * sizeof after->edges[0]);
    if (!after)
        return false;
    *after = (struct after){.policy = task->after_failed, .missing = count + 1, .count = count};
    for (size_t i = 0; i < count; i++) {
        atomic_fetch_add_explicit(&task->after[i]->references, 1, memory_order_relaxed);
        after->edges[i] = (struct edge){.from = task->after[i], .to = job};
    }
    job_extras(job)->after = after;
    return true;
}

void after_forget(yoke_job *job)
{
    const struct job_extras *extras = job_extras(job);
    for (size_t i = 0; extras && extras->after && i < extras->after->count; i++)
        job_release(extras->after->edges[i].from, 1);
}

/* ---- edges ----------------------------------------------------------------------------------- */

bool after_count_down(yoke_job *job)
{
    lock_take(&edges_lock);
    bool ready = --job_extras(job)->after->missing == 0;
    lock_give(&edges_lock);
    return ready;
}

struct edge *after_take_followers(yoke_job *job)
{
    lock_take(&edges_lock);
    struct edge *edges = job_extras(job)->followers;
    job_extras(job)->followers = NULL;
    for (struct edge *edge = edges; edge; edge = edge->next)
        edge->drawn = false;
    lock_give(&edges_lock);
    return edges;
}

bool after_draw(struct edge *edge)
{
    yoke_job *from = edge->from, *to = edge->to;
    lock_take(&edges_lock);
    unsigned state = atomic_fetch_or_explicit(&from->state, JOB_FOLLOWED, memory_order_acq_rel);
    edge->drawn = !(state & JOB_SETTLED);
    if (edge->drawn) {
        atomic_fetch_add_explicit(&to->references, 1, memory_order_relaxed);
        edge->next = job_extras(from)->followers;
        job_extras(from)->followers = edge;
    }
    bool drawn = edge->drawn;
    lock_give(&edges_lock);
    return drawn;
}

/* One that has settled is about to remove its edge. */
static bool is_missing(const struct edge *edge)
{
    return edge->drawn && !job_settled(edge->from);
}

yoke_job *after_hold_predecessor(yoke_job *job)
{
    if (!job_held(job))
        return NULL;
    struct after *after = job_extras(job)->after;
    yoke_job *found = NULL;
    lock_take(&edges_lock);
    while (after->first < after->count && !is_missing(&after->edges[after->first]))
        after->first++;
    if (after->first < after->count) {
        found = after->edges[after->first].from;
        atomic_fetch_add_explicit(&found->references, 1, memory_order_relaxed);
    }
    lock_give(&edges_lock);
    return found;
}
