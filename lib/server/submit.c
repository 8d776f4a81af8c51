#include "submit.h"
#include "after.h"
#include "base/delay.h"
#include "base/error.h"
#include "base/extensible.h"
#include "enqueue.h"
#include "membership.h"
#include "outside.h"
#include "place.h"
#include "server_check.h"
#include "settle.h"

static const yoke_task *read_task(const yoke_task *task, yoke_task *copy)
{
    if (task)
        return extensible_read(EXTENSIBLE(yoke_task, result, "YOKE_TASK_INIT"), task, copy);
    error_set(YOKE_INVALID, "task is NULL; start from YOKE_TASK_INIT");
    return NULL;
}

static yoke_status check_task(const yoke_task *task)
{
    if (!task->kernel)
        return error_set(YOKE_INVALID, "task.kernel is NULL; set the function to run");
    if (!task->argument && task->argument_size)
        return error_set(YOKE_INVALID, "task.argument is NULL but task.argument_size is %zu",
                         task->argument_size);
    if (task->priority < YOKE_PRIORITY_MIN || task->priority > YOKE_PRIORITY_MAX)
        return error_set(YOKE_INVALID, "task.priority is %d; it must lie between %d and %d",
                         task->priority, YOKE_PRIORITY_MIN, YOKE_PRIORITY_MAX);
    if (task->time_limit < 0 || task->deadline < 0)
        return error_set(YOKE_INVALID,
                         "task.time_limit is %lld ns and task.deadline %lld ns; they "
                         "must be 0 (none) or more",
                         (long long)task->time_limit, (long long)task->deadline);
    return YOKE_OK;
}

static bool add_extras(yoke_job *job, const yoke_task *task, yoke_group *group)
{
    bool timed = task->time_limit || task->deadline;
    if (!group && !timed && !task->after_count)
        return true;
    if (!job_need_extras(job) || (task->after_count && !after_prepare(job, task)) ||
        (timed && !timer_watch(job, task)))
        return false;
    if (group)
        membership_announce(group, job);
    return true;
}

static yoke_status refuse_memory(const yoke_task *task)
{
    return error_set(YOKE_NO_MEMORY,
                     "no memory for a job with an argument of %zu and a result of %zu bytes",
                     task->argument_size, task->result_size);
}

static yoke_status submit_with_room(yoke_server *server, const yoke_task *task, yoke_group *group,
                                    yoke_job **job)
{
    const struct place *place = NULL;
    yoke_status status = task->place ? place_find(server, task->place, &place) : YOKE_OK;
    if (status == YOKE_OK && place_is_outside(place))
        status = outside_check(server, task);
    if (status != YOKE_OK)
        return status;
    bool timed = task->time_limit || task->deadline;
    bool held = task->after_count > 0;
    bool used = timed || held || group; /* after it has been pushed */
    unsigned references = 1u + (job != NULL) + used;
    yoke_job *new = job_create(server, task, place, references);
    if (!new)
        return refuse_memory(task);
    if (!add_extras(new, task, group)) {
        after_forget(new);
        job_release(new, references);
        return refuse_memory(task);
    }
    if (server->trace.on)
        new->submitted = os_now();
    if ((held ? queue_push(&server->held, new) : enqueue_new(new)) == QUEUE_CLOSED) {
        timer_forget(new);
        membership_withdraw(new);
        after_forget(new);
        job_release(new, references);
        return server_check_refuse_closed();
    }
    delay_here();
    if (timed)
        timer_arm(new);
    delay_here();
    if (held)
        settle_predecessors(new);
    delay_here();
    if (group && membership_join(new))
        yoke_job_cancel(new);
    if (used)
        job_release(new, 1);
    if (job)
        *job = new;
    return YOKE_OK;
}

yoke_status submit_in_group(yoke_server *server, const yoke_task *task, yoke_group *group,
                            enum room_patience patience, yoke_job **job)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    yoke_task copy;
    task = read_task(task, &copy);
    status = task ? check_task(task) : YOKE_INVALID;
    if (status == YOKE_OK)
        status = after_check(server, task);
    if (status != YOKE_OK)
        return status;
    if (patience == ROOM_WAIT && (self.worker || self.frame))
        patience = ROOM_EXCEED;
    status = room_take(server, patience);
    if (status != YOKE_OK)
        return status;
    status = submit_with_room(server, task, group, job);
    if (status != YOKE_OK)
        room_give(&server->room);
    return status;
}

yoke_status yoke_submit(yoke_server *server, const yoke_task *task, yoke_job **job)
{
    return submit_in_group(server, task, NULL, ROOM_WAIT, job);
}

yoke_status yoke_try_submit(yoke_server *server, const yoke_task *task, yoke_job **job)
{
    return submit_in_group(server, task, NULL, ROOM_TRY, job);
}
