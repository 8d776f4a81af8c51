/* Waiting for jobs, inside jobs and outside.
 *
 * Outside of jobs a thread sleeps until the job has ended; the only thing that it may do itself is
 * call a callback that is due. Inside a job it does what it waits for:
 *
 *   1. A job that is queued it runs itself, and a callback that is due it calls: see run_here.h.
 *   2. For a job whose turn has not come, it does the same for one of its predecessors, see path.h.
 *   3. When nothing of that kind is to be done, other threads are at all jobs that it waits for. It
 * makes room for a stand-in, and sleeps until that changes.
 *
 * So a thread sleeps only for jobs that other threads are at, and these threads in turn sleep only
 * for jobs of further ones. If that chain leads back to the thread itself, its wait is refused
 * (blocked.h). Therefore every chain of waits ends in a job that runs, however many jobs wait, on
 * however many servers. */
#include <stdlib.h>

#include "absence.h"
#include "base/delay.h"
#include "base/error.h"
#include "path.h"
#include "run_here.h"
#include "server/jobs/fork.h"
#include "server/jobs/watch.h"
#include "server/lifecycle/blocked.h"
#include "server/lifecycle/helping.h"
#include "server/scheduler/keys.h"
#include "server/scheduler/wake.h"
#include "server/server.h"

/* How long a waiting thread looks at the job before it sleeps: a sleep and a wake-up cost it more
 * than that. A worker looks longer, since its sleep also costs a stand-in. */
enum { HOST_SPIN_NANOSECONDS = 5000, WORKER_SPIN_NANOSECONDS = 20000 };

struct wait {
    yoke_job *const *jobs;
    size_t count;
    int64_t deadline;
    bool spun;     /* has looked at the jobs for a while */
    bool watching; /* has set JOB_WATCHED in all of them, as spinning was not enough */
    bool asked;    /* has asked for which servers' kernels the thread runs a task: so many, these */
    unsigned helps;
    yoke_server *helped[HELPING_SERVERS];
    /* Inside a job: */
    struct path *paths; /* one for each */
    yoke_job **ends;    /* the jobs where these ended when they were walked last */
    unsigned stuck;     /* watch_count(WATCH_STUCK) then */
    struct path path;   /* for a single job */
    yoke_job *end;
};

static yoke_status refuse(yoke_job *const *jobs, size_t count)
{
    return error_set(YOKE_DEADLOCK,
                     "job \"%s\"%s cannot end before the job that wants to wait for it does",
                     job_name(jobs[0]), count > 1 ? " and the others" : "");
}

static yoke_status refuse_depth(void)
{
    return error_set(YOKE_NO_MEMORY, "jobs that run each other while they wait have used up the "
                                     "thread's stack; raise OMP_STACKSIZE, or wait less deeply");
}

static yoke_status timed_out(yoke_job *const *jobs, size_t count)
{
    return error_set(YOKE_TIMED_OUT, "job \"%s\"%s has not ended within the time given",
                     job_name(jobs[0]), count > 1 ? ", and none of the others," : "");
}

/* ---- doing what one waits for ---------------------------------------------------------------- */

/* Does something for one of the jobs; false when there is nothing to do. */
static bool make_progress(struct wait *wait)
{
    wait->stuck = watch_count(WATCH_STUCK);
    for (size_t i = 0; i < wait->count; i++) {
        yoke_job *end = wait->jobs[i];
        if (wait->paths)
            end = wait->ends[i] = path_walk(&wait->paths[i]);
        delay_here();
        if (run_here(end))
            return true;
    }
    return false;
}

/* ---- sleeping -------------------------------------------------------------------------------- */

/* Whether a look at the jobs may show more than the latest one did. */
static bool has_changed(const struct wait *wait)
{
    if (job_find_settled(wait->jobs, wait->count) < wait->count)
        return true;
    if (!wait->paths) {
        for (size_t i = 0; i < wait->count; i++)
            if (job_word(wait->jobs[i]) & JOB_RETURNED)
                return true;
        return false;
    }
    for (size_t i = 0; i < wait->count; i++)
        if (path_has_changed(&wait->paths[i]))
            return true;
    return wait->stuck != watch_count(WATCH_STUCK);
}

static void watch_jobs(struct wait *wait)
{
    wait->watching = true;
    /* First a watcher, then the flags: a thread that finds the flag must find the watcher. */
    watch_enter();
    delay_here();
    for (size_t i = 0; i < wait->count; i++)
        atomic_fetch_or_explicit(&wait->jobs[i]->state, JOB_WATCHED, memory_order_acq_rel);
}

/* Whether it is a single job that has started, and not one at the end of a path: then the thread
 * sleeps on the job's own word, and not on that of all watchers. */
static bool is_alone(const struct wait *wait)
{
    if (wait->count > 1)
        return false;
    return !wait->paths ||
           (!wait->paths->count && (wait->paths->end_word & JOB_STATE) != YOKE_STATE_QUEUED);
}

