/* Memory that kernels work in and that stays with their worker: yoke_context_scratch().
 *
 * A kernel that runs inside another one, which waits, has memory of its own. So a worker keeps
 * blocks, which kernels take from it and give back at their end. Its own thread alone does that. */
#ifndef SERVER_SCRATCH_H
#define SERVER_SCRATCH_H

#include <stddef.h>

struct scratch;

/* As many bytes at `*block`, which is NULL at first, or was here before: then what it held is kept.
 * `spare` is the worker's list. NULL when there is no memory: then nothing has changed. */
void *scratch_need(struct scratch **block, struct scratch **spare, size_t size);

/* The kernel has ended. */
void scratch_give(struct scratch *block, struct scratch **spare);

/* The worker ends. */
void scratch_free(struct scratch *spare);

#endif
