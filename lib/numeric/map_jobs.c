/* Submits the jobs of a map, and waits for them. */
#include "map_jobs.h"

#include <string.h>

#include "base/error.h"
#include "base/os.h"
#include "server/lifecycle/running.h"

/* How often a job that waits for its items looks whether it is to leave early: as soon as anyone
 * would expect that, and too seldom to cost anything. */
static const yoke_duration glance = YOKE_MILLISECONDS(20);

yoke_status map_jobs_look(const struct map_plan *plan)
{
    const yoke_job *around = running_job();
    if (around && running_should_leave(around))
        return error_set(YOKE_CANCELLED, "the job that a map is part of is to end early");
    if (plan->deadline >= 0 && os_now() >= plan->deadline)
        return error_set(YOKE_TIMED_OUT, "the deadline of a map has passed");
    return YOKE_OK;
}

yoke_status map_jobs_submit_task(const struct map_plan *plan, yoke_task *task, yoke_job **job)
{
    yoke_status status = map_jobs_look(plan);
    if (status != YOKE_OK)
        return status;
    if (plan->deadline >= 0) {
        int64_t left = plan->deadline - os_now();
        task->deadline = left > 0 ? left : 1;
    }
    return yoke_submit(plan->server, task, job);
}

/* A job zeroes a result of its own before each try, but no buffer of the caller's. */
static bool has_own_result(const struct map_plan *plan)
{
    return plan->job.tries > 1;
}

yoke_status map_jobs_submit(const struct map_plan *plan, const void *input, void *output,
                            yoke_job **job)
{
    yoke_task task = plan->job;
    task.argument = input;
    task.result = has_own_result(plan) ? NULL : output;
    if (task.result)
        memset(output, 0, task.result_size);
    return map_jobs_submit_task(plan, &task, job);
}

yoke_status map_jobs_collect(const struct map_plan *plan, yoke_job *job, void *output)
{
    yoke_status status = yoke_job_status(job);
    if (status == YOKE_OK && has_own_result(plan))
        status = yoke_job_result(job, output, plan->job.result_size);
    return status;
}

yoke_status map_jobs_wait_any(const struct map_plan *plan, yoke_job *const *jobs, size_t count,
                              size_t *index)
{
    yoke_duration patience = running_job() ? glance : YOKE_FOREVER;
    yoke_status status;
    while ((status = yoke_wait_any(jobs, count, patience, index)) == YOKE_TIMED_OUT)
        if ((status = map_jobs_look(plan)) != YOKE_OK)
            return status;
    return status;
}

yoke_status map_jobs_wait(const struct map_plan *plan, yoke_job *job)
{
    return map_jobs_wait_any(plan, &job, 1, NULL);
}

void map_jobs_stop(yoke_job *job)
{
    atomic_uint never = 0;
    yoke_job_cancel(job);
    /* A wait may be refused, where the stack is used up for instance; but memory that the job uses
     * must stay. */
    while (yoke_job_wait(job, YOKE_FOREVER) != YOKE_OK && yoke_job_status(job) == YOKE_NOT_DONE)
        os_sleep(&never, 0, os_deadline(glance));
}
