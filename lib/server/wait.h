/* Waiting for a job, inside jobs and outside. */
#ifndef SERVER_WAIT_H
#define SERVER_WAIT_H

/* After a fork, in the child: forgets who waits for what. */
void wait_reset(void);

/* Returns once no thread is looking at a job or worker that was settled or idle before the call;
 * what belongs to them may be freed then. */
void wait_quiesce(void);

/* Holds wait_quiesce() up: between the two, the server of a job that is not settled, and the worker
 * that claimed it, stay. */
void wait_lock(void);
void wait_unlock(void);

#endif
