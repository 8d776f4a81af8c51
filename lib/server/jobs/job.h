/* The job: one allocation with what to run, its argument, its result and its state.
 *
 * The life of a job:
 *
 *                 claimed                kernel returned
 *      QUEUED ---------------> RUNNING -------------------> DONE, FAILED, CANCELLED, TIMED_OUT
 *         |                                                        |
 *         | cancelled, closed, out of time                         | callback returned
 *         v                                                        v
 *      CANCELLED, TIMED_OUT---------------------------------> the same, SETTLED
 *
 * Invariants:
 *  - From the moment that a thread besides its submitter can know of it, a job is in a queue
 * exactly while it is QUEUED or RETURNED. RETURNED are those that ended without having started and
 * whose callback waits there for a worker, or for a thread that waits for the job. Leaving the
 * queue and leaving that state is one step under the queue's lock, so exactly one thread claims it:
 * a worker that pops it, a thread that waits for it, or the one that cancels it or closes the
 *    server.
 *  - After that only the claiming thread writes to the job, until it is SETTLED; then nobody does.
 *    Only the JOB_STOP flags may be raised by any thread at any time. What they mean for the end of
 * a running job is decided once, when its kernel has returned. `status`, `message` and the result
 * are written before the state that announces them.
 *  - `runner` is the worker that will settle the job: set when it is claimed, NULL before.
 *  - DEPENDENT is raised while a job waits for its turn: see after.h. It falls when the job comes
 *    to the queue of a scheduler, and stays where the job ends before that.
 *  - Waiters wait for SETTLED, and for the changes that let them help: that DEPENDENT falls or the
 *    job is RETURNED. A waiter about to sleep sets WAITED, and the thread that makes such a change
 *    wakes all sleepers if it finds WAITED. A thread that waits for several jobs sets WATCHED in
 *    each: see watch.h.
 *  - The server holds one reference until the job is settled, the user's handle another. */
#ifndef SERVER_JOB_H
#define SERVER_JOB_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "yoke/server.h"

#include "output.h"

struct keyed;
struct place;
struct queue;
struct target;
struct worker;

/* The state word: a yoke_state and these flags. */
enum {
    JOB_STATE = 7,
    JOB_SETTLED = 8,
    JOB_WAITED = 16,
    JOB_WATCHED = 32,
    JOB_FOLLOWED = 64,
    JOB_DEPENDENT = 128,
    JOB_RETURNED = 256,
    JOB_AWAY = 512 /* an executor has it, whose kernel has not begun: to the user it is queued */
};

/* Bits of `flags`: why a running job should end early, and which optional parts it has. */
enum {
    JOB_STOP_CANCELLED = 1,
    JOB_STOP_TIMED_OUT = 2,
    JOB_STOP = JOB_STOP_CANCELLED | JOB_STOP_TIMED_OUT,
    JOB_NAMED = 4,
    JOB_RETRIES = 8,
    JOB_MAPPED = 16,    /* see job_memory_map() */
    JOB_IN_PLACE = 32,  /* the task brought a buffer for its result, whose address the job has */
    JOB_ELSEWHERE = 64, /* an executor alone runs it: it has a target, and no kernel */
    JOB_KEYED = 128     /* see keys.h */
};

/* What few jobs have; allocated when it is needed. */
struct job_extras {
    struct yoke_group *group; /* this and the next four under the group's lock */
    bool in_group;            /* until it is settled */
    uint64_t cancelled_by;    /* the latest cancel of the group that came by */
    yoke_job *group_next, *group_previous;

    atomic_uint_fast64_t progress_done, progress_total;
    struct output output;

    struct after *after;          /* see after.h; these two under the server's lock for them */
    struct dependency *followers; /* whose turn comes after this job */

    bool timed;          /* has a limit: see timer.h */
    yoke_duration limit; /* of its kernel's time; 0: none */
    unsigned deliveries; /* as in yoke_task */
    struct keyed *keyed; /* see keys.h */
    int64_t deadline;    /* of its end; INT64_MAX: none */
    size_t alarm;        /* its index in the timer, or ALARM_NONE; under the timer's lock */
};

/* A level for every priority; the queue keeps them in one word's bits. */
enum { JOB_LEVELS = YOKE_PRIORITY_MAX - YOKE_PRIORITY_MIN + 1 };

/* What every job uses comes first: with the eight bytes of malloc() in front it fills two cache
 * lines, which move from the submitter's cache to the worker's and back. */
struct yoke_job {
    atomic_uint state; /* also the futex that waiters sleep on */
    atomic_uint references;
    yoke_status status;
    uint16_t generation;              /* of the process that submitted it: see fork.h */
    atomic_uchar flags;               /* JOB_STOP_... may be raised by any thread at any time */
    unsigned char level;              /* of priority, from 0 for the lowest */
    struct yoke_job *next, *previous; /* in the queue; under its lock */
    union {
        const struct yoke_job *ahead; /* some places behind it there: a hint, it may be gone */
        int64_t busy;                 /* what yoke_job_busy() answers once the job has ended */
    };
    struct queue *_Atomic queue;   /* that holds or held it; changes under both queues' locks */
    struct worker *_Atomic runner; /* the worker that claimed it */
    yoke_server *server;           /* may be gone once the job is settled */
    union {
        yoke_kernel kernel;
        const struct target *target; /* with JOB_ELSEWHERE: see target.h */
    };
    size_t argument_size, result_size;
    yoke_callback callback;
    const struct place *place; /* where it must run; NULL: anywhere */
    struct job_extras *_Atomic extras;

