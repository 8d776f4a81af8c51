/* Submitting with what no task can say. */
#ifndef SERVER_SUBMIT_H
#define SERVER_SUBMIT_H

#include "server/jobs/job.h"
#include "server/jobs/room.h"
#include "yoke/group.h"

/* yoke_submit() for a job of `group`, which may be NULL. With ROOM_WAIT it waits for room, but not
 * inside of jobs. */
yoke_status submit_in_group(yoke_server *server, const yoke_task *task, yoke_group *group,
                            enum room_patience patience, yoke_job **job);

#endif
