/* Jobs that come after others because of what they read and write: the addresses of their tasks.
 *
 * For each address the table knows who writes it last and who has come to read it since. A new
 * reader comes after that writer, a new writer after all of them, whom it replaces: whoever comes
 * next comes after these by way of it. Jobs of a group know only addresses of the same group.
 *
 * So that this holds, a job leaves the table, and lets those that come after it by an address go
 * on, only when it has *passed*: it has ended, and so has all that it comes after itself. A job
 * that is cancelled before its turn ends at once and passes later; see after.h, where the
 * dependencies are kept. What is in the table is bounded by the jobs that have not passed: an
 * address goes with the last of its jobs. */
#ifndef SERVER_ADDRESSES_H
#define SERVER_ADDRESSES_H

#include "base/lock.h"
#include "job.h"

struct address;

/* Of a server; all zero is empty. */
struct address_table {
    struct lock lock;
    struct address **heads; /* of lists by hash; `room` of them, a power of two */
    size_t room, count;
};

static inline bool addresses_are_named(const yoke_task *task)
{
    return task->read_count || task->write_count;
}

/* YOKE_OK when the task's addresses may be named. */
yoke_status addresses_check(const yoke_task *task);

/* Makes the dependencies of a job with extras whose task has addresses, pushes it to the dependent
 * ones and enters it into the table, in one step as others see it: so of two jobs each has all its
 * addresses before the other or after it, and no ring can form. YOKE_CLOSED or YOKE_NO_MEMORY when
 * it has not been pushed. */
yoke_status addresses_push(yoke_job *job, const yoke_task *task);

/* The job has passed. */
void addresses_leave(yoke_job *job);

/* The server has no jobs any more. */
void addresses_free(struct address_table *table);

#endif
