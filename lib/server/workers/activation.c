#include "activation.h"

#include "base/debug.h"
#include "base/delay.h"
#include "server/jobs/waiters.h"
#include "server/lifecycle/run.h"
#include "server/scheduler/bell.h"
#include "server/scheduler/binding.h"
#include "server/scheduler/parking.h"
#include "server/scheduler/steal.h"
#include "server/scheduler/token.h"
#include "server/scheduler/wake.h"
#include "server/server.h"
#include "team.h"

/* How long a worker looks at an empty queue before it gives its token back. Longer than the pause
 * between the answer to one job and the next one from a caller that goes back and forth; short
 * against the 50 microseconds and more that a sleep and a wake-up cost in all. */
enum { SEARCH_NANOSECONDS = 20000 };

/* ---- at work --------------------------------------------------------------------------------- */

/* How long a worker without a number sleeps before it gives its token back, and may get it again.
 */
enum { NUMBERLESS_NANOSECONDS = 1000000 };

/* Whether the worker may take a job: kernels begin on numbers below the number of workers. */
static bool may_begin(struct worker *worker)
{
    if (token_is_surplus(worker->team))
        return false;
    if (parking_renumber(worker))
        return true;
    os_sleep(&worker->bell, atomic_load(&worker->bell), os_deadline(NUMBERLESS_NANOSECONDS));
    return false;
}

static yoke_job *look_for_job(struct worker *worker)
{
    struct queue *queue = &worker->engine->queue;
    int64_t end = 0;
    for (int i = 0; may_begin(worker); i++) {
        yoke_job *job = queue_pop(queue, worker);
        if (!job && worker->engine->nearest)
            job = steal_job(worker);
        if (job || os_processors() == 1)
            return job;
        os_pause();
        if (i % 8)
            continue;
        os_yield();
        int64_t now = os_now();
        if (!end)
            end = now + SEARCH_NANOSECONDS;
        if (now >= end)
            return NULL;
    }
    return NULL;
}

/* Ends a search that began earlier: the job found, or NULL. */
static yoke_job *worker_search(struct worker *worker)
{
    yoke_job *job = look_for_job(worker);
    delay_here();
    unsigned before = atomic_fetch_sub(&worker->engine->searching, 1);
    debug_assert(before > 0);
    (void)before;
    /* Without a job the caller gives its token back, and looks after that. */
    delay_here();
    if (job)
        engine_notify(worker->engine);
    return job;
}

void worker_give_token(struct worker *worker)
{
    parking_give_number(worker);
    delay_here();
    debug_assert(worker->token);
    token_give(worker->team);
    worker->token = false;
    delay_here();
    atomic_thread_fence(memory_order_seq_cst);
}

static bool give_surplus_token(struct worker *worker)
{
    struct team *team = worker->team;
    if (!token_is_surplus(team))
        return false;
    parking_give_number(worker); /* first: whoever has a token finds a number */
    unsigned tokens = atomic_load(&team->tokens);
    while (token_is_surplus(team))
        if (atomic_compare_exchange_weak(&team->tokens, &tokens, tokens - 1)) {
            worker->token = false;
            token_tell_giving_way(team);
            return true;
        }
    parking_take_number(worker, false);
    return false;
}

/* Jobs of less than this are taken by the handful: taking one alone costs as much. */
enum { QUICK_NANOSECONDS = 2000 };

static void return_hand(struct worker *worker)
{
    if (queue_return_hand(worker->hand))
        engine_notify(worker->engine);
}

/* Runs `job` and those that follow, until the queue is dry or the token is given up as surplus. */
static void run_jobs(struct worker *worker, yoke_job *job)
{
    for (int64_t start = 0, end; job; start = end) {
        end = run_job(worker, job, start);
        bool quick = start && end && end - start < QUICK_NANOSECONDS;
        if (!quick)
            return_hand(worker);
        if (give_surplus_token(worker) || !may_begin(worker))
            break;
        job = quick ? queue_pop_quick(worker->hand, worker) : NULL;
        if (!job)
            job = queue_pop(&worker->engine->queue, worker);
    }
    return_hand(worker);
    waiters_tell(worker->server);
}

/* With a token that counts as searching: runs jobs until there are none, gives the token back. */
static void work(struct worker *worker)
{
    worker->token = worker->at_work = true;
    parking_take_number(worker, false);
    for (yoke_job *job; worker->token;) {
        if (!(job = worker_search(worker))) {
            worker_give_token(worker);
            break;
        }
        run_jobs(worker, job);
        if (worker->token)
            atomic_fetch_add(&worker->engine->searching, 1);
    }
    worker->at_work = false;
}

/* ---- finding one's place --------------------------------------------------------------------- */

static bool take_token_to_search(struct worker *worker)
{
    struct engine *engine = worker->engine;
    if (!engine_wants(engine))
        return false;
    if (!token_take(worker->team)) {
        engine_notify(engine); /* another team may have tokens left */
        return false;
    }
    delay_here();
    atomic_fetch_add(&engine->searching, 1);
    return true;
}

/* Sleeps as the sentry until called; then it counts as searching. False when it is not needed. */
static bool stand_sentry(struct worker *worker)
{
    struct team *team = worker->team;
    if (atomic_load(&team->tokens))
        return false;
    atomic_store(&worker->bell, 0);
    struct worker *none = NULL;
    worker->called_to = NUMBER_NONE;
    if (!atomic_compare_exchange_strong(&team->sentry, &none, worker))
        return false;
    delay_here();
    atomic_thread_fence(memory_order_seq_cst);
    if (engine_wants(worker->engine) || atomic_load(&team->tokens) || atomic_load(&team->stopping))
        wake_sentry(team); /* which may be this worker, or nobody any more */
    bell_await(worker);
    delay_here();
    if (worker->called_to != NUMBER_NONE) {
        worker->bound = worker->called_to;
        binding_note(worker);
        parking_change_home(worker, worker->called_to);
    }
    return true;
}

void worker_visit(struct worker *worker)
{
    struct team *team = worker->team;
    atomic_fetch_sub(&team->visits, 1);
    while (!atomic_load(&team->stopping)) {
        if (token_redeem_ticket(team) || take_token_to_search(worker)) {
            work(worker);
        } else if (parking_park(worker)) {
            continue;
        } else if (!stand_sentry(worker)) {
            return;
        } else if (token_take(team)) {
            work(worker);
        } else {
            delay_here();
            atomic_fetch_sub(&worker->engine->searching, 1);
            engine_notify(worker->engine);
        }
    }
}
