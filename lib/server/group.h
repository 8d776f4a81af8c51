/* Which jobs belong to a group: a doubly linked list of those that are not settled. */
#ifndef SERVER_GROUP_H
#define SERVER_GROUP_H

#include "job.h"
#include "yoke/group.h"

/* The job, not pushed yet and with extras, joins the group. */
void group_join(yoke_group *group, yoke_job *job);

/* The job leaves its group, if it is in one. */
void group_leave(yoke_job *job);

#endif
