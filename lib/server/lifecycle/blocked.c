/* Searches the graph of threads and jobs that wait for each other before a thread goes to sleep in
 * it: see blocked.h. */
#include "blocked.h"

#include "base/lock.h"
#include "helping.h"
#include "server/server.h"
#include "server/worker.h"
#include "server/workers/team.h"

/* Guards `blocked_on` and the fields after it, in every worker of every server: one lock for all,
 * since jobs may wait for jobs of other servers, and since workers block rarely. */
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

/* The number of the current search: a thread with this number in `visited` was looked at already.
 */
static uint64_t searches;

static bool can_go_on(struct worker *thread);

static bool can_tasks_end(const yoke_job *job, const struct worker *thread, const struct team *team)
{
    for (unsigned i = 0; i < team->size; i++) {
        struct worker *helper = &team->members[i];
        if (helper->blocked_count && helping_holds_up(helper, thread, job) && !can_go_on(helper))
            return false;
    }
    return true;
}

/* A kernel cannot end before the OpenMP tasks, and the pieces of its loops, that others run for it.
 */
static bool can_its_tasks_end(const yoke_job *job, const struct worker *thread)
{
    for (unsigned node = 0; thread->team && node < thread->server->nodes; node++)
        for (struct team *team = atomic_load(&thread->server->schedulers[node].teams); team;
             team = atomic_load(&team->next))
            if (!can_tasks_end(job, thread, team))
                return false;
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

/* Whether the thread can go on, without help of the threads that the search is in the middle of. It
 * may be blocked on jobs that other threads have claimed, and these on other jobs; it goes on as
 * soon as one of its jobs ends. So the search looks for a way to a thread that is not blocked. */
static bool can_go_on(struct worker *thread)
{
    if (thread->visited == searches)
        return thread->goes_on;
    thread->visited = searches;
    thread->goes_on = false; /* until the search comes back: a ring leads here again */
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
    /* Every thread asks before it blocks, under the same lock. So of a ring of waits the last
     * thread to come finds all others in it, and is refused. */
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
