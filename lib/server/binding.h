/* The cores that a worker's thread may run on, as they were before a kernel changed them.
 *
 * Only the system can say whether a kernel did, and to ask costs as much as some small jobs. But
 * what binds its thread does so each time: so the first runs of every kernel are watched, and those
 * of one that has changed nothing are not any more. */
#ifndef SERVER_BINDING_H
#define SERVER_BINDING_H

#include "base/os.h"
#include "yoke/server.h"

struct binding;
struct worker;

/* After the worker was bound. */
void binding_note(struct worker *worker);

/* After a kernel has run; when it was the thread's outermost, takes back what it and those inside
 * it have done to the thread. */
void binding_watch(struct worker *worker, yoke_kernel kernel, bool outermost);

void binding_free(struct binding *binding);

#endif
