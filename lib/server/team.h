/* A team: the host thread, the parallel region, the keeper and the members. See engine.h. */
#ifndef SERVER_TEAM_H
#define SERVER_TEAM_H

#include "engine.h"
#include "worker.h"

enum { KEEPER_AWAKE, KEEPER_ASLEEP };
enum { TEAM_STARTING, TEAM_READY, TEAM_FAILED };

struct team {
    alignas(64) atomic_uint tokens;
    atomic_uint workers;
    atomic_uint tickets;
    atomic_uint visits;
    struct worker *_Atomic sentry;
    atomic_uint keeper; /* the futex that the keeper sleeps on */
    atomic_bool stopping;
    atomic_uint active; /* members neither parked nor blocked; changes under the server's lock */
    /* See parking_give_way(): */
    atomic_uint giving_way;   /* workers that want their tokens back */
    atomic_uint given;        /* tokens given meanwhile; a futex */
    atomic_uint giving_level; /* that of the job which gave way last */

    alignas(64) struct engine *engine;
    struct team *_Atomic next; /* in the engine */
    struct worker *members;    /* everyone but the keeper */
    struct queue *hands;       /* one for each of them */
    unsigned size;             /* how many there are */
    unsigned capacity;         /* how many of them may be workers; the others only stand in */
    struct worker *parked;     /* list by next_parked; under the server's lock */
    atomic_uint kept;          /* the keeper is at work; a futex */
    atomic_uint ready;         /* TEAM_READY once all members are parked; a futex */
    unsigned threads;          /* asked of OpenMP, the keeper included */
    enum os_threads granted;   /* by the system, before that */
    struct host *host;
};

/* Starts a team that can have `workers` workers or more, with a reserve of stand-ins and at least
 * `members_min` members in all, every one parked, and adds it to the engine. Where OMP_THREAD_LIMIT
 * leaves less, `capacity` has it. YOKE_NO_MEMORY, YOKE_NO_THREADS. */
yoke_status team_open(struct engine *engine, unsigned workers, unsigned members_min);

/* Tells everyone to leave; no job may be queued or running. */
void team_stop(struct team *team);

/* Waits until they have left, and do not count against the system's limits any more. */
void team_join(struct team *team);

void team_free(struct team *team);

/* Wakes the keeper if it sleeps. */
void team_wake_keeper(struct team *team);

/* Calls the sentry to search; false when there is none. */
bool team_call_sentry(struct team *team);

/* The same for a thread that is about to wait for the job: calls the sentry to the place where the
 * thread is running, if workers may run there. Waking up another core takes several times as long
 * as changing from one thread to the other here (43 and 5 microseconds after a rest of 1 ms on a
 * virtual machine). But a thread that goes on would have its core taken away. */
bool team_hand_over(struct team *team);

/* One more token, if there may be one. */
bool team_take_token(struct team *team);

/* The same for a worker that had one and comes back to its job: in any case. Answers whether it is
 * surplus, one beyond the number of workers. */
bool team_retake_token(struct team *team);

/* One token for a worker that counts as giving way, and then does no more. */
bool team_take_back_token(struct team *team);

/* Tells these that there may be a token. */
void team_tell_giving_way(struct team *team);

/* One token less, of a thread that works for the team. */
void team_give_token(struct team *team);

/* Whether there are more tokens than workers: since a resize, or a blocked worker's return; or who
 * gave way wants its own back, and what it gave way to has been taken. */
static inline bool team_has_surplus_token(struct team *team)
{
    unsigned tokens = atomic_load_explicit(&team->tokens, memory_order_relaxed);
    unsigned workers = atomic_load_explicit(&team->workers, memory_order_relaxed);
    unsigned wanted = atomic_load_explicit(&team->giving_way, memory_order_relaxed);
    return tokens > workers ||
           (wanted && tokens + wanted > workers &&
            !queue_has_above(&team->engine->queue, atomic_load(&team->giving_level)));
}

/* Whether there may be one more token. */
static inline bool team_may_take_token(struct team *team)
{
    return atomic_load(&team->tokens) + atomic_load(&team->giving_way) <
           atomic_load(&team->workers);
}

/* How many members should park. */
static inline unsigned team_surplus(struct team *team)
{
    unsigned active = atomic_load(&team->active);
    unsigned workers = atomic_load(&team->workers);
    return active > workers ? active - workers : 0;
}

#endif
