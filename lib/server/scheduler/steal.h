/* Taking jobs from other schedulers.
 *
 * A scheduler whose workers have nothing to do takes jobs, one at a time and nearest node first,
 * from schedulers that are *saturated*: all their workers are at work and more jobs are queued than
 * their searching permits will take. Jobs with a place stay where they are. Below saturation a
 * scheduler's own workers are on their way, and the job's memory is warm there.
 *
 * The argument in scheduler.h holds for all schedulers together: a scheduler wants, too, when there
 * is more to steal than its searching permits will take; and a thread that finds a scheduler
 * wanting which has no worker left looks for one in the others. */
#ifndef SERVER_STEAL_H
#define SERVER_STEAL_H

#include "scheduler.h"

/* Computes the order in which every scheduler looks at the others. False when there is no
 * memory. */
bool steal_prepare(yoke_server *server);

/* How many jobs the scheduler might take from others. */
size_t steal_available(struct scheduler *scheduler);

/* How many of them from that one. */
size_t steal_available_at(struct scheduler *victim);

/* Claims one of them for `thief`; NULL when there is none. */
yoke_job *steal_job(struct worker *thief);

#endif
