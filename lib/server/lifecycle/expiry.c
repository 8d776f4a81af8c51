/* Ends jobs whose deadline has passed and tells running ones to leave: see expiry.h. */
#include "expiry.h"

#include "base/delay.h"
#include "external.h"
#include "server/scheduler/executor.h"
#include "server/scheduler/timer.h"
#include "server/server.h"
#include "settle.h"

static const struct outcome too_late = {YOKE_STATE_TIMED_OUT, YOKE_TIMED_OUT,
                                        "the job's deadline passed before it started", false};

/* Raises the flags of jobs whose time is over; those that were queued have ended: a list linked by
 * `next`. Jobs with an alarm are not settled, so they stay while the lock is held. */
static yoke_job *go_off(struct timer *timer)
{
    yoke_job *ended = NULL;
    int64_t now = os_now();
    lock_take(&timer->lock);
    while (timer->count && timer->heap[0].time <= now) {
        yoke_job *job = timer->heap[0].job;
        timer_unset(timer, job);
        atomic_fetch_or_explicit(&job->flags, JOB_STOP_TIMED_OUT, memory_order_relaxed);
        delay_here();
        if (queue_end(job, &too_late)) {
            job->next = ended;
            ended = job;
        }
    }
    timer_announce(timer);
    lock_give(&timer->lock);
    return ended;
}

void expiry_run(yoke_server *server, const struct team *team)
{
    struct timer *timer = &server->timer;
    /* One dispatcher of a server is enough, and without an alarm that is due no lock is taken. */
    if (atomic_load(&timer->team) != team || atomic_load(&timer->next) > os_now())
        return;
    struct worker external;
    external_enter(&external, server);
    for (yoke_job *job = go_off(timer), *next; job; job = next) {
        next = job->next;
        delay_here();
        settle_or_enqueue(job); /* no callbacks here: the dispatcher must not be held up */
    }
    executor_stop(server);
    external_leave(&external);
}
