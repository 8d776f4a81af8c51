/* The life of a worker that was woken: it takes a permit, runs jobs until there are none, and then
 * parks, stands by or idles. See activation.h, and scheduler.h for the protocol. */
#include "activation.h"

#include "base/debug.h"
#include "base/delay.h"
#include "server/jobs/batch.h"
#include "server/jobs/waiters.h"
#include "server/lifecycle/region.h"
#include "server/lifecycle/run.h"
#include "server/scheduler/binding.h"
#include "server/scheduler/parking.h"
#include "server/scheduler/permit.h"
#include "server/scheduler/steal.h"
#include "server/scheduler/wake.h"
#include "server/scheduler/wake_event.h"
#include "server/server.h"
#include "team.h"

/* How long a worker looks at an empty queue before it gives its permit back. Longer than a caller
 * that waits for each job takes from one answer to the next job; short against the 50 microseconds
 * and more that a sleep and a wake-up cost in all. */
enum { SEARCH_NANOSECONDS = 20000 };

/* So often a worker looks before it lets others have its processor. */
enum { LOOKS_AT_A_TIME = 8 };

/* ---- at work --------------------------------------------------------------------------------- */

/* How long a worker without a number sleeps before it gives its permit back, and may get it again.
 */
enum { NUMBERLESS_NANOSECONDS = 1000000 };

/* Whether the worker may take a job: kernels begin on numbers below the number of workers. */
static bool may_begin(struct worker *worker)
{
    if (permit_is_surplus(worker->team))
        return false;
    if (parking_renumber(worker))
        return true;
    os_sleep(&worker->wake_event, atomic_load(&worker->wake_event),
             os_deadline(NUMBERLESS_NANOSECONDS));
    return false;
}

/* Whether a region wants the worker before all jobs. */
static bool is_wanted_first(struct worker *worker)
{
    return atomic_load_explicit(&worker->scheduler->wanted, memory_order_relaxed) &&
           region_comes_first(worker);
}

static yoke_job *look_for_job(struct worker *worker)
{
    struct queue *queue = &worker->scheduler->queue;
    int64_t end = 0;
    for (int i = 0; may_begin(worker); i++) {
        if (is_wanted_first(worker) && region_join(worker)) {
            i = 0, end = 0;
            continue;
        }
        yoke_job *job = queue_pop(queue, worker);
        if (!job && worker->scheduler->nearest)
            job = steal_job(worker);
        /* On a single processor the submitter cannot run while this thread looks. */
        if (job || os_processors() == 1)
            return job;
        if (i % LOOKS_AT_A_TIME) {
            os_pause();
            continue;
        }
        /* Not before the first time: a thread that has waited on this processor for the job that
         * has just ended, and submits the next one, would wait for the clock as well. */
        if (i > 0) {
            int64_t now = os_now();
            end = end ? end : now + SEARCH_NANOSECONDS;
            if (now >= end)
                return NULL;
        }
        os_yield();
    }
    return NULL;
}

/* Ends a search that began earlier: the job found, or NULL. */
static yoke_job *worker_search(struct worker *worker)
{
    yoke_job *job = look_for_job(worker);
    delay_here();
    unsigned before = atomic_fetch_sub(&worker->scheduler->searching, 1);
    debug_assert(before > 0);
    (void)before;
    /* Without a job the caller gives its permit back, and looks after that. */
    delay_here();
    if (job)
        scheduler_notify(worker->scheduler);
    return job;
}

void activation_give_permit(struct worker *worker)
{
    parking_give_number(worker);
    delay_here();
    debug_assert(worker->permit);
    permit_give(worker->team);
    worker->permit = false;
    delay_here();
    atomic_thread_fence(memory_order_seq_cst);
}

static bool give_surplus_permit(struct worker *worker)
{
    struct team *team = worker->team;
    if (!permit_is_surplus(team))
        return false;
    parking_give_number(worker); /* first, so that for every permit there is a free number */
    unsigned permits = atomic_load(&team->permits);
    while (permit_is_surplus(team))
        if (atomic_compare_exchange_weak(&team->permits, &permits, permits - 1)) {
            worker->permit = false;
            permit_tell_giving_way(team);
            return true;
        }
    parking_take_number(worker, false);
    return false;
}

