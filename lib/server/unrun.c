#include "unrun.h"

#include "base/delay.h"
#include "base/error.h"
#include "blocked.h"
#include "callback.h"
#include "enqueue.h"
#include "fork.h"
#include "guest.h"
#include "outside.h"
#include "server.h"
#include "waiters.h"

void unrun_finish(yoke_job *job)
{
    yoke_server *server = job->server;
    atomic_store_explicit(&job->runner, self.worker, memory_order_release);
    if (server->trace.on)
        trace_unrun(&server->trace, job);
    delay_here();
    if (!callback_run(job))
        atomic_fetch_add(&server->callbacks_failed, 1);
    delay_here();
    job_settle(job);
    /* The last job that is counted lets a close go on, and the server may be freed then; but not
     * before blocked_quiesce(). Likewise for the guest: nobody looks at it any more. */
    blocked_lock();
    atomic_fetch_add(&server->unrun_settled, 1);
    waiters_tell(server);
    blocked_unlock();
}

void unrun_hand_over(yoke_job *job)
{
    if (job->callback)
        enqueue_again(job);
    else
        unrun_finish(job);
}

/* ---- cancelling ------------------------------------------------------------------------------ */

static const struct verdict cancelled = {YOKE_STATE_CANCELLED, YOKE_CANCELLED,
                                         "the job was cancelled before it started", false};

yoke_status yoke_job_cancel(yoke_job *job)
{
    if (!job)
        return error_set(YOKE_INVALID, "job is NULL; pass the handle from yoke_submit()");
    if (job->generation != fork_generation())
        return error_set(YOKE_FORKED, "job \"%s\" belongs to the parent of this process",
                         job_name(job));
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
        unrun_finish(job);
        guest_leave(&guest);
    }
    return YOKE_OK;
}
