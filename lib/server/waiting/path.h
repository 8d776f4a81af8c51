/* From a job that a thread waits for to one that must end before it: its predecessor, if it is
 * dependent, the predecessor's own, and so on to a job that is not dependent. A waiting thread runs
 * or calls back the job at that end of the path; then the job before it is the end. So a chain of
 * any length costs a step for each of its jobs, and no stack. */
#ifndef SERVER_PATH_H
#define SERVER_PATH_H

#include "server/jobs/job.h"

enum { PATH_FEW = 8 };

struct path {
    yoke_job *target; /* held by the caller */
    yoke_job **jobs;  /* the predecessors, with a reference each */
    size_t count, room;
    unsigned dependent_ended; /* watch_count(WATCH_DEPENDENT) when it was walked last */
    unsigned end_word;        /* of the job at the end, likewise */
    yoke_job *few[PATH_FEW];
};

void path_open(struct path *path, yoke_job *target);

/* Walks from where the path ended to where it ends now; answers the job there, which stays until
 * the next call. All jobs of the path but the target have JOB_WATCHED. */
yoke_job *path_walk(struct path *path);

/* Whether walking it again may lead elsewhere, or more can be done at its end than before. */
bool path_has_changed(const struct path *path);

void path_close(struct path *path);

#endif
