/* The cores that a worker's thread may run on, as they were before a kernel changed them.
 *
 * Only the system can say whether a kernel did, and to ask costs as much as some small jobs. But a
 * kernel that binds its thread does so in every run: so the first runs of each kernel are watched,
 * and when these have changed nothing, the later ones are not. */
#ifndef SERVER_BINDING_H
#define SERVER_BINDING_H

#include "server/worker.h"

/* After the worker was bound. */
void binding_note(struct worker *worker);

/* After a kernel has run on the thread of that worker. */
void binding_watch(struct worker *worker, yoke_kernel kernel);

/* Whether to call binding_watch(): for a kernel that is not trusted, and when the thread's
 * outermost kernel has ended after one that is not, to take back what they have done to the thread.
 */
static inline bool binding_is_to_watch(const struct worker *worker, yoke_kernel kernel)
{
    return kernel != worker->trusted || (worker->suspect && !worker->depth);
}

void binding_free(struct binding *binding);

#endif
