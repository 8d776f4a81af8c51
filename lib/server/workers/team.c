/* Opens an OpenMP region for a team, in which one thread is the dispatcher: it turns jobs into
 * pending permits, and sends the OpenMP tasks that bring workers to them. See team.h and
 * scheduler.h. */
#include "team.h"

#include <errno.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "activation.h"
#include "base/debug.h"
#include "base/delay.h"
#include "base/error.h"
#include "host.h"
#include "server/jobs/batch.h"
#include "server/jobs/watch.h"
#include "server/lifecycle/expiry.h"
#include "server/lifecycle/forks.h"
#include "server/lifecycle/helping.h"
#include "server/lifecycle/scratch.h"
#include "server/scheduler/binding.h"
#include "server/scheduler/parking.h"
#include "server/scheduler/permit.h"
#include "server/scheduler/wake.h"
#include "server/server.h"
#include "topology/bind.h"

/* How long a pending permit may wait for a worker to come by before a parked one is called: longer
 * than a wake-up takes. The idle workers may be helping with a thousand tasks of some job, behind
 * which OpenMP has queued the activation: a job beside these would start later by all of them, and
 * by a millisecond in one of ten cases when this was one. */
enum { PENDING_PATIENCE = 50000 };

/* ---- pending permits and activations --------------------------------------------------------- */

/* Turns what the scheduler wants into searches: by the standby, or by permits that are to be
 * redeemed. `searching` before `pending`, as the worker that redeems one lowers it later. */
static void write_pending(struct team *team)
{
    while (scheduler_wants(team->scheduler)) {
        if (wake_standby(team))
            continue;
        if (!permit_take(team))
            return;
        delay_here();
        atomic_fetch_add(&team->scheduler->searching, 1);
        delay_here();
        atomic_fetch_add(&team->pending, 1);
    }
}

static unsigned activations_missing(struct team *team)
{
    unsigned needed = atomic_load(&team->pending) + parking_surplus(team);
    unsigned activations = atomic_load(&team->activations);
    return needed > activations ? needed - activations : 0;
}

static _Thread_local bool activation_refused;

/* The body of the task. It captures nothing: libgomp and libomp reuse the memory of captures in
 * ways that look like races to ThreadSanitizer. On the dispatcher, which is no worker, it runs
 * inside the creation of the task, when OpenMP has too many tasks to put off one more, or in the
 * last barrier. */
static void activation(void)
{
    if (self.worker)
        activation_run(self.worker);
    else
        activation_refused = true;
}

static bool send_activations(struct team *team)
{
    while (activations_missing(team)) {
        activation_refused = false;
        atomic_fetch_add(&team->activations, 1);
#pragma omp task
        activation();
        if (activation_refused) {
            atomic_fetch_sub(&team->activations, 1);
            return false;
        }
    }
    return true;
}

/* ---- the dispatcher -------------------------------------------------------------------------- */

static bool dispatcher_is_needed(struct team *team)
{
    if (atomic_load(&team->stopping))
        return true;
    if (!scheduler_wants(team->scheduler))
        return false;
    return atomic_load(&team->standby) || permit_may_be_taken(team);
}

/* Sees to pending permits that no worker has redeemed; answers when to look again, -1 for never. */
static int64_t look_after_pending(struct team *team, int64_t due, bool refused)
{
    if (!atomic_load(&team->pending))
        return refused ? os_deadline(PENDING_PATIENCE) : -1;
    int64_t now = os_now();
    if (!refused && (due < 0 || now < due))
        return due < 0 ? now + PENDING_PATIENCE : due;
    if (!parking_rescue(team))
        watch_tell(WATCH_STUCK); /* a proxy may still redeem it */
    return now + PENDING_PATIENCE;
}

