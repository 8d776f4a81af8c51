#include "run_here.h"

#include "base/delay.h"
#include "blocked.h"
#include "guest.h"
#include "parking.h"
#include "place.h"
#include "proxy.h"
#include "run.h"
#include "server.h"
#include "settle.h"
#include "team.h"
#include "token.h"

/* What the calling thread is in that server, if it may run jobs of it; or NULL. */
static struct worker *identity_in(const yoke_server *server)
{
    struct worker *worker = self.latest;
    while (worker && (worker->server != server || !(worker->team || worker->engine)))
        worker = worker->outer;
    return worker;
}

/* As a worker that the thread is besides the one that it is now. */
static void run_as_other(struct worker *worker, yoke_job *job)
{
    struct worker *before = self.worker;
    self.worker = worker;
    parking_sit(worker);
    run_job(worker, job, 0);
    self.worker = before;
    parking_sit(before);
}

/* What a kernel runs inside has a number below the number of workers again as soon as nobody stands
 * in for its worker any more. */
static void renumber(struct worker *worker)
{
    if (worker->number < atomic_load_explicit(&worker->server->workers, memory_order_relaxed))
        return;
    struct team *team = worker->team ? worker->team : worker->lender;
    if ((worker->token || worker->lender) && !token_is_surplus(team))
        parking_renumber(worker);
}

/* The kernel that waits finds its mode of rounding as it left it. */
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

/* A worker that got here by helping with a job's OpenMP tasks has neither a token nor a number. It
 * goes without a token where there is none: whoever has it may be waiting for these tasks. */
static void run_as_helper(struct worker *worker, yoke_job *job)
{
    worker->token = token_take(worker->team);
    parking_take_number(worker, !worker->token);
    run_as(worker, job);
    if (worker->token) {
        worker_give_token(worker);
        engine_notify(worker->engine);
    } else {
        parking_give_number(worker);
    }
}

static bool run_as_proxy(yoke_job *job)
{
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

static bool run_queued(yoke_job *job)
{
    struct worker *worker = identity_in(job->server);
    if (!worker)
        return run_as_proxy(job);
    delay_here();
    if (!queue_take(job, worker))
        return false;
    if (worker->team && worker->number == NUMBER_NONE)
        run_as_helper(worker, job);
    else
        run_as(worker, job);
    return true;
}

static bool call_back(yoke_job *job)
{
    struct worker guest;
    blocked_lock(); /* so that its server stays */
    bool taken = !job_settled(job) && queue_take(job, self.worker);
    blocked_unlock();
    if (taken) {
        struct floating mode = floating_mode();
        guest_enter(&guest, job->server);
        settle_unrun(job);
        guest_leave(&guest);
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
    return (word & (JOB_STATE | JOB_HELD)) == YOKE_STATE_QUEUED && self.worker && run_queued(job);
}
