/* Kernels that run for items of a map, many of them in a job or outside of all jobs: what they find
 * in their context is a stand-in. See yoke/map.h. */
#ifndef SERVER_ITEM_H
#define SERVER_ITEM_H

#include "context.h"

/* What runs items, one after the other, on one thread. */
struct item {
    yoke_context context;
    struct worker worker; /* with the number, and no thread's */
    struct scratch *spare;
    const char *place;
    bool (*is_over)(const void *over); /* whether to leave early */
    const void *over;
};

/* For the calling thread. `job` is around the items, NULL for none; `server` NULL for none. */
void item_open(struct item *item, yoke_server *server, yoke_job *job, unsigned number);
void item_close(struct item *item);

/* What an item is. */
struct item_task {
    yoke_kernel kernel;
    size_t argument_size, result_size;
    unsigned tries; /* 0: 1 */
};

/* Runs the kernel; answers its last status. If that is not YOKE_OK the context's message says why.
 */
yoke_status item_run(struct item *item, const struct item_task *task, const void *argument,
                     void *result);

#endif
