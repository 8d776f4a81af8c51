#include "outside.h"

#include <stdlib.h>

#include "base/error.h"
#include "place.h"

static atomic_bool exists;

bool outside_exists(void)
{
    return atomic_load(&exists);
}

void outside_note_existence(void)
{
    atomic_store(&exists, true);
}

/* ---- telling it ------------------------------------------------------------------------------ */

void outside_tell(yoke_executor *executor, unsigned news)
{
    atomic_fetch_or(&executor->news, news);
    atomic_fetch_add(&executor->bell, 1);
    os_wake(&executor->bell, 1);
}

void outside_stop(yoke_server *server)
{
    yoke_executor *executor = atomic_load(&server->outside);
    if (executor)
        outside_tell(executor, YOKE_EXECUTOR_STOPPED);
}

/* ---- what it runs ---------------------------------------------------------------------------- */

yoke_work_item outside_describe(yoke_job *job)
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

yoke_status outside_check(yoke_server *server, const yoke_task *task)
{
    const yoke_executor *executor = atomic_load(&server->outside);
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

bool outside_chooses(yoke_job *job, const void *context)
{
    const yoke_executor *executor = context;
    const yoke_work_item item = outside_describe(job);
    return executor->options.runs(&item, executor->options.context);
}

struct queue *outside_queue_for(yoke_server *server, yoke_job *job)
{
    yoke_executor *executor = atomic_load(&server->outside);
    if (job_state(job) != YOKE_STATE_QUEUED)
        return NULL;
    return place_is_outside(job->place) || (!job->place && outside_chooses(job, executor))
               ? &executor->queue
               : NULL;
}

bool outside_row(yoke_server *server, unsigned index, struct outside_place *row)
{
    yoke_executor *executor = atomic_load(&server->outside);
    if (!executor)
        return false;
    lock_take(&executor->lock);
    const struct outside_place *place = executor->places;
    while (place && index-- > 0)
        place = place->next;
    if (place)
        *row = *place;
    lock_give(&executor->lock);
    return place;
}

void outside_close(yoke_server *server)
{
    yoke_executor *executor = atomic_load(&server->outside);
    if (!executor)
        return;
    outside_tell(executor, YOKE_EXECUTOR_CLOSING);
    executor->options.close(executor->options.context);
}

void outside_free(yoke_server *server)
{
    yoke_executor *executor = atomic_load(&server->outside);
    for (struct outside_place *place = executor ? executor->places : NULL, *next; place;
         place = next) {
        next = place->next;
        free(place);
    }
    free(executor);
}
