/* Settles jobs that have ended, and passes on to the jobs after them: each gets nearer to its turn,
 * or ends too. See settle.h. */
#include "settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/delay.h"
#include "blocked.h"
#include "callback.h"
#include "enqueue.h"
#include "external.h"
#include "server/jobs/addresses.h"
#include "server/jobs/after.h"
#include "server/jobs/membership.h"
#include "server/jobs/waiters.h"
#include "server/jobs/watch.h"
#include "server/scheduler/keys.h"
#include "server/scheduler/timer.h"
#include "server/server.h"

/* ---- whose turn it is ------------------------------------------------------------------------ */

static char *explain(const yoke_job *from)
{
    char line[256];
    snprintf(line, sizeof line, "job \"%.128s\", which this one comes after, is not done: %s",
             job_name(from), yoke_status_text(from->status));
    return strdup(line);
}

/* Ends a dependent job because `from` is not done; false when it has ended before. */
static bool end_with(yoke_job *job, const yoke_job *from)
{
    bool fail = job_extras(job)->after->policy == YOKE_AFTER_FAIL;
    char *message = explain(from);
    struct outcome outcome = {
        .state = fail ? YOKE_STATE_FAILED : YOKE_STATE_CANCELLED,
        .status = fail ? from->status : YOKE_CANCELLED,
        .message = message ? message : "a job that this one comes after is not done",
        .message_owned = message != NULL,
    };
    bool ended = queue_end(job, &outcome);
    if (!ended)
        free(message);
    return ended;
}

static void settle_followers(yoke_job *job);

/* The job may have passed, which those after it by an address wait for: see addresses.h. */
static void pass_if_due(yoke_job *job)
{
    const struct after *after = job_extras(job)->after;
    bool asked;
    if (!after || !after->accesses || !after_pass(job, &asked))
        return;
    addresses_leave(job);
    settle_followers(job);
    after_forget_ordered(job);
    if (asked)
        watch_tell(WATCH_DEPENDENT);
}

static void take_turn(yoke_job *job)
{
    enqueue_dependent(job);
    pass_if_due(job);
}

/* `from` has settled, or passed: the job after it ends, or is one step nearer to its turn. */
static void pass_on(const struct dependency *dependency)
{
    yoke_job *job = dependency->to;
    const yoke_job *from = dependency->from;
    bool go_on = dependency->ordered || job_state(from) == YOKE_STATE_DONE ||
                 job_extras(job)->after->policy == YOKE_AFTER_RUN;
    if (!go_on && end_with(job, from))
        settle_or_enqueue(job);
    if (after_count_down(job))
        take_turn(job);
}

/* What the calling thread has still to pass on. Ending one job may settle it and so reach the jobs
 * after it; a list instead of recursion takes chains of any length. */
static _Thread_local struct {
    struct dependency *first;
    bool busy;
} turns;

static void pass_on_all(void)
{
    turns.busy = true;
    for (struct dependency *dependency; (dependency = turns.first);) {
        yoke_job *from = dependency->from, *to = dependency->to;
        turns.first = dependency->next;
        delay_here();
        pass_on(dependency);
        job_release(from, 1);
        job_release(to, 1);
    }
    turns.busy = false;
}

static void settle_followers(yoke_job *job)
{
    struct dependency *dependencies = after_take_followers(job);
    for (struct dependency *next; dependencies; dependencies = next) {
        next = dependencies->next;
        /* pass_on() reads the job, which may be freed by then otherwise. */
        atomic_fetch_add_explicit(&job->references, 1, memory_order_relaxed);
        dependencies->next = turns.first;
        turns.first = dependencies;
    }
    if (!turns.busy)
        pass_on_all();
}

/* ---- settling -------------------------------------------------------------------------------- */

void settle_job(yoke_job *job)
{
    /* Most jobs have none of what these three look for. */
    bool has_extras = job_extras(job);
    if (has_extras) {
        timer_forget(job); /* first: jobs with an alarm are not settled, see expiry.c */
        after_forget(job);
    }
    delay_here();
    /* Waiters may go on from here, and release their reference. The server's reference keeps the
     * job for the steps below. */
    unsigned old = atomic_fetch_or_explicit(&job->state, JOB_SETTLED, memory_order_acq_rel);
    debug_assert((old & JOB_STATE) >= YOKE_STATE_DONE && !(old & (JOB_SETTLED | JOB_RETURNED)));
    job_tell_waiters(job, old);
    delay_here();
    if (has_extras) {
        membership_leave(job);
        pass_if_due(job);
    }
    delay_here();
    if (job_is_keyed(job))
        keys_note_settled(job);
    if (old & JOB_FOLLOWED)
        settle_followers(job);
    job_release(job, 1);
}

/* All but the counting. */
static void finish_unrun(yoke_job *job)
{
    yoke_server *server = job->server;
    atomic_store_explicit(&job->runner, self.worker, memory_order_release);
    if (server->trace.on)
        trace_never_started(&server->trace, job);
    delay_here();
    if (!callback_run(job))
        atomic_fetch_add(&server->callbacks_failed, 1);
    delay_here();
    settle_job(job);
}

void settle_count(yoke_server *server, uint64_t jobs)
{
    /* Counting the last job lets a close go on, and then the server may be freed; but the release
     * takes this lock first, see blocked_quiesce(). And when the lock is given no search looks at
     * the caller's external thread any more. */
    blocked_lock();
    atomic_fetch_add(&server->never_started_settled, jobs);
    waiters_tell(server);
    blocked_unlock();
}

void settle_never_started(yoke_job *job)
{
    yoke_server *server = job->server;
    finish_unrun(job);
    settle_count(server, 1);
}

bool settle_uncounted(yoke_job *job)
{
    bool settled = !job->callback;
    if (settled)
        finish_unrun(job);
    else
        enqueue_again(job);
    return settled;
}

void settle_or_enqueue(yoke_job *job)
{
    yoke_server *server = job->server;
    if (settle_uncounted(job))
        settle_count(server, 1);
}

void settle_predecessors(yoke_job *job)
{
    struct worker external;
    external_enter(&external, job->server);
    struct after *after = job_extras(job)->after;
    for (size_t i = 0; i < after->count; i++) {
        if (!after_link(&after->dependencies[i]))
            pass_on(&after->dependencies[i]);
    }
    delay_here();
    bool asked;
    if (after_finish_linking(job, &asked))
        take_turn(job);
    if (asked)
        watch_tell(WATCH_DEPENDENT);
    external_leave(&external);
}
