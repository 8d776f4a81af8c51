/* An engine: the jobs of one NUMA node, and the teams of threads that run them.
 *
 * A *team* is an OpenMP parallel region kept open on a host thread of its own. One thread of it is
 * the *keeper*, which creates OpenMP tasks and never runs jobs; the others are *workers*. A worker
 * is always in one of five places:
 *
 *   idle      in the barrier that ends the region. libgomp lets it sleep there, wakes it for tasks,
 *             and has it help with the nested tasks of running jobs.
 *   at work   in a task that the keeper made (a *visit*), holding a *token*: it takes jobs from the
 *             engine's queue and runs them until the queue is dry.
 *   sentry    in a visit, asleep on its own bell: the one worker that submitters call directly. It
 *             is the last to come off work, so that an idle engine has no nested tasks that it
 *             would miss, and a job for an idle engine costs one wake-up and no OpenMP.
 *   blocked   in a job that waits for a job which runs elsewhere.
 *   parked    in a visit, asleep on its own bell: surplus. Parked workers make up the reserve for
 *             resizing and for standing in for blocked workers; and because they make the team
 *             larger than the number of processors, libgomp does not spin for milliseconds.
 *
 * Parking is the slow path, under the server's lock: see parking.h. The fast path is these words,
 * all atomic and all changed by sequentially consistent operations:
 *
 *   engine:  length     jobs in the queue, where a worker's hand counts as one (see queue.h)
 *            searching  tokens and called sentries that look for a job and have none yet
 *   team:    workers    how many tokens there may be
 *            tokens     how many there are: tickets and workers at work
 *            tickets    tokens whose visit has not come to a worker yet; they count as searching
 *            visits     visits created and not begun
 *            sentry     the sentry, if there is one asleep
 *            keeper     KEEPER_AWAKE or KEEPER_ASLEEP
 *
 * Invariants, outside of single steps:
 *   T1  tickets <= tokens, and tokens <= workers except that a worker coming back from blocked
 *       takes its token at once, and that a resize may lower `workers`. While tokens > workers,
 *       tokens are given up at the next end of a job. A worker that gives way to more urgent jobs
 *       (see parking_give_way()) leaves its token as a ticket, and has the first claim to the one
 *       that is given up next: who takes another token leaves as many as are `giving_way`.
 *   T2  Every token and called sentry that is searching will either take a job or find the queue
 *       empty, then lower `searching`, and then look whether the engine still *wants*:
 *       length > searching, or jobs to steal (see steal.h).
 *   T3  visits >= tickets + surplus workers, or the keeper is awake or has set itself a timer.
 *   T4  There is no sentry asleep while there are tokens: it would miss nested tasks. Who stands
 *       sentry looks at the tokens after that, who takes a token looks for a sentry after that.
 *
 * No wake-up is lost: if jobs are queued then a token is searching, or every team has all its
 * tokens at work, or a keeper is awake. For take the last of these steps, in the single order of
 * sequentially consistent operations, after which that is not so:
 *
 *   length grows (submit), searching falls, tokens fall, workers grow, a keeper goes to sleep.
 *
 * Whoever takes such a step next issues a full fence and looks at all the other words, and acts if
 * the engine wants and some team has a sentry asleep, or fewer tokens than workers and a keeper
 * asleep (engine_notify(), keeper_run(), worker_visit()). Of two such steps by two threads the
 * later sees the earlier; so the last one sees everything, and nothing is left to be done after it.
 * A submitter may rely on a searching token (length <= searching) because of T2: that token lowers
 * `searching` later, and is then itself the one that looks.
 *
 * A hand holds jobs of a worker that is at work, so it only matters while that worker is busy with
 * one of them: others then find the length above zero, search, and take from the hand. Dealing
 * never makes the length zero; returning a hand may hide it for a moment, so the worker looks
 * afterwards like everyone else.
 *
 * A ticket may sit in OpenMP's queue for long behind the nested tasks of some job, or be refused
 * when libgomp has 64 tasks a thread (it then runs the visit inside its creation, on the keeper,
 * where a visit does nothing). So tickets are not tied to visits: any worker that passes by
 * redeems one, and after TICKET_PATIENCE the keeper wakes a parked worker to do so. */
#ifndef SERVER_ENGINE_H
#define SERVER_ENGINE_H

#include "server/jobs/queue.h"

struct team;
struct proxy;

struct engine {
    struct queue queue;
    alignas(64) atomic_uint searching;
    alignas(64) struct team *_Atomic teams; /* oldest first; only ever grows */
    atomic_uint workers;                    /* sum of the teams' */
    yoke_server *server;
    struct proxy *_Atomic proxies; /* only ever grows; see proxy.h */
    struct engine **nearest;       /* the others, nearest first; NULL when there are none */
    unsigned node;                 /* dense number, as topology_node_of() */
};

/* Whether a job is queued that no one is coming for, here or where it may be taken from. */
bool engine_wants(struct engine *engine);

/* Called after a step that may leave the engine wanting: wakes one who will see to it. */
void engine_notify(struct engine *engine);

/* Calls a sentry, if there is one, to the core of the calling thread: see wake_at_core(). */
void engine_hand_over(struct engine *engine);

/* Calls `see` for every worker that the engine ever had, the proxies included. */
void engine_each_worker(struct engine *engine, void (*see)(struct worker *worker, void *context),
                        void *context);

/* How many jobs they have settled. */
uint64_t engine_settled(struct engine *engine);

/* A rough measure of how long a new job would have to wait here: lower is better. */
bool engine_less_loaded(struct engine *a, struct engine *b);

/* One more token for a worker that had one and comes back to its job: in any case. Answers whether
 * it is surplus, one beyond the number of workers. */
bool engine_retake_token(struct team *team);

#endif
