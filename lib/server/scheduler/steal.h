/* Taking jobs from other engines.
 *
 * An engine whose workers have nothing to do takes jobs, one at a time and nearest node first, from
 * engines that are *saturated*: all their workers are at work and more jobs are queued than their
 * searching tokens will take. Jobs with a place stay where they are. Below saturation an engine's
 * own workers are on their way, and the job's memory is warm there.
 *
 * The argument in engine.h holds for all engines together: an engine wants, too, when there is more
 * to steal than its searching tokens will take; and who finds an engine wanting that has no worker
 * left looks for one in the others. */
#ifndef SERVER_STEAL_H
#define SERVER_STEAL_H

#include "engine.h"

/* Computes the order in which every engine looks at the others. False when there is no memory. */
bool steal_prepare(yoke_server *server);

/* How many jobs the engine might take from others. */
size_t steal_available(struct engine *engine);

/* How many of them from that one. */
size_t steal_available_at(struct engine *victim);

/* Claims one of them for `thief`; NULL when there is none. */
yoke_job *steal_job(struct worker *thief);

#endif
