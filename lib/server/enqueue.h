/* Choosing a queue for a job, and waking who will take it from there. */
#ifndef SERVER_ENQUEUE_H
#define SERVER_ENQUEUE_H

#include "queue.h"

/* Puts the job into a queue by `append`, queue_push() or one like it, which is told again where
 * that finds the queue idle; answers the state of the queue. */
enum queue_state enqueue(yoke_server *server, yoke_job *job,
                         enum queue_state (*append)(struct queue *queue, yoke_job *job));

/* Puts a held job, whose turn it is, into the queue of an engine, unless it has ended. */
void enqueue_held(yoke_job *job);

/* Puts a job that has ended unrun into a queue again, for a worker to finish, also while the server
 * is closing. */
void enqueue_again(yoke_job *job);

#endif
