/* Hands out core slots and numbers, parks and unparks members, and gives the core of a blocked
 * worker to a stand-in: see parking.h. */
#include "parking.h"

#include "base/debug.h"
#include "base/delay.h"
#include "base/log.h"
#include "binding.h"
#include "permit.h"
#include "place.h"
#include "server/server.h"
#include "topology/bind.h"
#include "topology/location.h"
#include "topology/plan.h"
#include "wake.h"
#include "wake_event.h"

/* ---- core slots, numbers and cores ----------------------------------------------------------- */

/* The plan repeats itself beyond the cores, so numbers above the workers have a node as well. */
static bool is_on_node(const struct worker *worker, unsigned number)
{
    return plan_node_of(worker->server->topology, number) == worker->scheduler->node;
}

static bool is_inside(const struct worker *worker, unsigned number)
{
    return number != NUMBER_NONE && place_has_number(worker->server, worker->place, number);
}

/* Binds the worker to the cores of the number, or of its job's place if they do not lie inside. */
static void bind(struct worker *worker, unsigned number)
{
    if (!worker->thread_worker->team) /* a thread of the program, in a callback */
        return;
    if (worker->place && !is_inside(worker, number)) {
        if (location_bind(worker->server->topology, worker->place->location) != YOKE_OK)
            log_write(YOKE_LOG_WARNING, "a job runs outside its place: %s", yoke_last_error());
        worker->bound = NUMBER_NONE;
        return;
    }
    if (number == NUMBER_NONE || number == worker->bound)
        return;
    if (bind_worker(worker->server->topology, number) != YOKE_OK)
        log_write(YOKE_LOG_WARNING, "worker %u runs unbound: %s", number, yoke_last_error());
    worker->bound = number;
    binding_note(worker);
}

void parking_sit(struct worker *worker)
{
    if (!self.latest->outer)
        return;
    unsigned number = worker->number;
    worker->bound = NUMBER_NONE; /* the thread was bound as another worker meanwhile */
    bind(worker, number == NUMBER_NONE ? worker->slot : number);
}

static void take_slot(struct worker *worker)
{
    debug_assert(worker->slot == NUMBER_NONE);
    for (unsigned slot = 0; slot < NUMBERS; slot++) {
        uint64_t *word = &worker->server->slots[slot / 64], bit = UINT64_C(1) << slot % 64;
        if (!(*word & bit) && is_on_node(worker, slot)) {
            *word |= bit;
            worker->slot = slot;
            return;
        }
    }
}

static void leave_slot(struct worker *worker)
{
    if (worker->slot != NUMBER_NONE)
        worker->server->slots[worker->slot / 64] &= ~(UINT64_C(1) << worker->slot % 64);
    worker->slot = NUMBER_NONE;
}

/* Only under `numbering`: while a thread looks for a free number from the lowest up, others may
 * give theirs back, but none may change from a number ahead to one that the search has passed
 * already. So a search among as many numbers as there may be workers finds one. And a worker that
 * changes its number has two only while no other thread searches. */
static bool try_number(struct worker *worker, unsigned number)
{
    atomic_uint_fast64_t *word = &worker->server->numbers[number / 64];
    uint64_t bit = UINT64_C(1) << number % 64;
    if ((atomic_load(word) & bit) || (atomic_fetch_or(word, bit) & bit))
        return false;
    worker->number = number;
    return true;
}

/* Takes the lowest number from `first` up to, but not including, `limit` that is free. */
static bool try_numbers(struct worker *worker, unsigned first, unsigned limit)
{
    for (unsigned number = first; number < limit; number++)
        if (is_on_node(worker, number) && try_number(worker, number))
            return true;
    return false;
}

void parking_take_number(struct worker *worker, bool surplus)
{
    debug_assert(worker->number == NUMBER_NONE);
    lock_take(&worker->server->numbering);
    unsigned workers = atomic_load(&worker->server->workers);
    /* The number of its slot if possible: then the thread is bound to the right core already. */
    bool found = (!surplus && worker->slot < workers && try_number(worker, worker->slot)) ||
                 try_numbers(worker, surplus ? workers : 0, NUMBERS);
    (void)found;
    lock_give(&worker->server->numbering);
    bind(worker, worker->number);
}

static void release_number(struct worker *worker, unsigned number)
{
    if (number != NUMBER_NONE)
        atomic_fetch_and(&worker->server->numbers[number / 64], ~(UINT64_C(1) << number % 64));
}

void parking_give_number(struct worker *worker)
{
    release_number(worker, atomic_exchange(&worker->number, NUMBER_NONE));
}

