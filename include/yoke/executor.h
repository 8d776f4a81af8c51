/* Executors: how jobs of a server come to run elsewhere. libyoke_cluster is one; this is for
 * whoever writes another.
 *
 *     yoke_executor_open(server, &options, &executor);
 *     for (;;) {                                             // in a thread of the executor's own
 *         unsigned what = yoke_executor_await(executor, has_room, YOKE_FOREVER);
 *         yoke_work_item item;
 *         while (has_room && yoke_executor_take(executor, &item))
 *             send(&item);                                 // and later, in any of its threads:
 *     }                                                      // yoke_executor_end(executor, job,
 * ...)
 *
 * A job is offered to the executor when all workers of the server are at work, and only if the
 * executor says that it can run it. So the server's own workers come first, and whoever has room
 * then takes the next job. Jobs with a place stay with the server, except that a place which begins
 * with @ is the executor's: such jobs wait for it alone.
 *
 * A server has one such executor at most. The executor belongs to the server and goes with it. */
#ifndef YOKE_EXECUTOR_H
#define YOKE_EXECUTOR_H

#include "server.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef struct yoke_executor yoke_executor;

/* A job for the executor. Once taken it is the executor's until it ends it, and what is pointed to
 * stays as long. */
typedef struct yoke_work_item {
    yoke_job *job;
    yoke_kernel kernel;
    const void *argument;
    size_t argument_size, result_size;
    yoke_duration time_limit; /* for the executor to keep; 0: none */
    unsigned tries;           /* likewise: how often a kernel that fails is run in all */
    const char *place;        /* what follows the @: where it must run; NULL: anywhere */
} yoke_work_item;

typedef struct yoke_executor_options {
    size_t size; /* sizeof(yoke_executor_options), set by YOKE_EXECUTOR_OPTIONS_INIT */
    /* Whether the executor can run this job. Called with locks held, by any thread: it must be
     * quick and must not call the server. Required. */
    bool (*runs)(const yoke_work_item *item, void *context);
    /* Called once, when the server is closed or released: ends all jobs that have been taken, and
     * returns when the executor will not be used any more. The server's queues are empty by then.
     * Required. */
    void (*close)(void *context);
    void *context;
    bool alone; /* jobs that it can run are run nowhere else                                     */
} yoke_executor_options;

#define YOKE_EXECUTOR_OPTIONS_INIT                                                                 \
    {                                                                                              \
        sizeof(yoke_executor_options), 0, 0, 0, 0                                                  \
    }

/* Adds an executor to the server. `options` is copied.
 * Errors: YOKE_INVALID (unknown size, something required is missing, the server has one already),
 * YOKE_NO_MEMORY, YOKE_CLOSED, YOKE_FORKED. */
yoke_status yoke_executor_open(yoke_server *server, const yoke_executor_options *options,
                               yoke_executor **executor);

/* What yoke_executor_await() has seen: none or several of these. */
enum {
    YOKE_EXECUTOR_JOBS = 1, /* there may be jobs to take                                        */
    YOKE_EXECUTOR_STOPPED = 2, /* jobs that were taken are to end: see yoke_executor_stopped() */
    YOKE_EXECUTOR_CLOSING = 4, /* the server is closing */
    YOKE_EXECUTOR_WOKEN = 8 /* yoke_executor_wake() has been called                               */
};

/* Sleeps until something is to be seen, or `timeout` has passed. Jobs are looked for only with
 * `jobs`; what is stopped is seen once. One thread at a time. */
unsigned yoke_executor_await(yoke_executor *executor, bool jobs, yoke_duration timeout);

/* Has yoke_executor_await() return. */
void yoke_executor_wake(yoke_executor *executor);

/* Takes the first job that the executor can run; false when there is none. The same thread as
 * yoke_executor_await(). Cost: a lock, and a look at up to some dozen jobs that it cannot run. */
bool yoke_executor_take(yoke_executor *executor, yoke_work_item *item);

/* Whether a job that was taken is to end, because it was cancelled, its time is over or the server
 * is closing: as yoke_context_cancelled() for a kernel. How it is to end then is `*outcome`. */
struct yoke_outcome;
bool yoke_executor_stopped(yoke_executor *executor, const yoke_job *job,
                           struct yoke_outcome *outcome);

/* What yoke_job_progress() answers of a job that was taken, until it is told again; where there is
 * no memory for it, what it did before. Any thread. */
void yoke_executor_progress(yoke_executor *executor, yoke_job *job, uint64_t done, uint64_t total);

/* How a job has ended. */
typedef struct yoke_outcome {
    yoke_state state;    /* YOKE_STATE_DONE or one that follows                                  */
    yoke_status status;  /* YOKE_OK if done, else not                                            */
    const char *message; /* if it is not done; copied                                            */
    const void *result;  /* if it is done: as many bytes as the item says; copied              */
    const char *place;   /* whose row in the statistics it goes to; NULL: none                   */
    yoke_duration busy;  /* how long its kernel ran                                              */
    const char *output; /* what it printed; copied, as far as yoke_context_print() says; NULL: "" */
} yoke_outcome;

/* Ends a job that was taken. Any thread; a callback of the job runs on a worker of the server, or,
 * when that is closing, in the caller. The job is not to be used afterwards. */
void yoke_executor_end(yoke_executor *executor, yoke_job *job, const yoke_outcome *outcome);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
