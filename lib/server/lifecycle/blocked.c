#include "blocked.h"

#include "base/lock.h"
#include "helping.h"
#include "server/worker.h"
#include "server/workers/team.h"

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

/* ---- the search ------------------------------------------------------------------------------ */

static uint64_t searches;

static bool can_go_on(struct worker *thread);

/* A kernel cannot end before the OpenMP tasks that others run for it. */
static bool can_its_tasks_end(const yoke_job *job, const struct worker *thread)
{
    const struct team *team = thread->team;
    for (unsigned i = 0; team && i < team->size; i++) {
        struct worker *helper = &team->members[i];
        if (helper->blocked_count && helping_holds_up(helper, thread, job) && !can_go_on(helper))
            return false;
    }
    return true;
}

/* A job ends when the thread that claimed it comes back to it. */
static bool can_end(const yoke_job *job)
{
    if (job_settled(job) || job_state(job) == YOKE_STATE_QUEUED)
        return true;
    struct worker *runner = atomic_load(&job->runner);
    if (!runner) /* nobody has come for its callback yet */
        return true;
    struct worker *thread = runner->thread_worker;
    return can_go_on(thread) && can_its_tasks_end(job, thread);
}

/* Whether the thread can go on without those that the search has come by and not come back from. It
 * may be blocked on jobs that others have claimed, and these on other jobs: it goes on as soon as
 * any of them ends. So it is a matter of finding a way to a thread that is not blocked. */
static bool can_go_on(struct worker *thread)
{
    if (thread->visited == searches)
        return thread->goes_on;
    thread->visited = searches;
    thread->goes_on = false;
    bool can = !thread->blocked_count;
    for (size_t i = 0; i < thread->blocked_count && !can; i++)
        can = can_end(thread->blocked_on[i]);
    return thread->goes_on = can;
}

/* ---- for waiting threads --------------------------------------------------------------------- */

static void set_blocked(struct worker *thread, yoke_job *const *jobs, size_t count)
{
    thread->blocked_on = jobs;
    thread->blocked_count = count;
}

bool blocked_enter(yoke_job *const *jobs, size_t count)
{
    struct worker *thread = self.worker->thread_worker;
    thread->blocked_in = helping_mark_here();
    lock_take(&graph);
    searches++;
    set_blocked(thread, jobs, count);
    bool allowed = can_go_on(thread);
    if (!allowed)
        set_blocked(thread, NULL, 0);
    lock_give(&graph);
    return allowed;
}

void blocked_leave(void)
{
    lock_take(&graph);
    set_blocked(self.worker->thread_worker, NULL, 0);
    lock_give(&graph);
}