    void *callback_context; /* set with a callback */
    unsigned tries;         /* set with JOB_RETRIES */
    bool message_owned;     /* set, like the message, at an end that is not DONE: */
    const char *message;    /* static, or memory of its own */
    int64_t submitted;      /* when; set in a server with a trace */
    alignas(max_align_t) unsigned char data[]; /* argument, result or its address, name */
};

_Static_assert(offsetof(yoke_job, callback_context) <= 112, "two lines less malloc()'s part");

/* Makes a queued job with a copy of the task's argument and name, a zeroed result of its own unless
 * the task has a buffer for that, and `references` references; NULL when there is no memory for it.
 * The task has been checked, `place` is its place, and `target` its target, NULL where it may run
 * here. */
yoke_job *job_create(yoke_server *server, const yoke_task *task, const struct place *place,
                     const struct target *target, unsigned references);

/* Whether a job of the task may have to wait for its turn. */
static inline bool job_comes_after(const yoke_task *task)
{
    return task->after_count || task->read_count || task->write_count;
}

/* Gives `count` references back. */
void job_release(yoke_job *job, unsigned count);

/* The job's extras, or NULL. Relaxed: the caller must have synchronized with the thread that made
 * them, or not care whether it sees them. */
static inline struct job_extras *job_extras(const yoke_job *job)
{
    return atomic_load_explicit(&job->extras, memory_order_relaxed);
}

/* The job's extras, which it has from now on; NULL when there is no memory for them. */
struct job_extras *job_need_extras(yoke_job *job);

/* Sets what yoke_job_progress() answers. Without memory for it nothing changes. */
void job_set_progress(yoke_job *job, uint64_t done, uint64_t total);

static inline void *job_argument(yoke_job *job)
{
    return job->argument_size ? job->data : NULL;
}

void *job_result(yoke_job *job);

/* Before a further try; a buffer that the task brought stays as it is. */
void job_clear_result(yoke_job *job);

/* What messages call it. */
const char *job_name(const yoke_job *job);

static inline yoke_state job_state(const yoke_job *job)
{
    return (yoke_state)(atomic_load_explicit(&job->state, memory_order_acquire) & JOB_STATE);
}

/* The whole state word. */
static inline unsigned job_word(const yoke_job *job)
{
    return atomic_load_explicit(&job->state, memory_order_acquire);
}

static inline bool job_settled(const yoke_job *job)
{
    return job_word(job) & JOB_SETTLED;
}

static inline bool job_is_elsewhere(const yoke_job *job)
{
    return atomic_load_explicit(&job->flags, memory_order_relaxed) & JOB_ELSEWHERE;
}

static inline bool job_is_keyed(const yoke_job *job)
{
    return atomic_load_explicit(&job->flags, memory_order_relaxed) & JOB_KEYED;
}

/* Whether it waits for its turn. */
static inline bool job_is_dependent(const yoke_job *job)
{
    return (job_word(job) & (JOB_STATE | JOB_DEPENDENT)) == (YOKE_STATE_QUEUED | JOB_DEPENDENT);
}

/* QUEUED to RUNNING, or from RETURNED, under the queue's lock: `runner` takes it out of the queue.
 */
void job_claim(yoke_job *job, struct worker *runner);

/* The end of a job that never ran. */
struct outcome {
    yoke_state state;
    yoke_status status;
    const char *message; /* static, or memory that the job is to own */
    bool message_owned;
};

/* QUEUED to the outcome's state, likewise, and counts the end in the server. */
void job_end_never_started(yoke_job *job, const struct outcome *outcome);

/* It has been put into a queue, in which it is DEPENDENT no more, or is RETURNED; under the queue's
 * lock. Answers the word of before, for job_tell_waiters() after that. */
unsigned job_arrive(yoke_job *job);
unsigned job_return(yoke_job *job);

/* Wakes the threads that wait for a job, whose word was `before` until it changed. The job itself
 * may have been freed by now. */
void job_tell_waiters(yoke_job *job, unsigned before);

/* Records a copy of `message` before job_end(). */
void job_set_message(yoke_job *job, const char *message);

/* RUNNING to an end; its kernel itself ran for `busy` nanoseconds. */
void job_end(yoke_job *job, yoke_state state, yoke_status status, int64_t busy);

/* The first of the jobs that is settled; `count` when none is. */
size_t job_find_settled(yoke_job *const *jobs, size_t count);

/* Sleeps until the job has changed, or without a reason, unless it is settled or RETURNED. False
 * when os_now() has reached `deadline`, negative for never. */
bool job_sleep(yoke_job *job, int64_t deadline);

/* Looks at the jobs for `nanoseconds`; answers as job_find_settled(). */
size_t job_spin(yoke_job *const *jobs, size_t count, int64_t nanoseconds);

#endif
