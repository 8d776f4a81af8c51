/* The list of a group's jobs, which jobs join after they were pushed: see membership.h. */
#include "membership.h"

#include <stdlib.h>

#include "base/delay.h"

void membership_release(yoke_group *group)
{
    if (atomic_fetch_sub_explicit(&group->references, 1, memory_order_acq_rel) == 1)
        free(group);
}

/* ---- the list -------------------------------------------------------------------------------- */

void membership_append(yoke_group *group, yoke_job *job)
{
    struct job_extras *extras = job_extras(job);
    extras->group_next = NULL;
    extras->group_previous = group->last;
    *(group->last ? &job_extras(group->last)->group_next : &group->first) = job;
    group->last = job;
}

void membership_take_out(yoke_group *group, yoke_job *job)
{
    struct job_extras *extras = job_extras(job);
    yoke_job *next = extras->group_next, *previous = extras->group_previous;
    *(previous ? &job_extras(previous)->group_next : &group->first) = next;
    *(next ? &job_extras(next)->group_previous : &group->last) = previous;
}

void membership_announce(yoke_group *group, yoke_job *job)
{
    struct job_extras *extras = job_extras(job);
    atomic_fetch_add_explicit(&group->references, 1, memory_order_relaxed);
    atomic_fetch_add(&group->arriving, 1);
    extras->group = group;
    lock_take(&group->lock);
    extras->cancelled_by = group->cancels;
    lock_give(&group->lock);
}

/* The group may be gone afterwards, as soon as the call that submits the job has returned. */
static void end_arrival(yoke_group *group)
{
    atomic_fetch_sub(&group->arriving, 1);
    delay_here();
    if (atomic_load(&group->waiters))
        os_wake(&group->arriving, OS_EVERYONE);
}

bool membership_join(yoke_job *job)
{
    struct job_extras *extras = job_extras(job);
    yoke_group *group = extras->group;
    lock_take(&group->lock);
    bool cancelled = extras->cancelled_by < group->cancels;
    extras->cancelled_by = group->cancels;
    /* A job that has settled by now does not join: membership_leave() has been called for it, or is
     * about to take this lock and will find that there is nothing to leave. */
    extras->in_group = !job_settled(job);
    if (extras->in_group)
        membership_append(group, job);
    lock_give(&group->lock);
    end_arrival(group);
    return cancelled;
}

void membership_withdraw(yoke_job *job)
{
    yoke_group *group = job_extras(job) ? job_extras(job)->group : NULL;
    if (!group)
        return;
    end_arrival(group);
    membership_release(group);
}

void membership_remove(yoke_group *group, yoke_job *job)
{
    lock_take(&group->lock);
    if (job_extras(job)->in_group)
        membership_take_out(group, job);
    job_extras(job)->in_group = false;
    lock_give(&group->lock);
}

void membership_leave(yoke_job *job)
{
    struct job_extras *extras = job_extras(job);
    if (!extras || !extras->group)
        return;
    membership_remove(extras->group, job);
    membership_release(extras->group);
}
