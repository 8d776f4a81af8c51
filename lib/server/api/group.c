/* Groups: opens, waits for and cancels the jobs of a group through the list in membership.h, one
 * job at a time, since jobs come and go meanwhile. */
#include <stdlib.h>

#include "base/delay.h"
#include "base/error.h"
#include "base/lock.h"
#include "server/jobs/fork.h"
#include "server/jobs/membership.h"
#include "server/jobs/server_check.h"
#include "server/server.h"
#include "submit.h"

/* Waits until all jobs have joined that were announced; false when the deadline has passed. */
static bool await_arrivals(yoke_group *group, int64_t deadline)
{
    bool in_time = true;
    atomic_fetch_add(&group->waiters, 1);
    for (unsigned arriving; in_time && (arriving = atomic_load(&group->arriving));)
        in_time = os_sleep(&group->arriving, arriving, deadline);
    atomic_fetch_sub(&group->waiters, 1);
    return in_time;
}

/* The first job of the list, with a reference. */
static yoke_job *hold_first(yoke_group *group)
{
    lock_take(&group->lock);
    yoke_job *job = group->first;
    if (job)
        atomic_fetch_add_explicit(&job->references, 1, memory_order_relaxed);
    lock_give(&group->lock);
    return job;
}

/* ---- the calls ------------------------------------------------------------------------------- */

static yoke_status check(const yoke_group *group)
{
    if (!group)
        return error_set(YOKE_INVALID, "group is NULL; pass the handle from yoke_group_open()");
    if (group->generation != fork_generation())
        return error_set(YOKE_FORKED, "the group belongs to the parent of this process; open one "
                                      "of your own");
    return YOKE_OK;
}

yoke_status yoke_group_open(yoke_server *server, yoke_group **group)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    if (!group)
        return error_set(YOKE_INVALID, "group is NULL; pass where the handle is to go");
    yoke_group *new = calloc(1, sizeof *new);
    if (!new)
        return error_set(YOKE_NO_MEMORY, "no memory for a group");
    atomic_init(&new->references, 1);
    new->generation = fork_generation();
    new->server = server;
    *group = new;
    return YOKE_OK;
}

yoke_status yoke_group_submit(yoke_group *group, const yoke_task *task, yoke_job **job)
{
    yoke_status status = check(group);
    return status == YOKE_OK ? submit_in_group(group->server, task, group, CAPACITY_WAIT, job)
                             : status;
}

/* Whether a kernel or callback of the group runs on the calling thread. */
static bool is_inside(const yoke_group *group)
{
    for (const struct frame *frame = self.frame; frame; frame = frame->outer) {
        const struct job_extras *extras = job_extras(frame->job);
        if (extras && extras->group == group)
            return true;
    }
    return false;
}

yoke_status yoke_group_wait(yoke_group *group, yoke_duration timeout)
{
    yoke_status status = check(group);
    if (status != YOKE_OK)
        return status;
    if (timeout < 0 && timeout != YOKE_FOREVER)
        return error_set(YOKE_INVALID, "timeout is %lld ns; it must be 0 or more, or YOKE_FOREVER",
                         (long long)timeout);
    if (is_inside(group))
        return error_set(YOKE_DEADLOCK, "a job cannot wait for its own group");
    int64_t deadline = os_deadline(timeout);
    if (!await_arrivals(group, deadline))
        return error_set(YOKE_TIMED_OUT, "a job is still being submitted to the group");
    for (yoke_job *job; status == YOKE_OK && (job = hold_first(group));) {
        int64_t left = timeout > 0 ? deadline - os_now() : timeout;
        status = yoke_job_wait(job, timeout > 0 && left < 0 ? 0 : left);
        if (status == YOKE_OK)
            /* The thread that settled it is about to do so too; but the next look must not find it.
             */
            membership_remove(group, job);
        job_release(job, 1);
    }
    return status;
}

/* Moves the first job of the list to the end of it, with a reference, if this cancel has not seen
 * it yet; else answers NULL. */
static yoke_job *next_to_cancel(yoke_group *group, uint64_t cancel)
{
    lock_take(&group->lock);
    yoke_job *job = group->first;
    if (job && job_extras(job)->cancelled_by < cancel) {
        job_extras(job)->cancelled_by = cancel;
        atomic_fetch_add_explicit(&job->references, 1, memory_order_relaxed);
        membership_take_out(group, job);
        membership_append(group, job);
    } else {
        job = NULL;
    }
    lock_give(&group->lock);
    return job;
}

yoke_status yoke_group_cancel(yoke_group *group)
{
    yoke_status status = check(group);
    if (status != YOKE_OK)
        return status;
    lock_take(&group->lock);
    uint64_t cancel = ++group->cancels;
    lock_give(&group->lock);
    /* Not under the lock: callbacks run meanwhile, and jobs come and go. */
    for (yoke_job *job; (job = next_to_cancel(group, cancel));) {
        yoke_job_cancel(job);
        job_release(job, 1);
    }
    return YOKE_OK;
}

void yoke_group_release(yoke_group *group)
{
    if (group && group->generation == fork_generation())
        membership_release(group);
}
