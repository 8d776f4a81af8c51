#include "blocked.h"

#include "base/lock.h"
#include "worker.h"

/* Under this lock: `blocked_on` of every worker of every server, and whatever follows it. A worker
 * blocks rarely, so one lock will do, and jobs may wait for jobs of other servers. */
static struct lock graph;

void blocked_reset(void)
{
    atomic_store(&graph.word, LOCK_FREE);
}

void blocked_lock(void)
{
    lock_take(&graph);
}

void blocked_unlock(void)
{
    lock_give(&graph);
}

void blocked_quiesce(void)
{
    blocked_lock();
    blocked_unlock();
}

static uint64_t searches;

/* Whether the job can end without a thread that has been visited. A job ends when the thread that
 * claimed it comes back to it; that thread may be blocked on jobs that others claimed, and so on:
 * it goes on as soon as any of them ends. So it is a matter of finding a way from the job to a
 * thread that is not blocked, past those that are. */
static bool can_end(const yoke_job *job)
{
    if (job_settled(job) || job_state(job) == YOKE_STATE_QUEUED)
        return true;
    struct worker *runner = atomic_load(&job->runner);
    if (!runner) /* nobody has come for its callback yet */
        return true;
    struct worker *thread = runner->thread_worker;
    if (thread->visited == searches)
        return false;
    thread->visited = searches;
    for (size_t i = 0; i < thread->blocked_count; i++)
        if (can_end(thread->blocked_on[i]))
            return true;
    return !thread->blocked_count;
}

bool blocked_enter(yoke_job *const *jobs, size_t count)
{
    struct worker *thread = self.worker->thread_worker;
    lock_take(&graph);
    thread->visited = ++searches;
    bool allowed = false;
    for (size_t i = 0; i < count && !allowed; i++)
        allowed = can_end(jobs[i]);
    if (allowed) {
        thread->blocked_on = jobs;
        thread->blocked_count = count;
    }
    lock_give(&graph);
    return allowed;
}

void blocked_leave(void)
{
    struct worker *thread = self.worker->thread_worker;
    lock_take(&graph);
    thread->blocked_on = NULL;
    thread->blocked_count = 0;
    lock_give(&graph);
}
