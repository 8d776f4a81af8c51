/* Cancelling jobs, queued or running. */
#include "base/delay.h"
#include "base/error.h"
#include "blocked.h"
#include "fork.h"
#include "guest.h"
#include "keys.h"
#include "outside.h"
#include "server.h"
#include "settle.h"

static const struct verdict cancelled = {YOKE_STATE_CANCELLED, YOKE_CANCELLED,
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
    if (job_state(job) != YOKE_STATE_QUEUED && !outside_exists())
        return YOKE_OK;
    struct worker guest;
    blocked_lock(); /* so that its server is not freed under our hands */
    bool alive = !job_settled(job);
    bool ended = alive && queue_end(job, &cancelled);
    if (alive && !ended)
        outside_stop(job->server);
    blocked_unlock();
    if (ended) {
        guest_enter(&guest, job->server);
        settle_unrun(job);
        guest_leave(&guest);
    }
    return YOKE_OK;
}
