#include "enqueue.h"

#include "base/delay.h"
#include "outside.h"
#include "place.h"

/* Whether the engine may be given jobs of that place. Without workers on its nodes another engine's
 * worker moves in. */
static bool is_candidate(const struct engine *engine, const struct place *place)
{
    return atomic_load_explicit(&engine->workers, memory_order_relaxed) &&
           (!place || place_has_node(engine->server, place, engine->node));
}

/* The engine where a job would wait least; the calling worker's own among equals. */
static struct engine *choose_engine(yoke_server *server, const struct place *place)
{
    static _Thread_local unsigned turn;
    if (server->nodes == 1)
        return server->engines;
    bool own = self.worker && self.worker->server == server && self.worker->engine;
    unsigned first = own ? self.worker->engine->node : turn++ % server->nodes;
    struct engine *best = NULL;
    for (unsigned i = 0; i < server->nodes; i++) {
        struct engine *engine = &server->engines[(first + i) % server->nodes];
        if (!is_candidate(engine, place))
            continue;
        if (!best || engine_less_loaded(engine, best))
            best = engine;
    }
    if (best || !place)
        return best ? best : server->engines;
    return choose_engine(server, NULL);
}

static enum queue_state push_here(yoke_server *server, yoke_job *job,
                                  enum queue_state (*append)(struct queue *queue, yoke_job *job))
{
    if (self.called) /* the last time, and went on */
        self.called = self.hands_off = false;
    struct engine *engine;
    enum queue_state state;
    do {
        engine = choose_engine(server, job->place);
        delay_here();
        state = append(&engine->queue, job);
    } while (state == QUEUE_IDLE); /* a resize has just taken its workers: choose again */
    if (state != QUEUE_OPEN)
        return state;
    delay_here();
    if (self.hands_off)
        engine_hand_over(engine);
    engine_notify(engine);
    return state;
}

static enum queue_state enqueue(yoke_server *server, yoke_job *job,
                                enum queue_state (*append)(struct queue *queue, yoke_job *job))
{
    /* One that has ended comes here for its callback. */
    if (!job_is_elsewhere(job) || job_state(job) != YOKE_STATE_QUEUED)
        return push_here(server, job, append);
    enum queue_state state = append(&atomic_load(&server->outside)->queue, job);
    if (state == QUEUE_OPEN)
        outside_hand(server, job);
    return state;
}

enum queue_state enqueue_new(yoke_job *job)
{
    return enqueue(job->server, job, queue_push);
}

static enum queue_state append_held(struct queue *queue, yoke_job *job)
{
    return queue_transfer(job, &job->server->held, queue);
}

void enqueue_held(yoke_job *job)
{
    enqueue(job->server, job, append_held);
}

void enqueue_again(yoke_job *job)
{
    enqueue(job->server, job, queue_return);
}
