/* How many members of a team are active, which, and on which cores.
 *
 * Every active worker has a *home*: a worker number, unique in the server and the lowest that was
 * free on its node. It is bound to that number's place in the topology's plan, so that workers that
 * idle, and may help with nested tasks, have a core each. Homes go with the role, not the thread: a
 * worker that blocks or parks leaves its home, and its stand-in moves in there.
 *
 * While it runs jobs a worker has a *number*, which is what kernels see: its home if that is below
 * the number of workers and no one else runs jobs by that number, else the lowest that no one does.
 * So kernels that run at the same time on different workers have different numbers and cores, and
 * the numbers are below the number of workers as long as no more workers than that are running
 * jobs. There may be more for a moment, when a blocked worker comes back while its stand-in has not
 * finished its job, or when OpenMP tasks of a job run jobs that they wait for. */
#ifndef SERVER_PARKING_H
#define SERVER_PARKING_H

#include "team.h"

/* Parks the calling worker until it is needed, if the team has more active members than workers.
 * False when it has not. */
bool parking_park(struct worker *worker);

/* Gives the team another number of workers, unparks as many, and tells the keeper. */
void parking_set_workers(struct team *team, unsigned workers);

/* Unparks one member beyond the number of workers; false when none is left. */
bool parking_rescue(struct team *team);

/* Wakes all parked members for good: the team is stopping. */
void parking_release_all(struct team *team);

/* Around a sleep of an active worker inside a job: a stand-in gets its home, number and token. The
 * worker has no number afterwards. */
void parking_block(struct worker *worker);
void parking_resume(struct worker *worker);

/* Around running jobs: takes and gives back a number. */
void parking_take_number(struct worker *worker);
void parking_give_number(struct worker *worker);

/* Binds the calling thread, which is several workers (see proxy.h), to the cores of this one. */
void parking_sit(struct worker *worker);

/* Around a job with a place: the worker sits inside it meanwhile, and then again where it was, in
 * `outer`, the place of the job around this one, or NULL. */
void parking_enter_place(struct worker *worker, const struct place *place);
void parking_leave_place(struct worker *worker, const struct place *outer);

/* Moves an active worker without a number to another home; who lives there moves into its old one,
 * unless it is running jobs: then nothing happens. */
void parking_change_home(struct worker *worker, unsigned home);

/* Before a job: takes a lower number if one is free. */
void parking_renumber(struct worker *worker);

#endif
