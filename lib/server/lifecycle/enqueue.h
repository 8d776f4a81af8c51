/* Choosing a queue for a job, and waking a worker or executor that will take it from there. */
#ifndef SERVER_ENQUEUE_H
#define SERVER_ENQUEUE_H

#include "server/jobs/queue.h"

/* Puts a new job into the queue of a scheduler, or of the executor; answers the state of that. */
enum queue_state enqueue_new(yoke_job *job);

/* Puts a dependent job, whose turn it is, into the queue of a scheduler, unless it has ended. */
void enqueue_dependent(yoke_job *job);

/* Puts a job that has ended without having started into a queue again, for a worker to finish, also
 * while the server is closing. */
void enqueue_again(yoke_job *job);

#endif
