/* Offers regions to schedulers, and has workers join them: see region.h. */
#include "region.h"

#include "base/delay.h"
#include "helping.h"
#include "running.h"
#include "server/scheduler/parking.h"
#include "server/scheduler/permit.h"
#include "server/server.h"
#include "server/workers/team.h"
#include "topology/bind.h"

/* ---- the state of an offer ------------------------------------------------------------------- */

/* One word: how many workers are at it, how many more are wanted, whether it is a region's, whether
 * that is open, and whether the thread that closes it sleeps. It stays the region's until that
 * thread writes 0: nobody else has it before. */
enum {
    WORKING_ONE = 1,
    WORKING = 0x3fff,
    WANTED_ONE = 0x4000,
    WANTED = 0x3fff * WANTED_ONE,
    CLAIMED = 1 << 28,
    OPEN = 1 << 29,
    SLEEPING = 1 << 30,
};

static unsigned wanted(unsigned state)
{
    return (state & WANTED) / WANTED_ONE;
}

static struct offer *claim(struct scheduler *scheduler)
{
    for (int i = 0; i < OFFERS; i++) {
        unsigned none = 0;
        if (!atomic_load_explicit(&scheduler->offers[i].state, memory_order_relaxed) &&
            atomic_compare_exchange_strong(&scheduler->offers[i].state, &none, CLAIMED))
            return &scheduler->offers[i];
    }
    return NULL;
}

static void offer_to(struct region *region, struct scheduler *scheduler, unsigned most)
{
    unsigned workers = atomic_load_explicit(&scheduler->workers, memory_order_relaxed);
    if (workers && scheduler->node == region->node)
        workers--; /* the calling thread counts as one of its node */
    unsigned count = workers < most ? workers : most;
    struct offer *offer = workers ? claim(scheduler) : NULL;
    if (!offer)
        return;
    region->offers[region->count] = offer;
    region->schedulers[region->count++] = scheduler;
    atomic_store_explicit(&offer->region, region, memory_order_relaxed);
    atomic_store_explicit(&offer->level, region->level, memory_order_relaxed);
    delay_here();
    atomic_fetch_add(&scheduler->wanted, count);
    delay_here();
    atomic_store(&offer->state, CLAIMED + OPEN + count * WANTED_ONE);
    /* A standby first, which comes at once; then the dispatcher, which sends for the others. */
    if (count)
        scheduler_notify(scheduler);
    if (count > 1)
        scheduler_notify(scheduler);
}

/* ---- opening and closing --------------------------------------------------------------------- */

/* The worker of that server that the calling thread is, outside of callbacks. */
static struct worker *own_worker(const yoke_server *server)
{
    struct worker *worker = self.worker;
    bool is =
        worker && worker->team && worker->server == server && !(self.frame && self.frame->callback);
    return is ? worker : NULL;
}

/* Threads that are neither workers nor in a job count as one of the workers, too. */
unsigned region_helpers(const yoke_server *server)
{
    if (self.worker && !own_worker(server))
        return 0;
    unsigned workers = atomic_load_explicit(&server->workers, memory_order_relaxed);
    return workers && !server->remote_only ? workers - 1 : 0;
}

unsigned region_workers_before(const yoke_server *server, unsigned node)
{
    unsigned workers = 0;
    for (unsigned i = 0; i < node; i++)
        workers += atomic_load_explicit(&server->schedulers[i].workers, memory_order_relaxed);
    return workers;
}

unsigned region_node_here(const struct region *region)
{
    const struct worker *worker = self.worker;
    return worker && worker->scheduler ? worker->scheduler->node : region->node;
}

void region_prepare(struct region *region)
{
    region->count = 0;
    region->node = 0;
    if (region->job)
        region->level = region->job->level;
}

/* Where the worker, or a thread of the program, is. */
static unsigned find_node(const yoke_server *server, const struct worker *worker)
{
    if (worker)
        return worker->scheduler->node;
    return server->nodes > 1 ? bind_node_here(server->topology) : 0;
}

void region_open(struct region *region, yoke_server *server, unsigned most)
{
    const struct worker *worker = own_worker(server);
    region->mark = worker ? helping_mark_here() : 0;
    region->mode = floating_mode();
    region->node = find_node(server, worker);
    unsigned nodes = worker && region->own_node ? 1 : server->nodes;
    for (unsigned i = 0; i < nodes && i < REGION_OFFERS; i++)
        offer_to(region, &server->schedulers[(region->node + i) % server->nodes], most);
}