/* Of two deadlines, which are negative for never. */
static int64_t earlier(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

static void dispatcher_run(struct team *team)
{
    yoke_server *server = team->scheduler->server;
    int64_t due = -1;
    while (!atomic_load(&team->stopping)) {
        /* Awake before it looks: what is submitted from here on is seen below or wakes it. */
        atomic_store(&team->dispatcher, DISPATCHER_AWAKE);
        write_pending(team);
        delay_here();
        bool refused = !send_activations(team);
        due = look_after_pending(team, due, refused);
        expiry_run(server, team);
        delay_here();
        atomic_store(&team->dispatcher, DISPATCHER_ASLEEP);
        atomic_thread_fence(memory_order_seq_cst);
        delay_here();
        if (!dispatcher_is_needed(team) && (refused || !activations_missing(team)))
            os_sleep(&team->dispatcher, DISPATCHER_ASLEEP, earlier(due, timer_next(server, team)));
    }
}

/* ---- the region ------------------------------------------------------------------------------ */

static void report(struct team *team, unsigned state)
{
    atomic_store(&team->ready, state);
    os_wake(&team->ready, 1);
}

static _Thread_local struct team *keeping; /* the dispatcher's team: its task captures nothing */

/* The dispatcher is itself a task, which the thread that makes it runs in the barrier. That saves a
 * call of the system for each task that it makes: libgomp wakes a thread, even if all are awake, as
 * long as fewer threads run tasks than the team has. And LLVM's library may miss a thread that goes
 * to sleep in the barrier while the first task is made; later none sleeps there. */
static void run_dispatcher(void)
{
    atomic_store(&keeping->kept, 1);
    os_wake(&keeping->kept, OS_EVERYONE);
    dispatcher_run(keeping);
}

static void enter_region(struct team *team)
{
    unsigned rank = (unsigned)omp_get_thread_num();
    if (rank > 0) {
        /* Members go on into the barrier that ends the region, but only when the dispatcher's task
         * was taken: none of them may run that. */
        while (!atomic_load(&team->kept))
            os_sleep(&team->kept, 0, -1);
        self.worker = self.latest = &team->members[rank - 1];
        self.worker->thread = pthread_self();
        self.worker->thread_id = os_thread_id();
        if (!bind_is_on(team->scheduler->server->topology))
            self.worker->omp_place = omp_get_place_num();
        self.worker->place_here = bind_place_here(team->scheduler->server->topology);
        return;
    }
    /* OpenMP may have given fewer threads than asked for. */
    team->size = (unsigned)omp_get_num_threads() - 1;
    atomic_store(&team->active, team->size);
    if (!team->size) {
        report(team, TEAM_FAILED);
        return;
    }
    keeping = team;
#pragma omp task
    run_dispatcher();
}

static void open_region(struct team *team)
{
#pragma omp parallel num_threads((int)team->threads) default(none) shared(team)
    enter_region(team);
}

/* So many threads more are tried than OpenMP will start: other threads and processes may start some
 * at the same time. */
enum { THREADS_SPARE = 2 };

/* OpenMP ends the process when it cannot have a thread, so try before. This is the thread that will
 * start them, at once. */
static bool may_have_threads(struct team *team, unsigned resting)
{
    unsigned members = team->threads - 1;
    if (members > resting)
        team->granted = os_try_threads(members - resting + THREADS_SPARE, host_stack_size());
    return team->granted == OS_THREADS_GRANTED;
}

static unsigned run_region(void *argument, unsigned resting)
{
    struct team *team = argument;
    const yoke_server *server = team->scheduler->server;
    /* The thread that opens a team may be a worker, bound to its core. */
    if (bind_is_on(server->topology))
        os_affinity_apply(server->affinity);
    /* These settings hold for this thread alone, not for the program. */
    omp_set_dynamic(0);
    helping_open();
    if (omp_get_max_active_levels() < 1)
        omp_set_max_active_levels(1);
    if (!may_have_threads(team, resting)) {
        report(team, TEAM_FAILED);
        return resting;
    }
    /* OMP_THREAD_LIMIT is a limit on the workers, which the topology observes. The dispatcher and
     * the reserve are no workers; only a teams construct can have them beyond the limit. */
    int threads = (int)team->threads;
    if (omp_get_thread_limit() >= threads) {
        open_region(team);
    } else {
#pragma omp teams num_teams(1) thread_limit(threads) default(none) shared(team)
        open_region(team);
    }
    return team->size;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static void init_member(struct team *team, struct worker *worker)
{
    worker->team = team;
    worker->thread_worker = worker;
    worker->scheduler = team->scheduler;
    worker->server = team->scheduler->server;
    atomic_init(&worker->slot, NUMBER_NONE);
    atomic_init(&worker->bound, NUMBER_NONE);
    atomic_init(&worker->number, NUMBER_NONE);
    worker->omp_place = -1;
}

static struct team *allocate(struct scheduler *scheduler, unsigned members)
{
    struct team *team = aligned_alloc(alignof(struct team), sizeof *team);
    struct worker *workers = aligned_alloc(alignof(struct worker), members * sizeof *workers);
    struct queue *batches = aligned_alloc(alignof(struct queue), members * sizeof *batches);
    if (!team || !workers || !batches) {
        free(team);
        free(workers);
        free(batches);
        return NULL;
    }
    memset(team, 0, sizeof *team);
    memset(workers, 0, members * sizeof *workers);
    memset(batches, 0, members * sizeof *batches);
    team->scheduler = scheduler;
    team->members = workers;
    team->batches = batches;
    team->threads = members + 1;
    team->first_mark = helping_reserve_marks(members);
    for (unsigned i = 0; i < members; i++)
        init_member(team, &workers[i]);
    return team;
}

void team_free(struct team *team)
{
    for (unsigned i = 0; team->members && i < team->size; i++) {
        trace_free(&team->members[i].trace);
        binding_free(team->members[i].binding);
        free(team->members[i].place_here);
        scratch_free(team->members[i].scratch);
        forks_free(team->members[i].spare);
    }
    free(team->members);
    free(team->batches);
    free(team);
}

static yoke_status refuse(const struct team *team, enum os_threads granted)
{
    switch (granted) {
    case OS_THREADS_NO_MEMORY:
        return error_set(YOKE_NO_MEMORY, "no memory to start %u threads", team->threads);
    case OS_THREADS_NO_ROOM:
        return error_set(YOKE_NO_THREADS,
                         "no memory for the stacks of %u more threads; ask for fewer workers, set "
                         "OMP_STACKSIZE to less, or raise the limit (ulimit -v)",
                         team->threads);
    case OS_THREADS_REFUSED:
        return error_set(YOKE_NO_THREADS,
                         "the system does not allow %u more threads; ask for fewer workers, or "
                         "raise the limit (ulimit -u, pids.max)",
                         team->threads);
    default:
        return error_set(YOKE_NO_THREADS, "OpenMP gives a team no more than one thread; unset "
                                          "OMP_THREAD_LIMIT");
    }
}

static yoke_status start(struct team *team)
{
    int error = host_start(run_region, team, &team->host);
    if (error)
        return refuse(team, error == ENOMEM ? OS_THREADS_NO_MEMORY : OS_THREADS_REFUSED);
    while (atomic_load(&team->ready) == TEAM_STARTING)
        os_sleep(&team->ready, TEAM_STARTING, -1);
    host_started();
    if (atomic_load(&team->ready) == TEAM_READY)
        return YOKE_OK;
    host_join(team->host);
    return refuse(team, team->granted);
}

/* A chain of waits always ends in a job that runs, so even without stand-ins the server goes on; a
 * larger reserve keeps more cores busy while many jobs wait for each other. */
static unsigned reserve_for(unsigned workers)
{
    return workers < 2 ? 2 : workers < 16 ? workers : 16;
}

yoke_status team_open(struct scheduler *scheduler, unsigned workers, unsigned members_min)
{
    unsigned reserve = reserve_for(workers);
    unsigned members = workers + reserve > members_min ? workers + reserve : members_min;
    struct team *team = allocate(scheduler, members);
    if (!team)
        return error_set(YOKE_NO_MEMORY, "no memory for a team of %u workers", workers);
    yoke_status status = start(team);
    if (status != YOKE_OK) {
        team_free(team);
        return status;
    }
    team->capacity = team->size == members ? members - reserve : team->size;
    for (unsigned i = 0; i < team->size; i++) {
        batch_add(&scheduler->queue, &team->batches[i]);
        team->members[i].batch = &team->batches[i];
    }
    struct team *_Atomic *link = &scheduler->teams;
    while (*link)
        link = &(*link)->next;
    atomic_store(link, team);
    /* The first team of a server is the one whose dispatcher runs the timer. */
    struct team *none = NULL;
    atomic_compare_exchange_strong(&scheduler->server->timer.team, &none, team);
    return YOKE_OK;
}

void team_stop(struct team *team)
{
    debug_assert(!team->scheduler->queue.list.first);
    parking_stop(team);
    wake_standby(team);
    wake_dispatcher(team);
}

void team_join(struct team *team)
{
    host_join(team->host);
    for (unsigned i = 0; i < team->size && !host_threads_rest(); i++)
        os_await_end(team->members[i].thread_id);
    debug_assert(atomic_load(&team->permits) == atomic_load(&team->pending));
    debug_assert(atomic_load(&team->active) == team->size);
}
