/* Checks a task, makes a job of it and puts it into a queue; then, in a fixed order, what can only
 * be done once the job has been pushed. */
#include "submit.h"

#include <string.h>

#include "base/delay.h"
#include "base/error.h"
#include "base/extensible.h"
#include "server/jobs/addresses.h"
#include "server/jobs/after.h"
#include "server/jobs/membership.h"
#include "server/jobs/server_check.h"
#include "server/jobs/target.h"
#include "server/lifecycle/enqueue.h"
#include "server/lifecycle/settle.h"
#include "server/scheduler/executor.h"
#include "server/scheduler/keys.h"
#include "server/scheduler/place.h"
#include "yoke/task.h"

static const yoke_task *read_task(const yoke_task *task, yoke_task *copy)
{
    if (task)
        return extensible_read(EXTENSIBLE(yoke_task, write_count, "YOKE_TASK_INIT"), task, copy);
    error_set(YOKE_INVALID, "task is NULL; start from YOKE_TASK_INIT");
    return NULL;
}

static yoke_status check_task(const yoke_task *task)
{
    if (!task->kernel == !task->kernel_name)
        return error_set(YOKE_INVALID,
                         task->kernel ? "task.kernel and task.kernel_name are both set; one names "
                                        "what is to run"
                                      : "task.kernel is NULL; set the function to run");
    if (!task->kernel_name == (task->kernel_version > 0))
        return error_set(YOKE_INVALID,
                         "task.kernel_version is %u; a kernel_name has a version "
                         "from 1 up, and nothing else has one",
                         task->kernel_version);
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
    bool ordered = addresses_are_named(task);
    if (!group && !timed && !job_comes_after(task) && !task->deliveries)
        return true;
    struct job_extras *extras = job_need_extras(job);
    if (!extras || (task->after_count && !ordered && !after_prepare(job, task, 0, 0)) ||
        (timed && !timer_watch(job, task)))
        return false;
    extras->deliveries = task->deliveries;
    if (group)
        membership_announce(group, job);
    return true;
}

static yoke_status refuse_memory(const yoke_task *task)
{
    error_set(YOKE_NO_MEMORY,
              "no memory for a job with an argument of %zu and a result of %zu bytes",
              task->argument_size, task->result_size);
    return YOKE_NO_MEMORY; /* so that analyzers know it is not YOKE_OK */
}

/* What a job has besides its task. */
struct order {
    yoke_server *server;
    const yoke_task *task;
    yoke_group *group;
    yoke_job **handle; /* NULL: none is wanted */
    bool used;         /* by us, after it has been pushed */
};

static unsigned references_of(const struct order *order)
{
    return 1u + (order->handle != NULL) + order->used;
}

static void discard(const struct order *order, yoke_job *job)
{
    timer_forget(job);
    membership_withdraw(job);
    after_forget(job);
    job_release(job, references_of(order));
}

/* A job that only we know yet. */
static yoke_status create(const struct order *order, yoke_job **job)
{
    yoke_server *server = order->server;
    const yoke_task *task = order->task;
    const struct place *place = NULL;
    const struct target *target = NULL;
    bool elsewhere = false;
    yoke_status status =
        executor_is_concerned(server, task) ? executor_check(server, task, &elsewhere) : YOKE_OK;
    if (status == YOKE_OK && task->place)
        status = place_find(server, task->place, &place);
    if (status != YOKE_OK)
        return status;
    if (elsewhere && !(target = target_find(server, task)))
        return refuse_memory(task);
    yoke_job *new = job_create(server, task, place, target, references_of(order));
    if (!new)
        return refuse_memory(task);
    if ((task->key &&
         !keys_prepare(new, task->key, executor_digest(server, task), order->handle != NULL)) ||
        !add_extras(new, task, order->group)) {
        after_forget(new);
        job_release(new, references_of(order));
        return refuse_memory(task);
    }
    *job = new;
    return YOKE_OK;
}

