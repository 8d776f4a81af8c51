/* What a worker does in a visit: the OpenMP task that brings it to work. */
#ifndef SERVER_ACTIVATION_H
#define SERVER_ACTIVATION_H

#include "server/worker.h"

/* The body of a visit: redeems a ticket if there is one, and lets the worker go on, from place to
 * place, until there is nothing to do but to idle in the barrier. */
void worker_visit(struct worker *worker);

/* Gives the worker's token back; who does so then looks whether the engine still wants. */
void worker_give_token(struct worker *worker);

#endif
