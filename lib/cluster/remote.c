/* What the handle of a job is asked for: waiting, and what has become of it. */
#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "keyed.h"

/* ---- waiting --------------------------------------------------------------------------------- */

yoke_status ledger_wait(struct ledger *ledger, yoke_duration timeout)
{
    int64_t deadline = clock_deadline(timeout);
    pthread_mutex_lock(&ledger->lock);
    while (ledger->counts.active && clock_wait(&ledger->ended, &ledger->lock, deadline))
        ;
    uint64_t left = ledger->counts.active;
    pthread_mutex_unlock(&ledger->lock);
    if (left == 0)
        return YOKE_OK;
    return yoke_error_set(YOKE_TIMED_OUT, "%" PRIu64 " jobs have not ended yet; they go on", left);
}

/* With the lock: the user learns whether the job has ended. */
static bool note_seen(struct yoke_remote *job)
{
    bool ended = job->state >= YOKE_STATE_DONE;
    if (job->keyed && ended)
        job->keyed->seen = true;
    return ended;
}

yoke_status yoke_remote_wait(yoke_remote *job, yoke_duration timeout)
{
    int64_t deadline = clock_deadline(timeout);
    pthread_mutex_lock(&job->ledger->lock);
    job->awaited = true;
    while (job->state < YOKE_STATE_DONE &&
           clock_wait(&job->ledger->ended, &job->ledger->lock, deadline))
        ;
    bool ended = note_seen(job);
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
    note_seen(job);
    pthread_mutex_unlock(&job->ledger->lock);
    return state;
}

yoke_status yoke_remote_status(yoke_remote *job)
{
    pthread_mutex_lock(&job->ledger->lock);
    yoke_status status = job->status;
    note_seen(job);
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

/* ---- done with it ---------------------------------------------------------------------------- */

static void end_call(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    ledger->calls--;
    pthread_cond_broadcast(&ledger->ended);
    pthread_mutex_unlock(&ledger->lock);
}

yoke_status yoke_remote_cancel(yoke_remote *job)
{
    struct ledger *ledger = job->ledger;
    pthread_mutex_lock(&ledger->lock);
    uint64_t stored = job->stored;
    void (*withdraw)(void *, const yoke_remote *, uint64_t) = ledger->withdraw;
    if (!ledger_cancel(job, "it was cancelled"))
        withdraw = NULL;
    note_seen(job);
    ledger->calls += withdraw != NULL;
    pthread_mutex_unlock(&ledger->lock);
    if (withdraw) {
        withdraw(ledger->context, job, stored);
        end_call(ledger);
    }
    return YOKE_OK;
}

/* With the lock: whether it is let go with this handle. */
static bool give_back(struct yoke_remote *job)
{
    struct keyed *keyed = job->keyed;
    if (!keyed || --keyed->handles > 0 || keyed->gone || !keyed->seen || !job->ledger->let_go)
        return false;
    if (keyed_leave(job->ledger, job))
        ledger_unhold(job->ledger, job);
    return true;
}

void yoke_remote_release(yoke_remote *job)
{
    if (!job)
        return;
    struct ledger *ledger = job->ledger;
    pthread_mutex_lock(&ledger->lock);
    void (*let_go)(void *, const yoke_remote *) = ledger->let_go;
    if (!give_back(job))
        let_go = NULL;
    ledger->calls += let_go != NULL;
    pthread_mutex_unlock(&ledger->lock);
    if (let_go) {
        let_go(ledger->context, job);
        end_call(ledger);
    }
    ledger_drop(job);
}
