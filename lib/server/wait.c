#include "wait.h"

#include "after.h"
#include "base/error.h"
#include "fork.h"
#include "parking.h"
#include "run.h"
#include "server.h"

/* How long a waiting thread looks at the job before it sleeps: a sleep and a wake-up cost it more
 * than that. A worker looks longer, since its sleep also costs a stand-in. */
enum { HOST_SPIN_NANOSECONDS = 5000, WORKER_SPIN_NANOSECONDS = 20000 };

/* ---- who waits for whom ---------------------------------------------------------------------- */

/* Under this lock: `blocked_on` of every worker of every server, and whatever follows it. A worker
 * blocks rarely, so one lock will do, and jobs may wait for jobs of other servers. */
static struct lock graph;

void wait_reset(void)
{
    atomic_store(&graph.word, LOCK_FREE);
}

void wait_lock(void)
{
    lock_take(&graph);
}

void wait_unlock(void)
{
    lock_give(&graph);
}

void wait_quiesce(void)
{
    wait_lock();
    wait_unlock();
}

static uint64_t searches;

/* Whether the job can end without a worker that has been visited. A job ends when the worker that
 * claimed it comes back to it; that worker may be blocked on jobs that others claimed, and so on:
 * it goes on as soon as any of them ends. So it is a matter of finding a way from the job to a
 * worker that is not blocked, past those that are. */
static bool can_end(const yoke_job *job)
{
    if (job_settled(job) || job_state(job) == YOKE_STATE_QUEUED)
        return true;
    struct worker *runner = atomic_load(&job->runner);
    if (runner->visited == searches)
        return false;
    runner->visited = searches;
    for (size_t i = 0; i < runner->blocked_count; i++)
        if (can_end(runner->blocked_on[i]))
            return true;
    return !runner->blocked_count;
}

/* Refuses a wait after which nobody could ever go on: `worker` for any of the jobs. */
static bool graph_enter(struct worker *worker, yoke_job *const *jobs, size_t count)
{
    lock_take(&graph);
    worker->visited = ++searches;
    bool allowed = false;
    for (size_t i = 0; i < count && !allowed; i++)
        allowed = can_end(jobs[i]);
    if (allowed) {
        worker->blocked_on = jobs;
        worker->blocked_count = count;
    }
    lock_give(&graph);
    return allowed;
}

static void graph_leave(struct worker *worker)
{
    lock_take(&graph);
    worker->blocked_on = NULL;
    worker->blocked_count = 0;
    lock_give(&graph);
}

static yoke_status refuse(yoke_job *const *jobs, size_t count)
{
    return error_set(YOKE_DEADLOCK,
                     "job \"%s\"%s cannot end before the job that wants to wait for it does",
                     job_name(jobs[0]), count > 1 ? " and the others" : "");
}

static yoke_status timed_out(yoke_job *const *jobs, size_t count)
{
    return error_set(YOKE_TIMED_OUT, "job \"%s\"%s has not ended within the time given",
                     job_name(jobs[0]), count > 1 ? ", and none of the others," : "");
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

/* Runs the job that the caller has claimed. A worker that got here by helping with a job's OpenMP
 * tasks has no number yet. */
static void run_inside(struct worker *worker, yoke_job *job)
{
    bool helper = worker->number == NUMBER_NONE;
    if (helper)
        parking_take_number(worker);
    run_job(worker, job, 0);
    if (helper)
        parking_give_number(worker);
}

/* Sleeps as a member of its team, or as a guest. */
static yoke_status block(struct worker *worker, yoke_job *const *jobs, size_t count,
                         int64_t deadline, size_t *found)
{
    if (!graph_enter(worker, jobs, count))
        return refuse(jobs, count);
    int64_t start = os_now();
    bool numbered = worker->number != NUMBER_NONE;
    if (worker->team)
        parking_block(worker);
    *found = job_sleep(jobs, count, deadline);
    if (worker->team)
        parking_resume(worker);
    if (numbered)
        parking_take_number(worker);
    worker->inner += os_now() - start;
    graph_leave(worker);
    return *found < count ? YOKE_OK : timed_out(jobs, count);
}

/* Looks for jobs of which the calling thread runs the callback, which may take them for ended; and
 * refuses to wait when it is running them all. */
static yoke_status look_inside(yoke_job *const *jobs, size_t count, size_t *found)
{
    size_t inside = 0;
    for (size_t i = 0; i < count; i++) {
        const struct frame *frame = frame_of(jobs[i]);
        if (frame && frame->callback) {
            *found = i;
            return YOKE_OK;
        }
        inside += frame != NULL;
    }
    return inside == count ? refuse(jobs, count) : YOKE_OK;
}

static size_t claim_and_run(struct worker *worker, yoke_job *const *jobs, size_t count)
{
    size_t i = 0;
    while (i < count && !(jobs[i]->server == worker->server && queue_take(jobs[i], worker)))
        i++;
    if (i < count)
        run_inside(worker, jobs[i]);
    return i;
}

static yoke_status wait_for_any(yoke_job *const *jobs, size_t count, yoke_duration timeout,
                                size_t *found);

/* Waits for what the job comes after, one by one, so that no deadlock goes unnoticed. */
static yoke_status wait_for_turn(yoke_job *job, int64_t deadline)
{
    yoke_status status = YOKE_OK;
    for (yoke_job *other; status == YOKE_OK && (other = after_hold_predecessor(job));) {
        size_t found;
        int64_t left = deadline < 0 ? YOKE_FOREVER : deadline - os_now();
        status = wait_for_any(&other, 1, deadline >= 0 && left < 0 ? 0 : left, &found);
        job_release(other, 1);
    }
    return status;
}

static yoke_status wait_as_worker(struct worker *worker, yoke_job *const *jobs, size_t count,
                                  yoke_duration timeout, size_t *found)
{
    yoke_status status = look_inside(jobs, count, found);
    if (status != YOKE_OK || *found < count)
        return status;
    if (timeout == 0)
        return timed_out(jobs, count);
    int64_t deadline = os_deadline(timeout);
    if (count == 1 && (status = wait_for_turn(jobs[0], deadline)) != YOKE_OK)
        return status;
    if (worker->team)
        *found = claim_and_run(worker, jobs, count);
    if (*found == count)
        *found = job_spin(jobs, count, WORKER_SPIN_NANOSECONDS);
    return *found < count ? YOKE_OK : block(worker, jobs, count, deadline, found);
}

static yoke_status wait_as_host(yoke_job *const *jobs, size_t count, yoke_duration timeout,
                                size_t *found)
{
    if (timeout == 0)
        return timed_out(jobs, count);
    if (self.called) {
        self.called = false;
        self.hands_off = true;
    }
    int64_t deadline = os_deadline(timeout);
    *found = job_spin(jobs, count, HOST_SPIN_NANOSECONDS);
    if (*found == count)
        *found = job_sleep(jobs, count, deadline);
    return *found < count ? YOKE_OK : timed_out(jobs, count);
}

static yoke_status wait_for_any(yoke_job *const *jobs, size_t count, yoke_duration timeout,
                                size_t *found)
{
    *found = job_find_settled(jobs, count);
    if (*found < count)
        return YOKE_OK;
    if (self.worker)
        return wait_as_worker(self.worker, jobs, count, timeout, found);
    return wait_as_host(jobs, count, timeout, found);
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
        int64_t left = deadline < 0 ? YOKE_FOREVER : deadline - os_now();
        status = wait_for_any(&jobs[i], 1, left < 0 && deadline >= 0 ? 0 : left, &found);
    }
    return status;
}
