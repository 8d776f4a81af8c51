/* A region: a function that the calling thread runs, and with it workers of the server that have
 * nothing else to do. What loops are made of.
 *
 * It is no job. A region stands as an *offer* at each scheduler that is to help, as long as the
 * calling thread is at it; a worker that looks for a job, and finds none that comes before, joins
 * it: it keeps its permit and its number, calls the function, and looks for a job again. So a
 * region costs workers that are awake no more than a few cache lines going to and fro, and the
 * thread that opened it never waits for one that has not joined. What an offer still wants counts,
 * in scheduler_wants(), as jobs do: see scheduler.h.
 *
 * In a region inside a job the helpers are part of that job: they have its frame, and the mark of
 * its kernel (see helping.h), so a wait for the job is refused there as it is in its kernel. */
#ifndef SERVER_REGION_H
#define SERVER_REGION_H

#include "base/floating.h"
#include "server/scheduler/scheduler.h"

/* Offers of a region at most: where a server has more nodes, the others do not help. */
enum { REGION_OFFERS = 32 };

/* What a worker that leaves a region says of it: there is more to do, so another one may join
 * instead; it can do with who is there or wanted already; or nothing is left for anyone. */
enum region_left { REGION_MORE, REGION_ENOUGH, REGION_NOTHING };

struct region {
    /* Set by whoever opens it: called by each worker that joins. */
    enum region_left (*join)(struct region *region);
    const yoke_job *job; /* that it is part of, or NULL */
    unsigned level;      /* of priority; inside a job it is that of the job */
    bool own_node;       /* of a worker: only those of its node are to help */

    int mark;
    unsigned node;        /* of the thread that has opened it */
    struct floating mode; /* likewise */
    unsigned count;
    struct offer *offers[REGION_OFFERS];
    struct scheduler *schedulers[REGION_OFFERS]; /* where these stand */
};

/* How many workers may help with a region that the calling thread opens now: none where it is no
 * worker of the server but inside a job or callback all the same. */
unsigned region_helpers(const yoke_server *server);

/* How many of the workers are on nodes before this one; of `server->nodes`: how many there are.
 * They may change at any moment, as a server grows and shrinks. */
unsigned region_workers_before(const yoke_server *server, unsigned node);

/* The node of a thread that is at the region. */
unsigned region_node_here(const struct region *region);

/* Before region_open(), or instead of it: then nobody joins. */
void region_prepare(struct region *region);

/* Has up to `most` workers join from now on, until region_close(); 0: none yet. */
void region_open(struct region *region, yoke_server *server, unsigned most);

/* Of a region that is open: has one more worker join, of the calling thread's node before others,
 * and an idle one before those that will be; if all are there, the next that leaves comes again.
 * False when that is wanted already. Any thread that is at the region. */
bool region_want(struct region *region);

/* No worker joins any more; waits for those that have. The calling thread is the one that opened
 * it. */
void region_close(struct region *region);

/* Between two pieces of work in a region, of a thread that has joined it: whether it is to leave,
 * for a more urgent job or because it is surplus. It then returns from join(). */
bool region_should_leave(const struct region *region);

/* Likewise, also for a job of the same priority that waits for a worker. */
bool region_should_leave_for_equals(const struct region *region);

/* Likewise of the thread that has opened it: lends its worker to more urgent jobs, if there are and
 * no other worker is free. These run on another thread, not on this one's stack: there they could
 * not wait for the region's job. */
void region_give_way(const struct region *region);

/* Likewise of a thread that helps, also to jobs of the same priority, unless that is the lowest. */
void region_give_way_to_equals(const struct region *region);

/* For a worker that searches, with a permit: whether a region comes before all queued jobs. */
bool region_comes_first(struct worker *worker);

/* Joins that region; it counts as searching before and after that, and not in between. False when
 * others were faster. */
bool region_join(struct worker *worker);

#endif
