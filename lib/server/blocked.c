#include "blocked.h"

#include "base/lock.h"
#include "team.h"
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

/* ---- the search ------------------------------------------------------------------------------ */

static uint64_t searches;
static const struct worker *helped; /* by the searching thread */

static bool can_go_on(struct worker *thread);

/* A kernel cannot end before the OpenMP tasks that others run for it. Which kernel they belong to
 * is certain of the outermost of a thread alone. */
static bool can_its_tasks_end(const yoke_job *job, const struct worker *thread)
{
    if (job != atomic_load_explicit(&thread->kernel_job, memory_order_relaxed))
        return true;
    if (thread == helped)
        return false;
    const struct team *team = thread->team;
    for (unsigned i = 0; team && i < team->size; i++) {
        struct worker *helper = &team->members[i];
        if (helper->blocked_count && helper->helps == thread && !can_go_on(helper))
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

/* ---- helpers --------------------------------------------------------------------------------- */

bool blocked_is_helping(void)
{
    const struct worker *thread = self.worker->thread_worker;
    return thread->team && !thread->at_work;
}

/* OpenMP does not tell whose task a thread runs; but it is of a kernel that was running on the team
 * when the thread blocked. Certain when there is one such thread left. */
static struct worker *find_helped(const struct worker *helper)
{
    struct worker *found = NULL;
    for (unsigned i = 0; i < helper->team->size; i++) {
        struct worker *other = &helper->team->members[i];
        int64_t since = atomic_load_explicit(&other->kernel_since, memory_order_relaxed);
        if (other == helper || !since || since > helper->blocked_since)
            continue;
        if (found)
            return NULL;
        found = other;
    }
    return found;
}

static bool search_from(struct worker *thread)
{
    searches++;
    helped = thread->helps = blocked_is_helping() ? find_helped(thread) : NULL;
    return can_go_on(thread);
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
    lock_take(&graph);
    thread->blocked_since = os_now();
    set_blocked(thread, jobs, count);
    bool allowed = search_from(thread);
    if (!allowed)
        set_blocked(thread, NULL, 0);
    lock_give(&graph);
    return allowed;
}

bool blocked_can_go_on(void)
{
    lock_take(&graph);
    bool can = search_from(self.worker->thread_worker);
    lock_give(&graph);
    return can;
}

void blocked_leave(void)
{
    lock_take(&graph);
    set_blocked(self.worker->thread_worker, NULL, 0);
    lock_give(&graph);
}