/* There is a job of that key already, of which the caller has a handle. */
static void meet(const struct order *order, yoke_job *job)
{
    capacity_give(&order->server->capacity);
    if (keys_learn(job))
        executor_teach(order->server, order->task);
    if (order->handle)
        *order->handle = job;
    else
        yoke_job_release(job);
}

static yoke_status put_into_queue(yoke_job *job, const yoke_task *task)
{
    if (addresses_are_named(task))
        return addresses_push(job, task);
    enum queue_state state =
        task->after_count ? queue_push(&job->server->dependent, job) : enqueue_new(job);
    return state == QUEUE_CLOSED ? YOKE_CLOSED : YOKE_OK;
}

/* Everybody may know it from here on. */
static yoke_status push(const struct order *order, yoke_job *job)
{
    yoke_server *server = order->server;
    const yoke_task *task = order->task;
    if (server->trace.on)
        job->submitted = os_now();
    yoke_status status = put_into_queue(job, task);
    if (task->key)
        keys_arrive(job, status == YOKE_OK);
    if (status != YOKE_OK) {
        discard(order, job);
        return status == YOKE_CLOSED ? server_check_refuse_closed() : refuse_memory(task);
    }
    delay_here();
    if (task->time_limit || task->deadline)
        timer_arm(job);
    delay_here();
    if (job_comes_after(task))
        settle_predecessors(job);
    delay_here();
    /* A cancel of the group that did not find the job there is made up for. */
    if (order->group && membership_join(job))
        yoke_job_cancel(job);
    if (order->handle)
        *order->handle = job;
    if (order->used)
        job_release(job, 1);
    return YOKE_OK;
}

static yoke_status submit_with_capacity(const struct order *order)
{
    yoke_job *job = NULL, *same = NULL;
    yoke_status status = create(order, &job);
    if (status == YOKE_OK && order->task->key) {
        status = keys_enter(job, &same);
        if (status != YOKE_OK || same)
            discard(order, job);
    }
    if (status != YOKE_OK)
        return status;
    if (!same)
        return push(order, job);
    meet(order, same);
    return YOKE_OK;
}

yoke_status submit_in_group(yoke_server *server, const yoke_task *task, yoke_group *group,
                            enum capacity_patience patience, yoke_job **job)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    yoke_task copy;
    task = read_task(task, &copy);
    status = task ? check_task(task) : YOKE_INVALID;
    if (status == YOKE_OK)
        status = after_check(server, task);
    if (status == YOKE_OK)
        status = addresses_check(task);
    if (status != YOKE_OK)
        return status;
    /* Inside a job the wait might never end, if the queue can only drain when this job is done. */
    if (patience == CAPACITY_WAIT && (self.worker || self.frame))
        patience = CAPACITY_EXCEED;
    status = capacity_take(server, patience);
    if (status != YOKE_OK)
        return status;
    const struct order order = {
        .server = server,
        .task = task,
        .group = group,
        .handle = job,
        .used = task->time_limit || task->deadline || job_comes_after(task) || group ||
                task->key != NULL,
    };
    status = submit_with_capacity(&order);
    if (status != YOKE_OK)
        capacity_give(&server->capacity);
    return status;
}

yoke_status yoke_submit(yoke_server *server, const yoke_task *task, yoke_job **job)
{
    return submit_in_group(server, task, NULL, CAPACITY_WAIT, job);
}

yoke_status yoke_try_submit(yoke_server *server, const yoke_task *task, yoke_job **job)
{
    return submit_in_group(server, task, NULL, CAPACITY_TRY, job);
}

yoke_status yoke_run(yoke_server *server, const yoke_task *task, void *result)
{
    yoke_job *job;
    yoke_status status = yoke_submit(server, task, &job);
    if (status != YOKE_OK)
        return status;
    const void *there;
    size_t size;
    status = yoke_job_result_view(job, &there, &size);
    if (status == YOKE_OK && result && there != result && size)
        memcpy(result, there, size);
    /* The wait was refused: nobody else will ask for the job. */
    if (status != YOKE_OK && yoke_job_status(job) == YOKE_NOT_DONE)
        yoke_job_cancel(job);
    yoke_job_release(job);
    return status;
}