bool parking_renumber(struct worker *worker)
{
    unsigned number = worker->number;
    if (number < atomic_load_explicit(&worker->server->workers, memory_order_relaxed))
        return true;
    lock_take(&worker->server->numbering);
    bool found = try_numbers(worker, 0, atomic_load(&worker->server->workers));
    if (found)
        release_number(worker, number);
    lock_give(&worker->server->numbering);
    bind(worker, worker->number);
    return found;
}

/* Takes a number inside the worker's place instead of its own, if one is free. */
static void move_inside(struct worker *worker)
{
    unsigned number = worker->number, workers = atomic_load(&worker->server->workers);
    if (number >= workers)
        return; /* it has no claim to one below: see parking_renumber() */
    lock_take(&worker->server->numbering);
    for (unsigned other = 0; other < workers; other++)
        if (is_on_node(worker, other) && is_inside(worker, other) && try_number(worker, other)) {
            release_number(worker, number);
            break;
        }
    lock_give(&worker->server->numbering);
}

void parking_enter_place(struct worker *worker, const struct place *place)
{
    /* run_job() has made the frame of the job already. */
    bool outermost = !self.frame || !self.frame->outer;
    worker->place = place;
    /* Inside another job the number must stay what it is: that job may count on it. */
    if (outermost && !is_inside(worker, worker->number))
        move_inside(worker);
    bind(worker, worker->number);
}

void parking_leave_place(struct worker *worker, const struct place *outer)
{
    worker->place = outer;
    bind(worker, worker->number);
}

/* ---- changing core slots --------------------------------------------------------------------- */

static struct worker *in_slot(struct scheduler *scheduler, unsigned slot)
{
    for (struct team *team = atomic_load(&scheduler->teams); team; team = atomic_load(&team->next))
        for (unsigned i = 0; i < team->size; i++)
            if (team->members[i].slot == slot)
                return &team->members[i];
    return NULL;
}

void parking_change_slot(struct worker *worker, unsigned slot)
{
    yoke_server *server = worker->server;
    lock_take(&server->lock);
    unsigned old = worker->slot;
    struct worker *other = in_slot(worker->scheduler, slot);
    /* A thread of a team that stops may have ended, and must not be bound any more. */
    bool stays = other && (other->number != NUMBER_NONE || atomic_load(&other->team->stopping));
    if (old != NUMBER_NONE && !stays) {
        worker->slot = slot;
        if (other) {
            other->slot = old;
            bind_thread(server->topology, old, other->thread);
            other->bound = NUMBER_NONE; /* it may be binding itself at this moment: unknown */
        } else {
            server->slots[old / 64] &= ~(UINT64_C(1) << old % 64);
            server->slots[slot / 64] |= UINT64_C(1) << slot % 64;
        }
    }
    lock_give(&server->lock);
}

/* ---- parking and unparking ------------------------------------------------------------------- */

static void activate(struct worker *worker)
{
    atomic_fetch_add(&worker->team->active, 1);
    take_slot(worker);
}

static void deactivate(struct worker *worker)
{
    unsigned before = atomic_fetch_sub(&worker->team->active, 1);
    debug_assert(before > 0 && before <= worker->team->size);
    (void)before;
    leave_slot(worker);
}

/* How many active members OpenMP has bound to the same place as `worker`. */
static unsigned neighbours(const struct team *team, const struct worker *worker)
{
    unsigned count = 0;
    for (unsigned i = 0; i < team->size; i++)
        count +=
            team->members[i].slot != NUMBER_NONE && team->members[i].omp_place == worker->omp_place;
    return count;
}

/* Where OpenMP binds, several members of the team share each of its places, as the team is larger
 * than the number of workers: unpark a member whose place has the fewest active ones. Elsewhere the
 * place of all is -1, and the first will do. */
static struct worker **best_parked(struct team *team)
{
    struct worker **best = &team->parked;
    if (!*best || (*best)->omp_place < 0)
        return best;
    for (struct worker **link = best; *link; link = &(*link)->next_parked)
        if (neighbours(team, *link) < neighbours(team, *best))
            best = link;
    return best;
}

static bool unpark(struct team *team)
{
    struct worker **link = best_parked(team);
    struct worker *worker = *link;
    if (!worker)
        return false;
    *link = worker->next_parked;
    activate(worker);
    wake_event_signal(worker);
    return true;
}

/* Under the lock: as many active members as there are workers, as far as the reserve goes. */
static void unpark_missing(struct team *team)
{
    while (atomic_load(&team->active) < atomic_load(&team->workers) && unpark(team))
        ;
}

