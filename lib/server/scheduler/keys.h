/* Jobs with a key: there is one job of a key at a time, and whoever submits another one under it
 * gets a handle of that job.
 *
 * Such a job counts its handles. When none is left, it is settled and its end was seen, or it was
 * cancelled, the key is free, and the executor lets the job go. Until then the table of the server
 * holds a reference to the job. When the server closes the table is emptied, and no job is let go
 * any more.
 *
 * All of it is under one lock for all servers, as a handle may be given back when its server is
 * gone. */
#ifndef SERVER_KEYS_H
#define SERVER_KEYS_H

#include "server/server.h"

/* Gives a job that nobody else knows yet its key; false without memory. `handles` is how many its
 * submitter has. */
bool keys_prepare(yoke_job *job, const char *key, uint64_t digest, unsigned handles);

/* Makes it the job of its key, or finds that there is one, for `*same`, with a reference and a
 * handle for the caller. Others that want the job of that key wait until it has arrived. Errors:
 * YOKE_INVALID (it is of another task), YOKE_NO_MEMORY, YOKE_CLOSED. */
yoke_status keys_enter(yoke_job *job, yoke_job **same);

/* The job is queued, or was not taken in, and then its key is free again. */
void keys_arrive(yoke_job *job, bool queued);

/* The job is one of an earlier program, whose task is not known; and whether that was so up to
 * now: then the caller, who has the task, is to tell the executor. */
void keys_adopt(yoke_job *job);
bool keys_learn(yoke_job *job);

const char *keys_of(const yoke_job *job);

/* The job is settled; the user knows that it has ended; or does not care, having cancelled it. */
void keys_note_settled(const yoke_job *job);
void keys_note_seen(const yoke_job *job);
void keys_note_cancelled(const yoke_job *job);

/* A handle is given back. */
void keys_release(yoke_job *job);

/* Calls `visit` with a handle of each job. Errors: YOKE_NO_MEMORY. */
yoke_status keys_visit(yoke_server *server, yoke_job_visit visit, void *context);

/* The server is closing. */
void keys_close(yoke_server *server);

/* After a fork, in the child. */
void keys_reset(void);

#endif
