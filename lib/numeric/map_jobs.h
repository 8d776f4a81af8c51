/* Jobs of a map: one for each item, or for some items together. */
#ifndef NUMERIC_MAP_JOBS_H
#define NUMERIC_MAP_JOBS_H

#include "map_plan.h"

/* How many jobs are under way for each worker: one that runs, one that follows at once, and two
 * more while the thread that hands them out sleeps or waits for the oldest one. */
enum { MAP_JOBS_EACH = 4 };

/* YOKE_OK unless the map is to end early: YOKE_TIMED_OUT, YOKE_CANCELLED. */
yoke_status map_jobs_look(const struct map_plan *plan);

/* Submits the job of an item, which writes its output where it is to go. Looks before that. */
yoke_status map_jobs_submit(const struct map_plan *plan, const void *input, void *output,
                            yoke_job **job);

/* It has ended: the output is there, if it is done. Answers its status. */
yoke_status map_jobs_collect(const struct map_plan *plan, yoke_job *job, void *output);

/* Likewise a task of another kind. */
yoke_status map_jobs_submit_task(const struct map_plan *plan, yoke_task *task, yoke_job **job);

/* Waits until it has ended. Other than YOKE_OK: the wait was refused, or the map is to end early.
 */
yoke_status map_jobs_wait(const struct map_plan *plan, yoke_job *job);

/* Waits likewise for any of some jobs, whose index it writes: the first one that has ended. */
yoke_status map_jobs_wait_any(const struct map_plan *plan, yoke_job *const *jobs, size_t count,
                              size_t *index);

/* Has it end early, and waits for that. */
void map_jobs_stop(yoke_job *job);

#endif
