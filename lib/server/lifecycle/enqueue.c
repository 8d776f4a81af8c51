/* Chooses the queue for a job and wakes a worker for it: see enqueue.h. */
#include "enqueue.h"

#include "base/delay.h"
#include "server/scheduler/executor.h"
#include "server/scheduler/place.h"

/* Whether the scheduler may be given jobs of that place. When no node of the place has workers, all
 * schedulers may: then a worker moves into the place. */
static bool is_candidate(const struct scheduler *scheduler, const struct place *place)
{
    return atomic_load_explicit(&scheduler->workers, memory_order_relaxed) &&
           (!place || place_has_node(scheduler->server, place, scheduler->node));
}

/* The scheduler where a job would wait least; the calling worker's own among equals. */
static struct scheduler *choose_scheduler(yoke_server *server, const struct place *place)
{
    /* Threads of the program begin with each node in turn, so that equals get the same share. */
    static _Thread_local unsigned turn;
    if (server->nodes == 1)
        return server->schedulers;
    bool own = self.worker && self.worker->server == server && self.worker->scheduler;
    unsigned first = own ? self.worker->scheduler->node : turn++ % server->nodes;
    struct scheduler *best = NULL;
    for (unsigned i = 0; i < server->nodes; i++) {
        struct scheduler *scheduler = &server->schedulers[(first + i) % server->nodes];
        if (!is_candidate(scheduler, place))
            continue;
        if (!best || scheduler_less_loaded(scheduler, best))
            best = scheduler;
    }
    if (best || !place)
        return best ? best : server->schedulers;
    return choose_scheduler(server, NULL);
}

static enum queue_state push_here(yoke_server *server, yoke_job *job,
                                  enum queue_state (*append)(struct queue *queue, yoke_job *job))
{
    /* The thread called a standby for an earlier job and has not waited since. Such a thread keeps
     * its core: see wake_at_core(). */
    if (self.called)
        self.called = self.hands_off = false;
    struct scheduler *scheduler;
    enum queue_state state;
    do {
        scheduler = choose_scheduler(server, job->place);
        delay_here();
        state = append(&scheduler->queue, job);
    } while (state == QUEUE_IDLE); /* a resize has just taken its workers: choose again */
    if (state != QUEUE_OPEN)
        return state;
    delay_here();
    if (self.hands_off)
        scheduler_hand_over(scheduler);
    scheduler_notify(scheduler);
    return state;
}

static enum queue_state push_elsewhere(yoke_server *server, yoke_job *job,
                                       enum queue_state (*append)(struct queue *queue,
                                                                  yoke_job *job))
{
    /* Once it is there it may be taken, end and be let go. */
    atomic_fetch_add_explicit(&job->references, 1, memory_order_relaxed);
    enum queue_state state = append(&atomic_load(&server->executor)->queue, job);
    if (state == QUEUE_OPEN)
        executor_hand(server, job);
    job_release(job, 1);
    return state;
}

static enum queue_state enqueue(yoke_server *server, yoke_job *job,
                                enum queue_state (*append)(struct queue *queue, yoke_job *job))
{
    /* One that has ended comes here for its callback. */
    if (!job_is_elsewhere(job) || job_state(job) != YOKE_STATE_QUEUED)
        return push_here(server, job, append);
    return push_elsewhere(server, job, append);
}

enum queue_state enqueue_new(yoke_job *job)
{
    return enqueue(job->server, job, queue_push);
}

static enum queue_state append_dependent(struct queue *queue, yoke_job *job)
{
    return queue_transfer(job, &job->server->dependent, queue);
}

void enqueue_dependent(yoke_job *job)
{
    enqueue(job->server, job, append_dependent);
}

void enqueue_again(yoke_job *job)
{
    enqueue(job->server, job, queue_return);
}
