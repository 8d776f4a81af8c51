/* Groups: jobs of a server that are waited for and cancelled together.
 *
 * Any thread may call, a job's kernel and callback included, and several at a time. */
#ifndef YOKE_GROUP_H
#define YOKE_GROUP_H

#include "server.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef struct yoke_group yoke_group;

/* Opens an empty group. The caller gives the handle back with yoke_group_release(). As many groups
 * as one likes, a small allocation each. Errors: YOKE_INVALID, YOKE_NO_MEMORY, YOKE_FORKED. */
yoke_status yoke_group_open(yoke_server *server, yoke_group **group);

/* yoke_submit() to the group's server, as a job of the group. Costs a second allocation. */
yoke_status yoke_group_submit(yoke_group *group, const yoke_task *task, yoke_job **job);

/* Blocks until every job of the group has ended and its callback has returned, those submitted
 * meanwhile included, and until calls that submit to it have returned; at once when there is none.
 * Inside a job, as yoke_job_wait(): jobs of the group that are not started yet are run right there.
 * Jobs may fail or be cancelled: ask them, or count in their callbacks. Errors: YOKE_TIMED_OUT,
 * YOKE_DEADLOCK (in a job of the group itself, or one that such a job waits for), YOKE_INVALID,
 * YOKE_FORKED. */
yoke_status yoke_group_wait(yoke_group *group, yoke_duration timeout);

/* yoke_job_cancel() for every job that is in the group now, or is being submitted to it by a call
 * that has not returned: that call then cancels the job. Later submissions are not
 * affected. When two threads cancel at the same time, one may return while the other still cancels.
 * Errors: YOKE_INVALID, YOKE_FORKED. */
yoke_status yoke_group_cancel(yoke_group *group);

/* Gives the handle back without waiting: the group's jobs run on. NULL is allowed. No other call
 * may be using the group. */
void yoke_group_release(yoke_group *group);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
