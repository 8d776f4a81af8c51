/* Which jobs belong to a group: a doubly linked list of those that are not settled. */
#ifndef SERVER_GROUP_H
#define SERVER_GROUP_H

#include "job.h"
#include "yoke/group.h"

/* A job with extras, held by the caller, is about to be pushed, and then has been. It joins the
 * group in the second step, since whoever finds it there may take it out of its queue; between the
 * two whoever waits for the group waits for the caller, and whoever cancels it cancels the job too.
 */
void group_announce(yoke_group *group, yoke_job *job);
void group_join(yoke_job *job);

/* It has not been pushed after all. */
void group_withdraw(yoke_job *job);

/* The job has settled: it leaves its group, if it is in one. */
void group_leave(yoke_job *job);

#endif
