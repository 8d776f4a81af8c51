/* A scheduler: the jobs of one NUMA node, and the teams of threads that run them.
 *
 * A *team* is an OpenMP parallel region kept open on a host thread of its own. One thread of it is
 * the *dispatcher*, which creates OpenMP tasks and never runs jobs; the others are *workers*. A
 * worker is always in one of five places:
 *
 *   idle      in the barrier that ends the region. libgomp lets it sleep there, wakes it for tasks,
 *             and has it help with the nested tasks of running jobs.
 *   at work   in a task that the dispatcher made (an *activation*), holding a *permit*: it takes
 *             jobs from the scheduler's queue and runs them until the queue is dry.
 *   standby   in an activation, asleep on its own wake event: the one worker that submitters call
 *             directly. It is the last to come off work, so that an idle scheduler has no nested
 *             tasks that it would miss, and a job for an idle scheduler costs one wake-up and no
 *             OpenMP.
 *   blocked   in a job that waits for a job which runs elsewhere.
 *   parked    in an activation, asleep on its own wake event: surplus. Parked workers make up the
 *             reserve for resizing and for standing in for blocked workers; and because they make
 *             the team larger than the number of processors, libgomp does not spin for
 *             milliseconds.
 *
 * Parking is the slow path, under the server's lock: see parking.h. The fast path is these words,
 * all atomic and all changed by sequentially consistent operations:
 *
 *   scheduler: length       jobs in the queue, where a worker's batch counts as one: see queue.h
 *              wanted       workers that regions want: see region.h
 *              searching    permits and called standbys that look for a job and have none yet
 *   team:      workers      how many permits there may be
 *              permits      how many there are: pending ones and those of workers at work
 *              pending      permits that no worker has come for yet; they count as searching
 *              activations  activations created and not begun
 *              standby      the standby worker, if there is one asleep
 *              dispatcher   DISPATCHER_AWAKE or DISPATCHER_ASLEEP
 *
 * Invariants, outside of single steps:
 *   T1  pending <= permits, and permits <= workers except that a worker coming back from blocked
 *       takes its permit at once, and that a resize may lower `workers`. While permits > workers,
 *       permits are given up at the next end of a job. A worker that gives way to more urgent jobs
 *       (see parking_give_way()) leaves its permit pending, and has the first claim to the one that
 *       is given up next: threads that take other permits leave as many as are `giving_way`.
 *   T2  Every permit and called standby that is searching will either take a job or find the queue
 *       empty, then lower `searching`, and then look whether the scheduler still *wants*:
 *       length + wanted > searching, or jobs to steal (see steal.h).
 *   T3  activations >= pending + surplus workers, or the dispatcher is awake or has set itself a
 *       timer.
 *   T4  There is no standby asleep while there are permits: it would miss nested tasks. A worker
 * that stands by looks at the permits after that, and a thread that takes a permit looks for a
 *       standby after that.
 *
 * No wake-up is lost: if jobs are queued then a permit is searching, or every team has all its
 * permits at work, or a dispatcher is awake. Proof: suppose that this is not so, and take the last
 * of these steps before it, in the single order of sequentially consistent operations:
 *
 *   length or wanted grow (submit, a loop), searching falls, permits fall, workers grow, a
 * dispatcher goes to sleep.
 *
 * The thread that takes such a step issues a full fence next, looks at all the other words, and
 * acts if the scheduler wants and some team has a standby asleep, or fewer permits than workers and
 * a dispatcher asleep (scheduler_notify(), dispatcher_run(), activation_run()). Of two such steps
 * by two threads the later sees the earlier; so the last one sees everything, and nothing is left
 * to be done after it. A submitter may rely on a searching permit (length <= searching) because of
 * T2: that permit lowers `searching` later, and is then itself the one that looks.
 *
 * A batch holds jobs of a worker that is at work, so it only matters while that worker is busy with
 * one of them: others then find the length above zero, search, and take from the batch. Dealing
 * never makes the length zero; returning a batch may hide it for a moment, so the worker looks
 * afterwards like everyone else.
 *
 * A pending permit may sit in OpenMP's queue for long behind the nested tasks of some job, or be
 * refused when libgomp has 64 tasks a thread (it then runs the activation inside its creation, on
 * the dispatcher, where an activation does nothing). So pending permits are not tied to
 * activations: any worker that passes by redeems one, and after PENDING_PATIENCE the dispatcher
 * wakes a parked worker to do so. */
#ifndef SERVER_SCHEDULER_H
#define SERVER_SCHEDULER_H

#include "server/jobs/queue.h"

struct team;
struct proxy;
struct region;

/* Where a region stands: see region.h. */
struct offer {
    alignas(64) atomic_uint state;
    atomic_uint level;
    struct region *_Atomic region;
};

/* More regions at a time are without help: of so many each thread has one. */
enum { OFFERS = 16 };

struct scheduler {
    struct queue queue;
    alignas(64) atomic_uint searching;
    atomic_uint wanted; /* by its offers, all together; looked at with `searching` */
    struct offer offers[OFFERS];
    atomic_uint trees; /* deques of its workers that are part of one: see forks.h */
    alignas(64) struct team *_Atomic teams; /* oldest first; only ever grows */
    atomic_uint workers;                    /* sum of the teams' */
    yoke_server *server;
    struct proxy *_Atomic proxies; /* only ever grows; see proxy.h */
    struct scheduler **nearest;    /* the others, nearest first; NULL when there are none */
    unsigned node;                 /* dense number, as plan_node_of() */
};

/* Whether a job is queued, or a region wants a worker, for which nobody is coming, here or at
 * schedulers that it may be taken from. */
bool scheduler_wants(struct scheduler *scheduler);

/* After a step that may leave the scheduler wanting: wakes a worker or a dispatcher, if it does. */
void scheduler_notify(struct scheduler *scheduler);

/* Asks all workers that fork to look up when they do so next: see forks.h. */
void scheduler_ask_forks(struct scheduler *scheduler);

/* Calls a standby, if there is one, to the core of the calling thread: see wake_at_core(). */
void scheduler_hand_over(struct scheduler *scheduler);

/* Calls `see` for every worker that the scheduler ever had, the proxies included. */
void scheduler_each_worker(struct scheduler *scheduler,
                           void (*see)(struct worker *worker, void *context), void *context);

/* How many jobs they have settled. */
uint64_t scheduler_settled(struct scheduler *scheduler);

/* A rough measure of how long a new job would have to wait here: lower is better. */
bool scheduler_less_loaded(struct scheduler *a, struct scheduler *b);

/* Takes a permit for a worker that had one and comes back to its job, also beyond the number of
 * workers. Answers whether it is surplus in this way. */
bool scheduler_retake_permit(struct team *team);

#endif
