/* The calls on a job's handle: its state, result, message, output and progress. */
#include <string.h>

#include "base/error.h"
#include "server/jobs/fork.h"
#include "server/jobs/job.h"
#include "server/jobs/state.h"
#include "server/scheduler/keys.h"

/* Waits for the job; answers, as its result does, how it has ended. */
static yoke_status await_result(yoke_job *job)
{
    yoke_status status = yoke_job_wait(job, YOKE_FOREVER);
    if (status != YOKE_OK)
        return status;
    status = state_result(job_state(job));
    return status == YOKE_OK ? YOKE_OK : error_set(status, "%s", job->message);
}

yoke_status yoke_job_result(yoke_job *job, void *result, size_t size)
{
    if (!job)
        return error_set(YOKE_INVALID, "job is NULL; pass the handle from yoke_submit()");
    if (size != job->result_size)
        return error_set(YOKE_SIZE_MISMATCH,
                         "the result of job \"%s\" has %zu bytes, the buffer %zu; they must be "
                         "the same",
                         job_name(job), job->result_size, size);
    if (!result && size)
        return error_set(YOKE_INVALID, "result is NULL; pass a buffer of %zu bytes", size);
    yoke_status status = await_result(job);
    const void *there = status == YOKE_OK && size ? job_result(job) : result;
    if (there != result)
        memcpy(result, there, size);
    return status;
}

yoke_status yoke_job_result_view(yoke_job *job, const void **result, size_t *size)
{
    if (!result)
        return error_set(YOKE_INVALID,
                         "result is NULL; pass a place for the address of the result");
    yoke_status status = await_result(job);
    if (status != YOKE_OK)
        return status;
    *result = job_result(job);
    if (size)
        *size = job->result_size;
    return YOKE_OK;
}

/* That the job has ended, if it has. */
static void note_seen(const yoke_job *job)
{
    if (job_is_keyed(job) && job_state(job) >= YOKE_STATE_DONE)
        keys_note_seen(job);
}

yoke_state yoke_job_state(const yoke_job *job)
{
    if (!job) {
        error_set(YOKE_INVALID, "job is NULL; pass the handle from yoke_submit()");
        return YOKE_STATE_FAILED;
    }
    unsigned word = job_word(job);
    note_seen(job);
    /* One that is cancelled is not queued any more, though its executor may not know it yet. */
    if ((word & JOB_STATE) == YOKE_STATE_RUNNING && word & JOB_AWAY && !(job->flags & JOB_STOP))
        return YOKE_STATE_QUEUED;
    return (yoke_state)(word & JOB_STATE);
}

static bool has_ended(const yoke_job *job)
{
    return job_state(job) >= YOKE_STATE_DONE;
}

yoke_status yoke_job_status(const yoke_job *job)
{
    if (!job)
        return error_set(YOKE_INVALID, "job is NULL; pass the handle from yoke_submit()");
    if (!has_ended(job))
        return YOKE_NOT_DONE;
    note_seen(job);
    return job->status;
}

const char *yoke_job_message(const yoke_job *job)
{
    return job && has_ended(job) && job_state(job) != YOKE_STATE_DONE ? job->message : "";
}

void yoke_job_progress(const yoke_job *job, uint64_t *done, uint64_t *total)
{
    const struct job_extras *extras = job ? atomic_load(&job->extras) : NULL;
    if (done)
        *done = extras ? atomic_load_explicit(&extras->progress_done, memory_order_relaxed) : 0;
    if (total)
        *total = extras ? atomic_load_explicit(&extras->progress_total, memory_order_relaxed) : 0;
}

yoke_duration yoke_job_busy(const yoke_job *job)
{
    return job && has_ended(job) ? job->busy : 0;
}

const char *yoke_job_output(const yoke_job *job)
{
    const struct job_extras *extras = job && has_ended(job) ? atomic_load(&job->extras) : NULL;
    return extras && extras->output.text ? extras->output.text : "";
}

void yoke_job_release(yoke_job *job)
{
    if (!job || job->generation != fork_generation())
        return;
    if (job_is_keyed(job))
        keys_release(job);
    job_release(job, 1);
}
