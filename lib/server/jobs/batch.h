/* The batch of a worker: quick jobs that it took together, in a small queue of its own. They count
 * as queued until it runs them. See queue.h. */
#ifndef SERVER_BATCH_H
#define SERVER_BATCH_H

#include "queue.h"

/* Adds an empty batch to the queue, which must not outlive it. */
void batch_add(struct queue *queue, struct queue *batch);

/* Claims the first job for `runner`, the owner of the batch, after a quick one, and takes some more
 * from the queue when the batch was empty. NULL when there are jobs in the batches of others at
 * most: see queue_pop(). */
yoke_job *batch_pop(struct queue *batch, struct worker *runner);

/* Puts the jobs of the batch back to where they were in the queue; false when there were none. The
 * scheduler may be left wanting. */
bool batch_return(struct queue *batch);

#endif
