/* Runs a queued job on the thread that waits for it: as the worker that the thread is, as a helper
 * without a number, or as a proxy. See run_here.h. */
#include "run_here.h"

#include "base/delay.h"
#include "proxy.h"
#include "server/jobs/waiters.h"
#include "server/lifecycle/blocked.h"
#include "server/lifecycle/external.h"
#include "server/lifecycle/run.h"
#include "server/lifecycle/settle.h"
#include "server/scheduler/parking.h"
#include "server/scheduler/permit.h"
#include "server/scheduler/place.h"
#include "server/server.h"
#include "server/workers/activation.h"
#include "server/workers/team.h"

/* What the calling thread is in that server, if it may run jobs of it; or NULL. */
static struct worker *identity_in(const yoke_server *server)
{
    struct worker *worker = self.latest;
    while (worker && (worker->server != server || !(worker->team || worker->scheduler)))
        worker = worker->outer;
    return worker;
}

/* The thread is several workers, and runs the job as another one than it is now. */
static void run_as_other(struct worker *worker, yoke_job *job)
{
    struct worker *before = self.worker;
    self.worker = worker;
    parking_sit(worker);
    run_job(worker, job, 0);
    self.worker = before;
    parking_sit(before);
}

/* The worker may have a number above the workers, because a stand-in had its own while it was
 * blocked. A job that starts now gets one below again, unless the worker is still surplus. */
static void renumber(struct worker *worker)
{
    if (worker->number < atomic_load_explicit(&worker->server->workers, memory_order_relaxed))
        return;
    struct team *team = worker->team ? worker->team : worker->lender;
    if ((worker->permit || worker->lender) && !permit_is_surplus(team))
        parking_renumber(worker);
}

/* Runs the job in the floating-point mode of its server, and restores that of the kernel that
 * waits. */
static void run_as(struct worker *worker, yoke_job *job)
{
    struct floating mode = floating_mode();
    floating_set(&worker->server->floating);
    renumber(worker);
    if (worker == self.worker)
        run_job(worker, job, 0);
    else
        run_as_other(worker, job);
    floating_set(&mode);
}

/* A worker that is here because it helps with a job's OpenMP tasks has neither a permit nor a
 * number. Without a free permit it runs the job anyway: the worker that has the permit may be
 * waiting for this very task. */
static void run_as_helper(struct worker *worker, yoke_job *job)
{
    worker->permit = permit_take(worker->team);
    parking_take_number(worker, !worker->permit);
    run_as(worker, job);
    if (worker->permit) {
        activation_give_permit(worker);
        scheduler_notify(worker->scheduler);
    } else {
        parking_give_number(worker);
    }
}

static bool run_as_proxy(yoke_job *job)
{
    /* The lock keeps the server from being freed until the thread counts as a proxy in it. */
    blocked_lock();
    struct worker *proxy = job_settled(job) ? NULL : proxy_enter(job);
    bool taken = proxy && queue_take(job, proxy);
    blocked_unlock();
    if (taken)
        run_as(proxy, job);
    if (proxy)
        proxy_leave(proxy);
    return taken;
}

/* Whether the thread is in a job of that server: then those that wait for all of its jobs wait for
 * that one, too, and are told when it has ended. */
static bool is_in_job_of(const yoke_server *server)
{
    const struct frame *frame = self.frame;
    while (frame && frame->job->server != server)
        frame = frame->outer;
    return frame;
}

static bool run_queued(yoke_job *job)
{
    yoke_server *server = job->server;
    struct worker *worker = identity_in(server);
    if (!worker)
        return run_as_proxy(job);
    delay_here();
    if (!queue_take(job, worker))
        return false;
    if (worker->team && worker->number == NUMBER_NONE)
        run_as_helper(worker, job);
    else
        run_as(worker, job);
    /* A worker that helps with a loop is in none. */
    if (!is_in_job_of(server))
        waiters_tell(server);
    return true;
}

static bool call_back(yoke_job *job)
{
    struct worker external;
    blocked_lock(); /* so that its server stays */
    bool taken = !job_settled(job) && queue_take(job, self.worker);
    blocked_unlock();
    if (taken) {
        struct floating mode = floating_mode();
        external_enter(&external, job->server);
        settle_never_started(job);
        external_leave(&external);
        floating_set(&mode);
    }
    return taken;
}

bool run_here(yoke_job *job)
{
    unsigned word = job_word(job);
    if (word & JOB_RETURNED)
        return call_back(job);
    if (job_is_elsewhere(job))
        return false;
    return (word & (JOB_STATE | JOB_DEPENDENT)) == YOKE_STATE_QUEUED && self.worker &&
           run_queued(job);
}