/* How often a thread looks whether the last helper has left before it sleeps: these have the rest
 * of a piece to do, which mostly takes some microseconds. */
enum { CLOSE_SPINS = 1000, CLOSE_YIELDS = 50 };

static void await_leavers(struct offer *offer)
{
    unsigned state;
    for (int i = 0; (state = atomic_load(&offer->state)) & WORKING; i++) {
        if (i < CLOSE_SPINS)
            os_pause();
        else if (i < CLOSE_SPINS + CLOSE_YIELDS)
            os_yield();
        else if (state & SLEEPING ||
                 atomic_compare_exchange_strong(&offer->state, &state, state | SLEEPING))
            os_sleep(&offer->state, state | SLEEPING, -1);
    }
}

void region_close(struct region *region)
{
    for (unsigned i = 0; i < region->count; i++) {
        unsigned before = atomic_fetch_and(&region->offers[i]->state, ~(unsigned)(OPEN | WANTED));
        delay_here();
        if (wanted(before))
            atomic_fetch_sub(&region->schedulers[i]->wanted, wanted(before));
    }
    for (unsigned i = 0; i < region->count; i++) {
        await_leavers(region->offers[i]);
        delay_here();
        atomic_store(&region->offers[i]->state, 0);
    }
}

/* ---- one more -------------------------------------------------------------------------------- */

static bool is_idle(const struct scheduler *scheduler)
{
    struct team *team = atomic_load(&scheduler->teams);
    while (team && !permit_may_be_taken(team))
        team = atomic_load(&team->next);
    return team;
}

/* The thread that has opened the region counts as one of its node. One more may be wanted though
 * all are there: one of these may be about to leave, and comes again. */
static bool want_at(struct region *region, unsigned i)
{
    struct offer *offer = region->offers[i];
    struct scheduler *scheduler = region->schedulers[i];
    unsigned workers = atomic_load_explicit(&scheduler->workers, memory_order_relaxed);
    workers -= workers && scheduler->node == region->node;
    atomic_fetch_add(&scheduler->wanted, 1);
    delay_here();
    unsigned state = atomic_load(&offer->state);
    while ((state & OPEN) && (!wanted(state) || wanted(state) + (state & WORKING) < workers))
        if (atomic_compare_exchange_weak(&offer->state, &state, state + WANTED_ONE)) {
            scheduler_notify(scheduler);
            return true;
        }
    atomic_fetch_sub(&scheduler->wanted, 1);
    return false;
}

bool region_want(struct region *region)
{
    unsigned here = region_node_here(region), first = 0;
    for (unsigned i = 0; i < region->count; i++)
        if (region->schedulers[i]->node == here)
            first = i;
    for (int idle = 1; idle >= 0; idle--)
        for (unsigned i = 0; i < region->count; i++) {
            unsigned at = (first + i) % region->count;
            if ((!idle || is_idle(region->schedulers[at])) && want_at(region, at))
                return true;
        }
    return false;
}

/* ---- between two pieces ---------------------------------------------------------------------- */

/* A job above that level waits, and no other worker is free for it. */
static bool waits_above(const struct worker *worker, unsigned level)
{
    return queue_has_above(&worker->scheduler->queue, level) && !permit_may_be_taken(worker->team);
}

bool region_should_leave(const struct region *region)
{
    struct worker *worker = self.worker;
    return permit_is_surplus(worker->team) || waits_above(worker, region->level);
}

bool region_should_leave_for_equals(const struct region *region)
{
    struct worker *worker = self.worker;
    if (region->level)
        return permit_is_surplus(worker->team) || waits_above(worker, region->level - 1);
    return permit_is_surplus(worker->team) ||
           (queue_length(&worker->scheduler->queue) && !permit_may_be_taken(worker->team));
}

void region_give_way(const struct region *region)
{
    struct worker *worker = self.worker;
    if (worker && worker->at_work && worker == self.latest && region->job &&
        running_job() == region->job && waits_above(worker, region->level))
        parking_give_way(worker, region->level);
}

void region_give_way_to_equals(const struct region *region)
{
    struct worker *worker = self.worker;
    if (region->level && worker->at_work && worker == self.latest &&
        waits_above(worker, region->level - 1))
        parking_give_way(worker, region->level - 1);
}

/* ---- joining --------------------------------------------------------------------------------- */

