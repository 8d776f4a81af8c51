/* A team: the host thread, the parallel region, the dispatcher and the members. See scheduler.h. */
#ifndef SERVER_TEAM_H
#define SERVER_TEAM_H

#include "server/scheduler/scheduler.h"
#include "server/worker.h"

enum { DISPATCHER_AWAKE, DISPATCHER_ASLEEP };
enum { TEAM_STARTING, TEAM_READY, TEAM_FAILED };

struct team {
    alignas(64) atomic_uint permits;
    atomic_uint workers;
    atomic_uint pending;
    atomic_uint activations;
    struct worker *_Atomic standby;
    atomic_uint dispatcher; /* the futex that the dispatcher sleeps on */
    atomic_bool stopping;
    atomic_uint active; /* members neither parked nor blocked; changes under the server's lock */
    /* See parking_give_way(): */
    atomic_uint giving_way;   /* workers that want their permits back */
    atomic_uint given;        /* permits given meanwhile; a futex */
    atomic_uint giving_level; /* that of the job which gave way last */

    alignas(64) struct scheduler *scheduler;
    struct team *_Atomic next; /* in the scheduler */
    struct worker *members;    /* all threads but the dispatcher */
    unsigned first_mark;       /* of the first of them: see helping.h */
    struct queue *batches;     /* one for each of them */
    unsigned size;             /* how many there are */
    unsigned capacity;         /* how many of them may be workers; the others only stand in */
    struct worker *parked;     /* list by next_parked; under the server's lock */
    atomic_uint kept;          /* the dispatcher is at work; a futex */
    atomic_uint ready;         /* TEAM_READY once all members are parked; a futex */
    unsigned threads;          /* asked of OpenMP, the dispatcher included */
    enum os_threads granted;   /* by the system, before that */
    struct host *host;
};

/* Starts a team that can have `workers` workers or more, with a reserve of stand-ins and at least
 * `members_min` members in all, every one parked, and adds it to the scheduler. Where
 * OMP_THREAD_LIMIT leaves less, `capacity` has it. YOKE_NO_MEMORY, YOKE_NO_THREADS. */
yoke_status team_open(struct scheduler *scheduler, unsigned workers, unsigned members_min);

/* Tells all its threads to leave; no job may be queued or running. */
void team_stop(struct team *team);

/* Waits until they have left, and do not count against the system's limits any more. */
void team_join(struct team *team);

void team_free(struct team *team);

#endif
