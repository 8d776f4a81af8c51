/* What the handle of a job is asked for: waiting, and what has become of it. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "ledger.h"

/* ---- waiting --------------------------------------------------------------------------------- */

/* With the lock: waits for a job to end, or until `deadline`; false when that has passed. */
static bool await(struct ledger *ledger, int64_t deadline)
{
    if (deadline < 0)
        return pthread_cond_wait(&ledger->ended, &ledger->lock) == 0;
    struct timespec until = {(time_t)(deadline / 1000000000), (long)(deadline % 1000000000)};
    return pthread_cond_timedwait(&ledger->ended, &ledger->lock, &until) == 0;
}

static int64_t deadline_of(yoke_duration timeout)
{
    int64_t now = ledger_now();
    if (timeout < 0)
        return -1;
    return timeout > INT64_MAX - now ? INT64_MAX : now + timeout;
}

yoke_status ledger_wait(struct ledger *ledger, yoke_duration timeout)
{
    int64_t deadline = deadline_of(timeout);
    pthread_mutex_lock(&ledger->lock);
    while (ledger->counts.active && await(ledger, deadline))
        ;
    uint64_t left = ledger->counts.active;
    pthread_mutex_unlock(&ledger->lock);
    if (left == 0)
        return YOKE_OK;
    return yoke_error_set(YOKE_TIMED_OUT, "%" PRIu64 " jobs have not ended yet; they go on", left);
}

yoke_status yoke_remote_wait(yoke_remote *job, yoke_duration timeout)
{
    int64_t deadline = deadline_of(timeout);
    pthread_mutex_lock(&job->ledger->lock);
    job->awaited = true;
    while (job->state < YOKE_STATE_DONE && await(job->ledger, deadline))
        ;
    bool ended = job->state >= YOKE_STATE_DONE;
    pthread_mutex_unlock(&job->ledger->lock);
    return ended ? YOKE_OK
                 : yoke_error_set(YOKE_TIMED_OUT, "the job has not ended yet; it goes on");
}

/* ---- results --------------------------------------------------------------------------------- */

yoke_status yoke_remote_result(yoke_remote *job, void *result, size_t size)
{
    if (size != job->result_size || (size && !result))
        return yoke_error_set(YOKE_SIZE_MISMATCH, "the job's result has %zu bytes, the buffer %zu",
                              job->result_size, result ? size : 0);
    yoke_status status = yoke_remote_wait(job, YOKE_FOREVER);
    if (status != YOKE_OK)
        return status;
    switch (job->state) { /* it has ended: nothing changes any more */
    case YOKE_STATE_DONE:
        if (size)
            memcpy(result, job->result, size);
        return YOKE_OK;
    case YOKE_STATE_FAILED:
        return yoke_error_set(YOKE_JOB_FAILED, "%s", job->message);
    default:
        return yoke_error_set(job->status, "%s", job->message);
    }
}

yoke_state yoke_remote_state(yoke_remote *job)
{
    pthread_mutex_lock(&job->ledger->lock);
    yoke_state state = job->state;
    pthread_mutex_unlock(&job->ledger->lock);
    return state;
}

yoke_status yoke_remote_status(yoke_remote *job)
{
    pthread_mutex_lock(&job->ledger->lock);
    yoke_status status = job->status;
    pthread_mutex_unlock(&job->ledger->lock);
    return status;
}

const char *yoke_remote_message(yoke_remote *job)
{
    return yoke_remote_state(job) < YOKE_STATE_DONE ? "" : job->message;
}

void yoke_remote_progress(yoke_remote *job, uint64_t *done, uint64_t *total)
{
    pthread_mutex_lock(&job->ledger->lock);
    if (done)
        *done = job->progress;
    if (total)
        *total = job->total;
    pthread_mutex_unlock(&job->ledger->lock);
}

const char *yoke_remote_output(yoke_remote *job)
{
    return yoke_remote_state(job) < YOKE_STATE_DONE || !job->output ? "" : job->output;
}
