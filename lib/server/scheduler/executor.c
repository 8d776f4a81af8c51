/* The server's side of an executor: what it may run, and telling it of news. What the executor
 * itself calls is in api/executor.c. See executor.h. */
#include "executor.h"

#include <stdlib.h>

#include "base/error.h"
#include "place.h"

static atomic_bool exists;

bool executor_exists(void)
{
    return atomic_load(&exists);
}

void executor_note_existence(void)
{
    atomic_store(&exists, true);
}

/* ---- telling it ------------------------------------------------------------------------------ */

void executor_tell(yoke_executor *executor, unsigned news)
{
    atomic_fetch_or(&executor->news, news);
    atomic_fetch_add(&executor->wake_event, 1);
    os_wake(&executor->wake_event, 1);
}

void executor_stop(yoke_server *server)
{
    yoke_executor *executor = atomic_load(&server->executor);
    if (executor)
        executor_tell(executor, YOKE_EXECUTOR_STOPPED);
}

/* ---- what it runs ---------------------------------------------------------------------------- */

yoke_work_item executor_describe(yoke_job *job)
{
    const struct job_extras *extras = job_extras(job);
    return (yoke_work_item){
        .job = job,
        .kernel = job->kernel,
        .argument = job_argument(job),
        .argument_size = job->argument_size,
        .result_size = job->result_size,
        .time_limit = extras ? extras->limit : 0,
        .tries = job->flags & JOB_RETRIES ? job->tries : 1,
        .place = place_is_outside(job->place) ? job->place->text + 1 : NULL,
    };
}

yoke_status executor_check(yoke_server *server, const yoke_task *task)
{
    const yoke_executor *executor = atomic_load(&server->executor);
    if (!executor)
        return error_set(YOKE_INVALID,
                         "place \"%.100s\" is a node of a cluster, and the server belongs to none",
                         task->place);
    const yoke_work_item item = {
        .kernel = task->kernel,
        .argument = task->argument,
        .argument_size = task->argument_size,
        .result_size = task->result_size,
        .time_limit = task->time_limit,
        .tries = task->tries ? task->tries : 1,
        .place = task->place + 1,
    };
    if (executor->options.runs(&item, executor->options.context))
        return YOKE_OK;
    return error_set(
        YOKE_INVALID,
        "place \"%.100s\": no node can run this job: its kernel is not registered, the "
        "name is none, or the argument or result is too large",
        task->place);
}

bool executor_chooses(yoke_job *job, const void *context)
{
    const yoke_executor *executor = context;
    const yoke_work_item item = executor_describe(job);
    return executor->options.runs(&item, executor->options.context);
}

struct queue *executor_queue_for(yoke_server *server, yoke_job *job)
{
    yoke_executor *executor = atomic_load(&server->executor);
    if (job_state(job) != YOKE_STATE_QUEUED)
        return NULL;
    return place_is_outside(job->place) || (!job->place && executor_chooses(job, executor))
               ? &executor->queue
               : NULL;
}

bool executor_row(yoke_server *server, unsigned index, struct executor_row *row)
{
    yoke_executor *executor = atomic_load(&server->executor);
    if (!executor)
        return false;
    lock_take(&executor->lock);
    const struct executor_row *place = executor->places;
    while (place && index-- > 0)
        place = place->next;
    if (place)
        *row = *place;
    lock_give(&executor->lock);
    return place;
}

void executor_close(yoke_server *server)
{
    yoke_executor *executor = atomic_load(&server->executor);
    if (!executor)
        return;
    executor_tell(executor, YOKE_EXECUTOR_CLOSING);
    executor->options.close(executor->options.context);
}

void executor_free(yoke_server *server)
{
    yoke_executor *executor = atomic_load(&server->executor);
    for (struct executor_row *place = executor ? executor->places : NULL, *next; place;
         place = next) {
        next = place->next;
        free(place);
    }
    free(executor);
}