bool parking_park(struct worker *worker)
{
    struct team *team = worker->team;
    yoke_server *server = worker->server;
    if (!parking_surplus(team))
        return false;
    lock_take(&server->lock);
    bool park = parking_surplus(team) && !atomic_load(&team->stopping);
    if (park) {
        deactivate(worker);
        atomic_store(&worker->wake_event, 0);
        worker->next_parked = team->parked;
        team->parked = worker;
        /* All are active at first: when the last has parked, team_open() may go on. */
        if (!atomic_load(&team->active) && atomic_load(&team->ready) == TEAM_STARTING) {
            atomic_store(&team->ready, TEAM_READY);
            os_wake(&team->ready, 1);
        }
    }
    lock_give(&server->lock);
    if (park) {
        wake_event_await(worker);
        if (!atomic_load(&team->stopping))
            bind(worker, worker->slot);
    }
    return park;
}

void parking_set_workers(struct team *team, unsigned workers)
{
    yoke_server *server = team->scheduler->server;
    debug_assert(workers <= team->size);
    lock_take(&server->lock);
    atomic_store(&team->workers, workers);
    unpark_missing(team);
    lock_give(&server->lock);
    permit_tell_giving_way(team);
}

bool parking_rescue(struct team *team)
{
    yoke_server *server = team->scheduler->server;
    lock_take(&server->lock);
    bool found = unpark(team);
    lock_give(&server->lock);
    return found;
}

void parking_stop(struct team *team)
{
    yoke_server *server = team->scheduler->server;
    lock_take(&server->lock);
    atomic_store(&team->stopping, true);
    while (unpark(team))
        ;
    lock_give(&server->lock);
}

/* ---- blocking -------------------------------------------------------------------------------- */

void parking_block(struct worker *worker)
{
    yoke_server *server = worker->server;
    struct team *team = worker->team;
    worker->numbered = worker->number != NUMBER_NONE;
    parking_give_number(worker);
    delay_here();
    /* The permit before the slot: the stand-in that unpark_missing() wakes then finds one. */
    if (worker->permit)
        permit_give(team);
    lock_take(&server->lock);
    deactivate(worker);
    unpark_missing(team);
    lock_give(&server->lock);
    delay_here();
    if (worker->permit)
        scheduler_notify(worker->scheduler);
}

void parking_resume(struct worker *worker)
{
    yoke_server *server = worker->server;
    bool surplus = !worker->permit || scheduler_retake_permit(worker->team);
    lock_take(&server->lock);
    activate(worker);
    lock_give(&server->lock);
    if (worker->numbered)
        parking_take_number(worker, surplus);
}

/* ---- giving way ------------------------------------------------------------------------------ */

/* A job that a worker gives way to may need something that the worker's own job holds, such as a
 * mutex: after so long the worker goes on beside it. */
enum { GIVE_WAY_NANOSECONDS = 1000000000 };

/* Leaves the worker's permit pending for the first worker that comes, which will be the stand-in if
 * all are at work. Writes how many workers there may be; false when no stand-in is left, or the
 * permit may itself be surplus since a resize. */
static bool leave_permit(struct worker *worker, unsigned level, unsigned *workers)
{
    struct team *team = worker->team;
    lock_take(&worker->server->lock);
    *workers = atomic_load(&team->workers);
    bool leave = team->parked && atomic_load(&team->permits) <= *workers;
    if (leave) {
        parking_give_number(worker);
        atomic_store(&team->giving_level, level);
        atomic_fetch_add(&team->giving_way, 1);
        atomic_fetch_add(&worker->scheduler->searching, 1);
        atomic_fetch_add(&team->pending, 1);
        deactivate(worker);
        unpark_missing(team);
    }
    lock_give(&worker->server->lock);
    return leave;
}

/* Waits until the worker has a permit again, and answers whether that is surplus. After a resize to
 * fewer than `workers` it does not wait: those that are left may all be at work for long. */
static bool await_permit(struct team *team, unsigned workers)
{
    int64_t deadline = os_deadline(GIVE_WAY_NANOSECONDS);
    unsigned seen = atomic_load(&team->given);
    while (!permit_take_back(team)) {
        delay_here();
        if (atomic_load(&team->workers) < workers || !os_sleep(&team->given, seen, deadline)) {
            atomic_fetch_sub(&team->giving_way, 1);
            return scheduler_retake_permit(team);
        }
        seen = atomic_load(&team->given);
    }
    return false;
}

void parking_give_way(struct worker *worker, unsigned level)
{
    int64_t start = os_now();
    unsigned workers;
    if (!leave_permit(worker, level, &workers))
        return;
    delay_here();
    /* For an activation, see T3: who is to come may idle in the barrier, if one member more than
     * there are workers is active still. */
    wake_dispatcher(worker->team);
    bool surplus = await_permit(worker->team, workers);
    lock_take(&worker->server->lock);
    activate(worker);
    lock_give(&worker->server->lock);
    parking_take_number(worker, surplus);
    worker->thread_worker->inner += os_now() - start;
}
