/* Submitting a job with what is no part of its task: a group, and whether to wait for room. */
#ifndef SERVER_SUBMIT_H
#define SERVER_SUBMIT_H

#include "server/jobs/capacity.h"
#include "server/jobs/job.h"
#include "yoke/group.h"

/* yoke_submit() for a job of `group`, which may be NULL. With CAPACITY_WAIT it waits for room,
 * except inside of jobs, which go beyond the limit. */
yoke_status submit_in_group(yoke_server *server, const yoke_task *task, yoke_group *group,
                            enum capacity_patience patience, yoke_job **job);

#endif
