/* The alarms of jobs with limits: a heap by time, for which the dispatcher of the server's first
 * team wakes up. */
#ifndef SERVER_TIMER_H
#define SERVER_TIMER_H

#include "base/lock.h"
#include "server/jobs/job.h"

#define ALARM_NONE SIZE_MAX

struct team;

struct alarm {
    int64_t time;
    yoke_job *job;
};

struct timer {
    struct lock lock;
    struct alarm *heap;
    size_t count, capacity;
    size_t jobs;          /* that are timed and not settled: the heap has room for all of them */
    _Atomic int64_t next; /* the first alarm; INT64_MAX: none */
    struct team *_Atomic team;
};

/* Gives a job that is not pushed yet, and has extras, the limits of its task; false when there is
 * no memory. */
bool timer_watch(yoke_job *job, const yoke_task *task);

/* The job, which the caller holds, has been pushed. Not before: an alarm ends what is queued. */
void timer_arm(yoke_job *job);

/* The job's kernel starts. */
void timer_start(yoke_job *job);

/* The job needs no alarm any more. May be called for any job. */
void timer_forget(yoke_job *job);

/* Under the lock: removes the job's alarm, if it has one. */
void timer_unset(struct timer *timer, yoke_job *job);

/* Under the lock: says when the first alarm is; true when that is earlier than it was. */
bool timer_announce(struct timer *timer);

/* When the dispatcher of `team` must run the timer next; negative for never. */
int64_t timer_next(yoke_server *server, const struct team *team);

#endif
