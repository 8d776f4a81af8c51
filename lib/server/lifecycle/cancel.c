/* Cancelling jobs, queued or running. */
#include "base/delay.h"
#include "base/error.h"
#include "blocked.h"
#include "external.h"
#include "server/jobs/fork.h"
#include "server/scheduler/executor.h"
#include "server/scheduler/keys.h"
#include "server/server.h"
#include "settle.h"

static const struct outcome cancelled = {YOKE_STATE_CANCELLED, YOKE_CANCELLED,
                                         "the job was cancelled before it started", false};

yoke_status yoke_job_cancel(yoke_job *job)
{
    if (!job)
        return error_set(YOKE_INVALID, "job is NULL; pass the handle from yoke_submit()");
    if (job->generation != fork_generation())
        return error_set(YOKE_FORKED, "job \"%s\" belongs to the parent of this process",
                         job_name(job));
    if (job_is_keyed(job))
        keys_note_cancelled(job);
    atomic_fetch_or_explicit(&job->flags, JOB_STOP_CANCELLED, memory_order_relaxed);
    delay_here();
    /* A running kernel looks at the flag itself; only an executor must be told. */
    if (job_state(job) != YOKE_STATE_QUEUED && !executor_exists())
        return YOKE_OK;
    struct worker external;
    blocked_lock(); /* the server of a job that is not settled is not freed meanwhile */
    bool alive = !job_settled(job);
    bool ended = alive && queue_end(job, &cancelled);
    if (alive && !ended)
        executor_stop(job->server);
    blocked_unlock();
    if (ended) {
        external_enter(&external, job->server);
        settle_never_started(job);
        external_leave(&external);
    }
    return YOKE_OK;
}