/* Jobs that take less than this are taken several at a time: taking one alone costs as much. */
enum { QUICK_NANOSECONDS = 2000 };

static void return_batch(struct worker *worker)
{
    if (batch_return(worker->batch))
        scheduler_notify(worker->scheduler);
}

/* Runs `job` and those that follow, until the queue is dry or the permit is given up as surplus. */
static void run_jobs(struct worker *worker, yoke_job *job)
{
    /* The end of a job is taken for the start of the next one, which saves a look at the clock. */
    for (int64_t start = 0, end; job; start = end) {
        end = run_job(worker, job, start);
        bool quick = start && end && end - start < QUICK_NANOSECONDS;
        if (!quick)
            return_batch(worker);
        if (give_surplus_permit(worker) || !may_begin(worker) || is_wanted_first(worker))
            break;
        job = quick ? batch_pop(worker->batch, worker) : NULL;
        if (!job)
            job = queue_pop(&worker->scheduler->queue, worker);
    }
    return_batch(worker);
    waiters_tell(worker->server);
}

/* With a permit that counts as searching: runs jobs until there are none, gives the permit back. */
static void work(struct worker *worker)
{
    worker->permit = worker->at_work = true;
    parking_take_number(worker, false);
    for (yoke_job *job; worker->permit;) {
        if (!(job = worker_search(worker))) {
            activation_give_permit(worker);
            break;
        }
        run_jobs(worker, job);
        /* Before the next look at the queue: submitters may then rely on this worker. */
        if (worker->permit)
            atomic_fetch_add(&worker->scheduler->searching, 1);
    }
    worker->at_work = false;
}

/* ---- finding one's place --------------------------------------------------------------------- */

static bool take_permit_to_search(struct worker *worker)
{
    struct scheduler *scheduler = worker->scheduler;
    if (!scheduler_wants(scheduler))
        return false;
    /* The permit first, then `searching`: in between a submitter may wake a worker in vain, which
     * costs little. The other way round it might rely on a search that never comes. */
    if (!permit_take(worker->team)) {
        scheduler_notify(scheduler); /* another team may have permits left */
        return false;
    }
    delay_here();
    atomic_fetch_add(&scheduler->searching, 1);
    return true;
}

/* Sleeps as the standby until called; then it counts as searching. False when it is not needed. */
static bool stand_by(struct worker *worker)
{
    struct team *team = worker->team;
    if (atomic_load(&team->permits))
        return false;
    atomic_store(&worker->wake_event, 0); /* before others can find it as the standby */
    struct worker *none = NULL;
    worker->called_to = NUMBER_NONE;
    if (!atomic_compare_exchange_strong(&team->standby, &none, worker))
        return false;
    delay_here();
    atomic_thread_fence(memory_order_seq_cst);
    if (scheduler_wants(worker->scheduler) || atomic_load(&team->permits) ||
        atomic_load(&team->stopping))
        wake_standby(team); /* mostly this worker itself, unless it has been called already */
    wake_event_await(worker);
    delay_here();
    /* The thread that called it has bound it to another core, whose slot it now takes over. */
    if (worker->called_to != NUMBER_NONE) {
        worker->bound = worker->called_to;
        binding_note(worker);
        parking_change_slot(worker, worker->called_to);
    }
    return true;
}

void activation_run(struct worker *worker)
{
    struct team *team = worker->team;
    atomic_fetch_sub(&team->activations, 1);
    while (!atomic_load(&team->stopping)) {
        if (permit_redeem_pending(team) || take_permit_to_search(worker)) {
            work(worker);
        } else if (parking_park(worker)) {
            continue;
        } else if (!stand_by(worker)) {
            return;
        } else if (permit_take(team)) {
            work(worker);
        } else {
            /* Called, but others have taken all permits since: see T2. */
            delay_here();
            atomic_fetch_sub(&worker->scheduler->searching, 1);
            scheduler_notify(worker->scheduler);
        }
    }
}