/* Until something has changed since `seen`; false when the deadline has passed. */
static bool sleep_until_changed(const struct wait *wait, unsigned seen)
{
    if (!wait->watching)
        return job_sleep(wait->jobs[0], wait->deadline);
    while (watch_sleep(seen, wait->deadline)) {
        seen = watch_look();
        if (has_changed(wait))
            return true;
    }
    return false;
}

/* ---- making room for stand-ins --------------------------------------------------------------- */

/* A thread that waits in an OpenMP task keeps the kernel of that task waiting, which has a permit.
 * So proxies may do without one from now on: see proxy.h. */
static bool begin_to_help(struct wait *wait)
{
    wait->asked = true;
    wait->helps = helping_servers(self.worker->thread_worker, wait->helped);
    if (!wait->helps)
        return false;
    for (unsigned i = 0; i < wait->helps; i++)
        atomic_fetch_add(&wait->helped[i]->helpers_blocked, 1);
    watch_tell(WATCH_STUCK);
    return true;
}

/* Sleeps as a worker; refused when the jobs wait for the calling thread. */
static yoke_status block(const struct wait *wait, unsigned seen, bool *in_time)
{
    if (!blocked_enter(wait->ends, wait->count))
        return refuse(wait->jobs, wait->count);
    int64_t start = os_now();
    absence_begin();
    delay_here();
    *in_time = sleep_until_changed(wait, seen);
    delay_here();
    absence_end();
    self.worker->thread_worker->inner += os_now() - start;
    blocked_leave();
    return YOKE_OK;
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* The frame of `job` on the calling thread, or NULL. */
static const struct frame *frame_of(const yoke_job *job)
{
    const struct frame *frame = self.frame;
    while (frame && frame->job != job)
        frame = frame->outer;
    return frame;
}

/* Whether the thread is inside the callback of the job, for which the job counts as ended: it
 * called the callback, or it runs an OpenMP task that the callback made on another thread. */
static bool is_in_callback(const yoke_job *job, const struct frame *frame)
{
    if (frame)
        return frame->callback;
    yoke_state state = job_state(job);
    return state != YOKE_STATE_QUEUED && state != YOKE_STATE_RUNNING &&
           helping_is_inside(self.worker->thread_worker, job);
}

/* Looks for jobs inside whose callback the calling thread is; and refuses to wait when it is
 * running them all. */
static yoke_status look_inside(yoke_job *const *jobs, size_t count, size_t *found)
{
    size_t inside = 0;
    for (size_t i = 0; i < count; i++) {
        const struct frame *frame = frame_of(jobs[i]);
        if (is_in_callback(jobs[i], frame)) {
            *found = i;
            return YOKE_OK;
        }
        inside += frame != NULL;
    }
    return inside == count ? refuse(jobs, count) : YOKE_OK;
}

static yoke_status wait_open(struct wait *wait)
{
    if (!self.worker)
        return YOKE_OK;
    wait->paths = &wait->path;
    wait->ends = &wait->end;
    if (wait->count > 1) {
        wait->paths = calloc(wait->count, sizeof *wait->paths);
        wait->ends = calloc(wait->count, sizeof(yoke_job *));
        if (!wait->paths || !wait->ends) {
            free(wait->paths), free(wait->ends);
            return error_set(YOKE_NO_MEMORY, "no memory to wait for %zu jobs", wait->count);
        }
    }
    for (size_t i = 0; i < wait->count; i++)
        path_open(&wait->paths[i], wait->jobs[i]);
    return YOKE_OK;
}

static void wait_close(struct wait *wait)
{
    if (wait->watching)
        watch_leave();
    while (wait->helps)
        atomic_fetch_sub(&wait->helped[--wait->helps]->helpers_blocked, 1);
    if (!wait->paths)
        return;
    for (size_t i = 0; i < wait->count; i++)
        path_close(&wait->paths[i]);
    if (wait->paths != &wait->path) {
        free(wait->paths);
        free(wait->ends);
    }
}

/* A thread that goes to sleep leaves its core to the worker it has called: see wake_at_core(). */
static void lend_core(void)
{
    if (!self.worker && self.called) {
        self.called = false;
        self.hands_off = true;
    }
}

/* Jobs that run elsewhere come back after a time that is long beside any spinning; and the thread
 * would keep the core from whoever is to send them. */
static bool are_elsewhere(const struct wait *wait)
{
    size_t i = 0;
    while (i < wait->count && job_is_elsewhere(wait->jobs[i]))
        i++;
    return i == wait->count;
}

/* Looks for a job that is settled, or does something for one; `*in_time` says whether to go on. */
static yoke_status wait_on(struct wait *wait, unsigned seen, size_t *found, bool *in_time)
{
    if (!wait->spun) {
        wait->spun = true;
        lend_core();
        if (are_elsewhere(wait))
            return YOKE_OK;
        *found = job_spin(wait->jobs, wait->count,
                          self.worker ? WORKER_SPIN_NANOSECONDS : HOST_SPIN_NANOSECONDS);
        return YOKE_OK;
    }
    if (!wait->watching && !is_alone(wait)) {
        watch_jobs(wait);
        return YOKE_OK;
    }
    if (self.worker && !wait->asked && begin_to_help(wait))
        return YOKE_OK;
    if (self.worker)
        return block(wait, seen, in_time);
    *in_time = sleep_until_changed(wait, seen);
    return YOKE_OK;
}

static yoke_status wait_until(struct wait *wait, size_t *found)
{
    yoke_status status = YOKE_OK;
    for (bool in_time = true; status == YOKE_OK;) {
        unsigned seen = watch_look();
        *found = job_find_settled(wait->jobs, wait->count);
        if (*found < wait->count)
            return YOKE_OK;
        if (!in_time)
            return timed_out(wait->jobs, wait->count);
        if (make_progress(wait))
            in_time = wait->deadline < 0 || os_now() < wait->deadline;
        else if ((status = wait_on(wait, seen, found, &in_time)) == YOKE_OK && *found < wait->count)
            return YOKE_OK;
    }
    return status;
}

/* Not inlined into wait_for_any(): jobs run inside that one, and each would have this large frame
 * on the stack as well. */
__attribute__((noinline)) static yoke_status wait_long(yoke_job *const *jobs, size_t count,
                                                       yoke_duration timeout, size_t *found)
{
    struct wait wait;
    wait.jobs = jobs;
    wait.count = count;
    wait.deadline = os_deadline(timeout);
    wait.spun = wait.watching = wait.asked = false;
    wait.helps = 0;
    wait.paths = NULL;
    yoke_status status = wait_open(&wait);
    if (status != YOKE_OK)
        return status;
    status = wait_until(&wait, found);
    wait_close(&wait);
    return status;
}

static yoke_status wait_unseen(yoke_job *const *jobs, size_t count, yoke_duration timeout,
                               size_t *found)
{
    *found = job_find_settled(jobs, count);
    if (*found < count)
        return YOKE_OK;
    yoke_status status = self.worker ? look_inside(jobs, count, found) : YOKE_OK;
    if (status != YOKE_OK || *found < count)
        return status;
    if (timeout == 0)
        return timed_out(jobs, count);
    if (self.worker && os_stack_is_low())
        return refuse_depth();
    if (count == 1 && self.worker && run_here(jobs[0])) {
        *found = 0;
        return YOKE_OK;
    }
    return wait_long(jobs, count, timeout, found);
}

static yoke_status wait_for_any(yoke_job *const *jobs, size_t count, yoke_duration timeout,
                                size_t *found)
{
    yoke_status status = wait_unseen(jobs, count, timeout, found);
    if (status == YOKE_OK && job_is_keyed(jobs[*found]))
        keys_note_seen(jobs[*found]);
    return status;
}

/* ---- the calls ------------------------------------------------------------------------------- */

static yoke_status check(yoke_job *const *jobs, size_t count, yoke_duration timeout)
{
    if (!jobs && count)
        return error_set(YOKE_INVALID, "jobs is NULL; pass an array of %zu handles", count);
    for (size_t i = 0; i < count; i++) {
        if (!jobs[i])
            return error_set(YOKE_INVALID, "job is NULL; pass the handle from yoke_submit()");
        if (jobs[i]->generation != fork_generation())
            return error_set(YOKE_FORKED,
                             "job \"%s\" belongs to the parent of this process; submit "
                             "it to a server that this process has opened",
                             job_name(jobs[i]));
    }
    if (timeout < 0 && timeout != YOKE_FOREVER)
        return error_set(YOKE_INVALID, "timeout is %lld ns; it must be 0 or more, or YOKE_FOREVER",
                         (long long)timeout);
    return YOKE_OK;
}

yoke_status yoke_job_wait(yoke_job *job, yoke_duration timeout)
{
    size_t found;
    yoke_status status = check(&job, 1, timeout);
    return status == YOKE_OK ? wait_for_any(&job, 1, timeout, &found) : status;
}

yoke_status yoke_wait_any(yoke_job *const *jobs, size_t count, yoke_duration timeout, size_t *index)
{
    if (!count)
        return error_set(YOKE_INVALID, "none of 0 jobs will ever end; pass one at least");
    size_t found;
    yoke_status status = check(jobs, count, timeout);
    if (status == YOKE_OK)
        status = wait_for_any(jobs, count, timeout, &found);
    if (status == YOKE_OK && index)
        *index = found;
    return status;
}

yoke_status yoke_wait_all(yoke_job *const *jobs, size_t count, yoke_duration timeout)
{
    yoke_status status = check(jobs, count, timeout);
    int64_t deadline = os_deadline(timeout);
    for (size_t i = 0; i < count && status == YOKE_OK; i++) {
        size_t found;
        /* Past the deadline it still looks: the remaining jobs may have ended in time. */
        int64_t left = deadline < 0 ? YOKE_FOREVER : deadline - os_now();
        status = wait_for_any(&jobs[i], 1, left < 0 && deadline >= 0 ? 0 : left, &found);
    }
    return status;
}
