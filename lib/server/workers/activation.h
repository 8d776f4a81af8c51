/* What a worker does in an activation: the OpenMP task that brings it to work. */
#ifndef SERVER_ACTIVATION_H
#define SERVER_ACTIVATION_H

#include "server/worker.h"

/* The body of an activation: redeems a pending permit if there is one, and lets the worker go on,
 * from place to place, until there is nothing to do but to idle in the barrier. */
void activation_run(struct worker *worker);

/* Gives the worker's permit back; the caller then looks whether the scheduler still wants. */
void activation_give_permit(struct worker *worker);

#endif
