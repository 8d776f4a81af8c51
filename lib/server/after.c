#include "after.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/delay.h"
#include "base/error.h"
#include "base/lock.h"
#include "enqueue.h"
#include "fork.h"
#include "guest.h"
#include "server.h"
#include "unrun.h"

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
    for (size_t i = 0; i < count; i++)
        after->edges[i] = (struct edge){.to = job};
    job_extras(job)->after = after;
    return true;
}

/* ---- whose turn it is ------------------------------------------------------------------------ */

static char *explain(const yoke_job *from)
{
    char line[256];
    snprintf(line, sizeof line, "job \"%.128s\", which this one comes after, is not done: %s",
             job_name(from), yoke_status_text(from->status));
    return strdup(line);
}

/* Ends a held job for the sake of `from`; false when it has ended before. */
static bool end_with(yoke_job *job, const yoke_job *from)
{
    bool fail = job_extras(job)->after->policy == YOKE_AFTER_FAIL;
    char *message = explain(from);
    struct verdict verdict = {
        .state = fail ? YOKE_STATE_FAILED : YOKE_STATE_CANCELLED,
        .status = fail ? from->status : YOKE_CANCELLED,
        .message = message ? message : "a job that this one comes after is not done",
        .message_owned = message != NULL,
    };
    bool ended = queue_end(job, &verdict);
    if (!ended)
        free(message);
    return ended;
}

static void count_down(yoke_job *job)
{
    lock_take(&edges_lock);
    bool ready = --job_extras(job)->after->missing == 0;
    lock_give(&edges_lock);
    if (ready)
        enqueue_held(job);
}

/* `from`, which has settled, leads to the job. */
static void pass_on(yoke_job *job, const yoke_job *from)
{
    bool go_on =
        job_state(from) == YOKE_STATE_DONE || job_extras(job)->after->policy == YOKE_AFTER_RUN;
    if (!go_on && end_with(job, from))
        unrun_hand_over(job);
    count_down(job);
}

/* What the calling thread has still to pass on. Ending one job may settle it and so reach the jobs
 * after it; a list instead of recursion takes chains of any length. */
static _Thread_local struct {
    struct edge *first;
    bool busy;
} turns;

static void pass_on_all(void)
{
    turns.busy = true;
    for (struct edge *edge; (edge = turns.first);) {
        yoke_job *from = edge->from, *to = edge->to;
        turns.first = edge->next;
        delay_here();
        pass_on(to, from);
        job_release(from, 1);
        job_release(to, 1);
    }
    turns.busy = false;
}

void after_settled(yoke_job *job)
{
    lock_take(&edges_lock);
    struct edge *edges = job_extras(job)->followers;
    job_extras(job)->followers = NULL;
    for (struct edge *edge = edges; edge; edge = edge->next)
        edge->drawn = false;
    lock_give(&edges_lock);
    for (struct edge *next; edges; edges = next) {
        next = edges->next;
        atomic_fetch_add_explicit(&job->references, 1, memory_order_relaxed);
        edges->next = turns.first;
        turns.first = edges;
    }
    if (!turns.busy)
        pass_on_all();
}

/* False when `edge->from` has settled before. */
static bool draw(struct edge *edge)
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

void after_draw(yoke_job *job, const yoke_task *task)
{
    struct worker guest;
    guest_enter(&guest, job->server);
    struct after *after = job_extras(job)->after;
    for (size_t i = 0; i < after->count; i++) {
        after->edges[i].from = task->after[i];
        if (!draw(&after->edges[i]))
            pass_on(job, task->after[i]);
    }
    count_down(job);
    guest_leave(&guest);
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