/* Of the offers that want somebody, the one of the highest level; NULL when there is none. */
static struct offer *best_offer(struct scheduler *scheduler)
{
    struct offer *best = NULL;
    for (int i = 0; i < OFFERS; i++) {
        struct offer *offer = &scheduler->offers[i];
        if (wanted(atomic_load_explicit(&offer->state, memory_order_relaxed)) &&
            (!best || atomic_load_explicit(&offer->level, memory_order_relaxed) >
                          atomic_load_explicit(&best->level, memory_order_relaxed)))
            best = offer;
    }
    return best;
}

bool region_comes_first(struct worker *worker)
{
    const struct queue *queue = &worker->scheduler->queue;
    const struct offer *offer = best_offer(worker->scheduler);
    unsigned level = offer ? atomic_load_explicit(&offer->level, memory_order_relaxed) : 0;
    /* A job of the same priority comes first: the thread at the region goes on by itself. */
    return offer && !(level ? queue_has_above(queue, level - 1) : queue_length(queue) > 0);
}

static bool take(struct offer *offer)
{
    unsigned state = atomic_load(&offer->state);
    while (wanted(state))
        if (atomic_compare_exchange_weak(&offer->state, &state, state - WANTED_ONE + WORKING_ONE))
            return true;
    return false;
}

/* The offer wants one more worker, if it is still open. `wanted` of the scheduler first, so that it
 * never is too small. */
static void want_another(struct scheduler *scheduler, struct offer *offer)
{
    atomic_fetch_add(&scheduler->wanted, 1);
    delay_here();
    unsigned state = atomic_load(&offer->state);
    while (state & OPEN)
        if (atomic_compare_exchange_weak(&offer->state, &state, state + WANTED_ONE))
            return;
    atomic_fetch_sub(&scheduler->wanted, 1);
}

static void want_no_more(struct scheduler *scheduler, struct offer *offer)
{
    unsigned before = atomic_load_explicit(&offer->state, memory_order_relaxed);
    if (wanted(before) && wanted(before = atomic_fetch_and(&offer->state, ~(unsigned)WANTED)))
        atomic_fetch_sub(&scheduler->wanted, wanted(before));
}

/* The region may end, and the offer be another's, as soon as nobody is at it. */
static void leave(struct offer *offer)
{
    unsigned after = atomic_fetch_sub(&offer->state, WORKING_ONE) - WORKING_ONE;
    if ((after & SLEEPING) && !(after & WORKING))
        os_wake(&offer->state, 1);
}

/* As call_kernel_in_task() in run.c, for the same reasons. */
static _Thread_local struct region *joined __attribute__((tls_model("initial-exec")));
static _Thread_local enum region_left left __attribute__((tls_model("initial-exec")));

static void call_join(void)
{
    self.worker->own_mark = helping_mark_here();
    left = joined->join(joined);
}

static enum region_left call_in_task(struct region *region)
{
    joined = region;
#pragma omp task if (0)
    {
        helping_take_mark(joined->mark);
#pragma omp taskgroup
        call_join();
    }
    return left;
}

static enum region_left take_part(struct worker *worker, struct region *region)
{
    struct frame frame = {.job = (yoke_job *)(uintptr_t)region->job};
    if (region->job)
        self.frame = &frame;
    floating_set(&region->mode);
    int mark = worker->own_mark;
    enum region_left answer = call_in_task(region);
    worker->own_mark = mark;
    floating_set(&worker->server->floating);
    self.frame = NULL;
    return answer;
}

bool region_join(struct worker *worker)
{
    struct scheduler *scheduler = worker->scheduler;
    struct offer *offer = best_offer(scheduler);
    if (!offer || !take(offer))
        return false;
    atomic_fetch_sub(&scheduler->wanted, 1);
    delay_here();
    atomic_fetch_sub(&scheduler->searching, 1);
    scheduler_notify(scheduler);
    delay_here();
    enum region_left answer =
        take_part(worker, atomic_load_explicit(&offer->region, memory_order_relaxed));
    if (answer == REGION_MORE)
        want_another(scheduler, offer);
    else if (answer == REGION_NOTHING)
        want_no_more(scheduler, offer);
    delay_here();
    /* First: so the thread that opens the next region, as soon as this one has ended, finds a
     * worker that looks for it, and wakes nobody. */
    atomic_fetch_add(&scheduler->searching, 1);
    leave(offer);
    return true;
}
