/* Walks from a job to the predecessor that can be run now, and remembers the way: see path.h. */
#include "path.h"

#include <stdlib.h>
#include <string.h>

#include "server/jobs/after.h"
#include "server/jobs/watch.h"

void path_open(struct path *path, yoke_job *target)
{
    path->target = target;
    path->jobs = path->few;
    path->count = 0;
    path->room = PATH_FEW;
    path->dependent_ended = watch_count(WATCH_DEPENDENT);
    path->end_word = job_word(target);
}

static yoke_job *end_of(const struct path *path)
{
    return path->count ? path->jobs[path->count - 1] : path->target;
}

static void cut(struct path *path, size_t count)
{
    while (path->count > count)
        job_release(path->jobs[--path->count], 1);
}

/* Without memory for a longer path its first half is forgotten: it is walked again, from the
 * target, when the jobs at the far end have settled. */
static void make_room(struct path *path)
{
    size_t room = 2 * path->room + PATH_FEW;
    yoke_job **jobs = malloc(room * sizeof(yoke_job *));
    if (jobs) {
        memcpy(jobs, path->jobs, path->count * sizeof(yoke_job *));
        if (path->jobs != path->few)
            free(path->jobs);
        path->jobs = jobs;
        path->room = room;
        return;
    }
    size_t forgotten = path->count / 2;
    for (size_t i = 0; i < forgotten; i++)
        job_release(path->jobs[i], 1);
    path->count -= forgotten;
    memmove(path->jobs, path->jobs + forgotten, path->count * sizeof(yoke_job *));
}

static void add(struct path *path, yoke_job *job)
{
    if (path->count == path->room)
        make_room(path);
    path->jobs[path->count++] = job;
    atomic_fetch_or_explicit(&job->state, JOB_WATCHED, memory_order_acq_rel);
}

/* A job in the middle may have been cancelled or out of time: then its predecessors, which follow
 * it on the path, do not matter any more. Looked for only after such an event somewhere, as it
 * costs a step for each job of the path. */
static void cut_where_not_dependent(struct path *path)
{
    unsigned dependent_ended = watch_count(WATCH_DEPENDENT);
    if (dependent_ended == path->dependent_ended)
        return;
    path->dependent_ended = dependent_ended;
    size_t dependent = 0;
    if (job_is_dependent(path->target))
        for (dependent = 1; dependent < path->count && job_is_dependent(path->jobs[dependent - 1]);)
            dependent++;
    cut(path, dependent);
}

yoke_job *path_walk(struct path *path)
{
    cut_where_not_dependent(path);
    for (;;) {
        yoke_job *end = end_of(path);
        path->end_word = job_word(end);
        yoke_job *next;
        if (path->count && (path->end_word & JOB_SETTLED))
            cut(path, path->count - 1);
        else if ((next = after_hold_predecessor(end)))
            add(path, next);
        else
            return end;
    }
}

bool path_has_changed(const struct path *path)
{
    const unsigned mask = JOB_STATE | JOB_SETTLED | JOB_DEPENDENT | JOB_RETURNED;
    return ((job_word(end_of(path)) ^ path->end_word) & mask) ||
           path->dependent_ended != watch_count(WATCH_DEPENDENT);
}

void path_close(struct path *path)
{
    cut(path, 0);
    if (path->jobs != path->few)
        free(path->jobs);
}
