/* The cores that a worker's thread may run on, as they were before a kernel changed them.
 *
 * Only the system can say whether a kernel did, and to ask costs as much as some small jobs. But
 * what binds its thread does so each time: so the first runs of every kernel are watched, and those
 * of one that has changed nothing are not any more. */
#ifndef SERVER_BINDING_H
#define SERVER_BINDING_H

#include "server/worker.h"

/* After the worker was bound. */
void binding_note(struct worker *worker);

/* After a kernel has run on the thread of that worker. */
void binding_watch(struct worker *worker, yoke_kernel kernel);

/* Whether to call that. When the thread's outermost kernel has ended, it takes back what kernels
 * have done to the thread. */
static inline bool binding_is_to_watch(const struct worker *worker, yoke_kernel kernel)
{
    return kernel != worker->trusted || (worker->suspect && !worker->depth);
}

void binding_free(struct binding *binding);

#endif
