/* Calls workers to a loop by a job for each: see helpers.h. */
#include "helpers.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/os.h"

struct call {
    struct yoke_sharing *sharing;
    unsigned worker;
};

static yoke_status take_part(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    const struct call *call = argument;
    call->sharing->take_part(call->sharing, call->worker);
    return YOKE_OK;
}

/* Where jobs cannot be had the loop does with fewer helpers. */
static void submit_all(struct helpers *helpers, struct yoke_sharing *sharing)
{
    struct call call = {.sharing = sharing};
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = take_part;
    task.name = "loop";
    task.argument = &call;
    task.argument_size = sizeof call;
    task.priority =
        sharing->job ? (int)sharing->job->level + YOKE_PRIORITY_MIN : sharing->loop.priority;
    for (unsigned i = 0; i < helpers->count; i++) {
        call.worker = i + 1;
        if (yoke_try_submit(sharing->server, &task, &helpers->jobs[i]) != YOKE_OK)
            return;
    }
}

yoke_status helpers_call(struct helpers *helpers, struct yoke_sharing *sharing, unsigned most)
{
    *helpers = (struct helpers){0};
    if (!most || !sharing->server)
        return YOKE_OK;
    helpers->jobs = calloc(most, sizeof *helpers->jobs);
    if (!helpers->jobs)
        return error_set(YOKE_NO_MEMORY, "no memory for the %u helpers of a loop", most);
    helpers->count = most;
    submit_all(helpers, sharing);
    return YOKE_OK;
}

/* A wait is refused where a piece waits for the job of the loop, which is refused, too: it ends. */
static void await(yoke_job *job)
{
    enum { PATIENCE = 1000000 };
    while (yoke_job_wait(job, YOKE_FOREVER) != YOKE_OK) {
        atomic_uint nothing = 0;
        os_sleep(&nothing, 0, os_deadline(PATIENCE));
    }
}

void helpers_dismiss(struct helpers *helpers)
{
    for (unsigned i = 0; i < helpers->count && helpers->jobs[i]; i++)
        yoke_job_cancel(helpers->jobs[i]);
    for (unsigned i = 0; i < helpers->count && helpers->jobs[i]; i++) {
        await(helpers->jobs[i]);
        yoke_job_release(helpers->jobs[i]);
    }
    free(helpers->jobs);
}
