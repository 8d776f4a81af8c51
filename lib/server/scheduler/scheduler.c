/* Finds out whether a scheduler wants somebody to come for its jobs, and wakes a worker or
 * dispatcher: the fast path whose protocol scheduler.h proves. */
#include "scheduler.h"

#include <stdlib.h>

#include "base/delay.h"
#include "deque.h"
#include "executor.h"
#include "permit.h"
#include "server/waiting/proxy.h"
#include "server/workers/team.h"
#include "steal.h"
#include "wake.h"

bool scheduler_wants(struct scheduler *scheduler)
{
    size_t queued = queue_length(&scheduler->queue) + atomic_load(&scheduler->wanted);
    unsigned searching = atomic_load(&scheduler->searching);
    if (queued > searching)
        return true;
    return scheduler->nearest && queued + steal_available(scheduler) > searching;
}

/* Wakes one of the scheduler's own workers, or a dispatcher that will; false when all are at work.
 * A standby first: it comes without the detour by the dispatcher and OpenMP. */
static bool scheduler_wake(struct scheduler *scheduler)
{
    struct team *teams = atomic_load(&scheduler->teams);
    for (struct team *team = teams; team; team = team->next)
        if (wake_standby(team))
            return true;
    for (struct team *team = teams; team; team = team->next)
        if (permit_may_be_taken(team)) {
            wake_dispatcher(team);
            return true;
        }
    return false;
}

/* Whether a worker of the scheduler may be woken: not while all are at work. */
static bool scheduler_may_wake(struct scheduler *scheduler)
{
    struct team *teams = atomic_load(&scheduler->teams);
    for (struct team *team = teams; team; team = atomic_load(&team->next))
        if (atomic_load(&team->standby) || permit_may_be_taken(team))
            return true;
    return false;
}

/* The others may take what this scheduler has too much of. */
static bool scheduler_wake_thief(struct scheduler *scheduler)
{
    for (unsigned i = 0; scheduler->nearest && i + 1 < scheduler->server->nodes; i++) {
        struct scheduler *thief = scheduler->nearest[i];
        if (scheduler_wants(thief) && scheduler_wake(thief))
            return true;
    }
    return false;
}

static void ask(struct worker *worker, void *nothing)
{
    (void)nothing;
    struct deque *deque = atomic_load_explicit(&worker->deque, memory_order_relaxed);
    if (deque && !deque_is_asked(deque))
        deque_ask(deque);
}

void scheduler_ask_forks(struct scheduler *scheduler)
{
    scheduler_each_worker(scheduler, ask, NULL);
}

void scheduler_notify(struct scheduler *scheduler)
{
    atomic_thread_fence(memory_order_seq_cst);
    delay_here();
    /* In a flood all workers are at work and nothing is to be done. That is found out without a
     * look at `length` and `searching`, which change with every job and are in the caches of
     * others. */
    if (scheduler->nearest || scheduler_may_wake(scheduler)) {
        if (!scheduler_wants(scheduler) || scheduler_wake(scheduler) ||
            scheduler_wake_thief(scheduler))
            return;
    }
    /* All are at work: those that help with forks may lend themselves to a job. */
    if (atomic_load_explicit(&scheduler->trees, memory_order_relaxed) &&
        queue_length(&scheduler->queue))
        scheduler_ask_forks(scheduler);
    executor_call(scheduler->server);
}

void scheduler_hand_over(struct scheduler *scheduler)
{
    struct team *team = atomic_load(&scheduler->teams);
    while (team && !wake_at_core(team))
        team = atomic_load(&team->next);
}

/* Jobs queued and permits in use. */
static size_t scheduler_load(struct scheduler *scheduler)
{
    size_t load = queue_length(&scheduler->queue);
    for (struct team *team = atomic_load(&scheduler->teams); team; team = team->next)
        load += atomic_load_explicit(&team->permits, memory_order_relaxed);
    return load;
}

bool scheduler_less_loaded(struct scheduler *a, struct scheduler *b)
{
    /* Load per worker, without a division. */
    return scheduler_load(a) * atomic_load_explicit(&b->workers, memory_order_relaxed) <
           scheduler_load(b) * atomic_load_explicit(&a->workers, memory_order_relaxed);
}

void scheduler_each_worker(struct scheduler *scheduler,
                           void (*see)(struct worker *worker, void *context), void *context)
{
    for (struct team *team = atomic_load(&scheduler->teams); team; team = atomic_load(&team->next))
        for (unsigned i = 0; i < team->size; i++)
            see(&team->members[i], context);
    for (struct proxy *proxy = atomic_load(&scheduler->proxies); proxy; proxy = proxy->next)
        see(&proxy->worker, context);
}

static void add_settled(struct worker *worker, void *sum)
{
    *(uint64_t *)sum += atomic_load(&worker->settled);
}

uint64_t scheduler_settled(struct scheduler *scheduler)
{
    uint64_t sum = 0;
    scheduler_each_worker(scheduler, add_settled, &sum);
    return sum;
}

bool scheduler_retake_permit(struct team *team)
{
    bool surplus = atomic_fetch_add(&team->permits, 1) >= atomic_load(&team->workers);
    delay_here();
    wake_standby(team); /* T4 */
    /* A dispatcher that was woken to take this permit finds one less, and does not tell other
     * schedulers of the job that it was woken for. */
    scheduler_notify(team->scheduler);
    return surplus;
}
