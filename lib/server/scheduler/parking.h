/* How many members of a team are active, which, and on which cores.
 *
 * Every active worker has a *core slot*: a worker number, unique in the server and the lowest that
 * was free on its node. It is bound to that number's place in the topology's plan, so that workers
 * that idle, and may help with nested tasks, have a core each. A slot belongs to the role, not to
 * the thread: a worker that blocks or parks leaves its core slot, and its stand-in moves in there.
 *
 * While it runs jobs a worker has a *number*, which is what kernels see: its core slot if that is
 * below the number of workers and no one else runs jobs by that number, else the lowest that no one
 * does. So kernels that run at the same time on different workers have different numbers and cores.
 *
 * The numbers below the number of workers are one for each permit that there may be. More may run
 * jobs for a moment: a blocked worker comes back while its stand-in has not finished its job, or an
 * OpenMP task of a job runs a job that it waits for, without a permit. A worker that is surplus in
 * this way takes a number above, also if one below happens to be free: that belongs to a permit
 * which is not surplus, whose worker may be on its way. */
#ifndef SERVER_PARKING_H
#define SERVER_PARKING_H

#include "server/workers/team.h"

/* How many members should park. */
static inline unsigned parking_surplus(struct team *team)
{
    unsigned active = atomic_load(&team->active);
    unsigned workers = atomic_load(&team->workers);
    return active > workers ? active - workers : 0;
}

/* Parks the calling worker until it is needed, if the team has more active members than workers.
 * False when it has not. */
bool parking_park(struct worker *worker);

/* Gives the team another number of workers, unparks as many, and tells the dispatcher. */
void parking_set_workers(struct team *team, unsigned workers);

/* Unparks one member beyond the number of workers; false when none is left. */
bool parking_rescue(struct team *team);

/* Tells the team to stop, and wakes all parked members, so that they leave. */
void parking_stop(struct team *team);

/* Around a sleep of an active worker inside a job: a stand-in gets its core slot, number and
 * permit. */
void parking_block(struct worker *worker);
void parking_resume(struct worker *worker);

/* Between two pieces of a loop, of an active worker with a number and a permit: a stand-in gets
 * them until the queue has no job above that level any more, but for a second at most. */
void parking_give_way(struct worker *worker, unsigned level);

/* Around running jobs: takes and gives back a number. It is not below the number of workers if the
 * worker is surplus: it has no permit, or one beyond the number of workers. */
void parking_take_number(struct worker *worker, bool surplus);
void parking_give_number(struct worker *worker);

/* Binds the calling thread, which is several workers (see proxy.h), to the cores of this one. */
void parking_sit(struct worker *worker);

/* Around a job with a place: the worker sits inside it meanwhile, and then again where it was, in
 * `outer`, the place of the job around this one, or NULL. */
void parking_enter_place(struct worker *worker, const struct place *place);
void parking_leave_place(struct worker *worker, const struct place *outer);

/* Moves an active worker without a number to another core slot. A worker that has this slot gets
 * the old one; if it runs jobs, or leaves with its team, nothing happens. */
void parking_change_slot(struct worker *worker, unsigned slot);

/* Before a job: takes a number below the number of workers instead of one that is not. The worker
 * has a permit, and since it took its number there was a moment without surplus permits: so one of
 * the numbers below should be free. False while it is not: a surplus worker of another team still
 * has it, since a resize. */
bool parking_renumber(struct worker *worker);

#endif
