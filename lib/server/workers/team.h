/* A team: the host thread, the parallel region, the keeper and the members. See engine.h. */
#ifndef SERVER_TEAM_H
#define SERVER_TEAM_H

#include "server/scheduler/engine.h"
#include "server/worker.h"

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

#endif
