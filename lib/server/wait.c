#include "wait.h"

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

/* Whether `job` can only end after `waiter` goes on. A job ends when the worker that claimed it
 * comes back to it; that worker may be blocked on a job that another worker claimed, and so on.
 * The chain ends because no wait is ever allowed to close it to a ring. */
static bool leads_back(const yoke_job *job, const struct worker *waiter)
{
    while (job && !job_settled(job) && job_state(job) != YOKE_STATE_QUEUED) {
        const struct worker *runner = atomic_load(&job->runner);
        if (runner == waiter)
            return true;
        job = runner->blocked_on;
    }
    return false;
}

static bool graph_enter(struct worker *worker, yoke_job *job)
{
    lock_take(&graph);
    bool allowed = !leads_back(job, worker);
    if (allowed)
        worker->blocked_on = job;
    lock_give(&graph);
    return allowed;
}

static void graph_leave(struct worker *worker)
{
    lock_take(&graph);
    worker->blocked_on = NULL;
    lock_give(&graph);
}

static yoke_status refuse(const yoke_job *job)
{
    return error_set(YOKE_DEADLOCK,
                     "job \"%s\" cannot end before the job that wants to wait for it does",
                     job->name);
}

static yoke_status timed_out(const yoke_job *job)
{
    return error_set(YOKE_TIMED_OUT, "job \"%s\" has not ended within the time given", job->name);
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

/* Sleeps as a member of its team, or as the thread that closes the server (without a team). */
static yoke_status block(struct worker *worker, yoke_job *job, int64_t deadline)
{
    if (!graph_enter(worker, job))
        return refuse(job);
    int64_t start = os_now();
    bool numbered = worker->number != NUMBER_NONE;
    if (worker->team)
        parking_block(worker);
    bool settled = job_sleep(job, deadline);
    if (worker->team)
        parking_resume(worker);
    if (numbered)
        parking_take_number(worker);
    worker->inner += os_now() - start;
    graph_leave(worker);
    return settled ? YOKE_OK : timed_out(job);
}

static yoke_status wait_as_worker(struct worker *worker, yoke_job *job, yoke_duration timeout)
{
    const struct frame *frame = frame_of(job);
    if (frame)
        return frame->callback ? YOKE_OK : refuse(job);
    if (timeout == 0)
        return timed_out(job);
    if (worker->team && job->server == worker->server && queue_take(job, worker)) {
        run_inside(worker, job);
        return YOKE_OK;
    }
    int64_t deadline = os_deadline(timeout);
    if (job_spin(job, WORKER_SPIN_NANOSECONDS))
        return YOKE_OK;
    return block(worker, job, deadline);
}

static yoke_status wait_as_host(yoke_job *job, yoke_duration timeout)
{
    if (timeout == 0)
        return timed_out(job);
    int64_t deadline = os_deadline(timeout);
    if (job_spin(job, HOST_SPIN_NANOSECONDS) || job_sleep(job, deadline))
        return YOKE_OK;
    return timed_out(job);
}

yoke_status yoke_job_wait(yoke_job *job, yoke_duration timeout)
{
    if (!job)
        return error_set(YOKE_INVALID, "job is NULL; pass the handle from yoke_submit()");
    if (timeout < 0 && timeout != YOKE_FOREVER)
        return error_set(YOKE_INVALID, "timeout is %lld ns; it must be 0 or more, or YOKE_FOREVER",
                         (long long)timeout);
    if (job->generation != fork_generation())
        return error_set(YOKE_FORKED,
                         "job \"%s\" belongs to the parent of this process; submit "
                         "it to a server that this process has opened",
                         job->name);
    if (job_settled(job))
        return YOKE_OK;
    if (self.worker)
        return wait_as_worker(self.worker, job, timeout);
    return wait_as_host(job, timeout);
}
