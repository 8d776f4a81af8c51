/* Executors: how jobs of a server come to run elsewhere. libyoke_cluster is one; this is for
 * whoever writes another.
 *
 *     yoke_executor_open(server, &options, &executor);
 *     for (;;) {                                       // in a thread of the executor's own
 *         unsigned what = yoke_executor_await(executor, YOKE_EXECUTOR_ANY, YOKE_FOREVER);
 *         yoke_work_item items[32];
 *         size_t count = yoke_executor_take(executor, YOKE_EXECUTOR_ANY, items, 32);
 *         send(items, count);                          // and later, in any of its threads:
 *     }                                                // yoke_executor_end(executor, outcomes, n)
 *
 * A job is offered to the executor when all workers of the server are at work, and only if the
 * executor says that it can run it. So the server's own workers come first, and whoever has room
 * then takes the next job. Jobs with a place stay with the server. Those that only an executor can
 * run wait for it alone: they have a kernel_name, a node or a key, or the server no workers.
 *
 * A server has one executor at most, which belongs to it and goes with it. */
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

/* What a struct yoke_cluster begins with, which yoke_server_options names: so whoever opens a
 * server needs nothing else of it. */
typedef struct yoke_executor_source {
    /* Called by yoke_server_open(), when all else of the server is ready: adds an executor to it by
     * yoke_executor_open(). With any status but YOKE_OK the server is released again, the executor
     * with it if there is one by then, and yoke_server_open() answers that status. Required. */
    yoke_status (*join)(struct yoke_cluster *cluster, yoke_server *server);
} yoke_executor_source;

/* A job for the executor. Once taken it is the executor's until it ends it, and what is pointed to
 * stays as long. */
typedef struct yoke_work_item {
    yoke_job *job;           /* NULL: a task is asked about */
    yoke_kernel kernel;      /* NULL: it has a */
    const char *kernel_name; /* and */
    unsigned kernel_version;
    const void *argument;
    size_t argument_size, result_size;
    yoke_duration time_limit; /* for the executor to keep; 0: none */
    unsigned tries;           /* likewise: how often a kernel that fails is run in all */
    unsigned deliveries;      /* as in yoke_task, like the next; 0: as the executor likes */
    const char *node;         /* where it must run; NULL: anywhere */
    const char *key;          /* NULL: none */
} yoke_work_item;

typedef struct yoke_executor_options {
    size_t size; /* sizeof(yoke_executor_options), set by YOKE_EXECUTOR_OPTIONS_INIT             */
    /* Whether the executor can run this job. Called with locks held, by any thread: it must be
     * quick and must not call the server, nor say why not. Required. */
    bool (*runs)(const yoke_work_item *item, void *context);
    /* Whether it can run this task, which is submitted and which nothing else can run; else a
     * status and, by yoke_error_set(), the reason. Required. */
    yoke_status (*check)(const yoke_work_item *item, void *context);
    /* Called once, when the server is closed or released: ends all jobs that have been taken, and
     * returns when the executor will not be used any more. The server's queues are empty by then.
     * Required. */
    void (*close)(void *context);
    /* Takes a job that does not wait for yoke_executor_take(): see below. NULL: all jobs do, and
     * there are none with a key. */
    void (*take)(const yoke_work_item *item, void *context);
    /* For jobs with a key: see below. All three and take(), or none where it knows no keys. */
    uint64_t (*digest)(const yoke_work_item *item, void *context);
    void (*learn)(const yoke_work_item *item, void *context);
    void (*let_go)(const char *key, void *context);
    void *context;
    bool alone; /* jobs that it can run are run nowhere else                                     */
} yoke_executor_options;

#define YOKE_EXECUTOR_OPTIONS_INIT                                                                 \
    {                                                                                              \
        sizeof(yoke_executor_options), 0, 0, 0, 0, 0, 0, 0, 0, 0                                   \
    }

/* Adds an executor to the server. `options` is copied.
 * Errors: YOKE_INVALID (unknown size, something required is missing, the server has one already),
 * YOKE_NO_MEMORY, YOKE_CLOSED, YOKE_FORKED. */
yoke_status yoke_executor_open(yoke_server *server, const yoke_executor_options *options,
                               yoke_executor **executor);

/* About take(): some jobs that are for the executor alone the server gives it in the thread that
 * submits them, or that has ended the last job before their turn:
 *
 *     - one with a key, always: the program may be killed, and the job is not to wait for that;
 *     - one without, of an argument up to 4 KiB, if it is alone: the executor's thread sleeps in
 *       yoke_executor_await() and wants such jobs, no other one is queued, and all that were taken
 *       have begun. To wake the thread would take longer than to send it.
 *
 * All others wait for yoke_executor_take(). Of the jobs that one thread submits, those without a
 * key and of equal priority come to the executor in that order, whichever way they come.
 *
 * Any threads call take(), several at once, and never with a lock of the server's held; also one
 * that is in yoke_executor_end(), which must not be called with a lock that take() needs. It must
 * not block, nor wait for jobs: the call of yoke_submit() takes as much longer, so some
 * microseconds are fine. It may call what is for any thread, and end the job at once. It cannot
 * refuse the job: one that it cannot send it ends, and yoke_submit() has succeeded nevertheless.
 * The item is valid until take() returns, even when the job has ended and was released before, in
 * whatever thread. What comes in the meantime is not lost: a job that is to end then is seen by
 * yoke_executor_await(), as YOKE_EXECUTOR_STOPPED, after take() has returned; and a server that
 * closes waits for take() before it calls close().
 *
 * About keys: digest() tells two tasks apart that are submitted under one key: any 64 bits that are
 * the same for the same task, in each life of the program. learn() is called with a further task
 * under the key of a job from yoke_executor_adopt(), which has the same digest: now the executor
 * knows what that job is. let_go() says that the program has seen the end of the job of that key,
 * or has cancelled it, which may not have ended then, and needs it no more; it is not called once
 * the server is closing, and must not block either, nor call the server. */

/* A job that an earlier program has left under a key: it is one of the server from now on, as if it
 * had been taken, until the executor ends it. Called by yoke_executor_source.join() alone, after
 * yoke_executor_open(). Errors: YOKE_INVALID (there is a job of that key), YOKE_NO_MEMORY. */
yoke_status yoke_executor_adopt(yoke_executor *executor, const char *key, uint64_t digest,
                                size_t result_size, yoke_job **job);

/* What yoke_executor_await() has seen: none or several of these. */
enum {
    YOKE_EXECUTOR_JOBS = 1,    /* there may be jobs to take                                      */
    YOKE_EXECUTOR_STOPPED = 2, /* jobs that were taken are to end: see yoke_executor_stopped()   */
    YOKE_EXECUTOR_CLOSING = 4, /* the server is closing                                          */
    YOKE_EXECUTOR_WOKEN = 8    /* yoke_executor_wake() has been called                           */
};

/* Which jobs the executor would take now. */
typedef enum yoke_executor_choice {
    YOKE_EXECUTOR_NONE,
    YOKE_EXECUTOR_OWN, /* those that wait for it alone                                           */
    YOKE_EXECUTOR_ANY  /* and those of workers that are all at work                              */
} yoke_executor_choice;

/* Sleeps until something is to be seen, or `timeout` has passed; what is stopped is seen once. One
 * thread at a time. */
unsigned yoke_executor_await(yoke_executor *executor, yoke_executor_choice jobs,
                             yoke_duration timeout);

/* Has yoke_executor_await() return. */
void yoke_executor_wake(yoke_executor *executor);

/* Takes the first jobs that the executor can run, `most` at most, and answers how many these are.
 * The same thread as yoke_executor_await(). Cost: a lock for those that wait for the executor
 * alone; for each other one a lock, and a look at up to some dozen jobs that it cannot run. */
size_t yoke_executor_take(yoke_executor *executor, yoke_executor_choice jobs, yoke_work_item *items,
                          size_t most);

/* The kernel of a job that was taken begins: until then yoke_job_state() answers that it is queued.
 * Any thread, as often as one likes. */
void yoke_executor_begin(yoke_executor *executor, yoke_job *job);

/* Whether a job that was taken is to end: YOKE_EXECUTOR_STOPPED when it was cancelled or its time
 * is over, else YOKE_EXECUTOR_CLOSING when the server is closing, else 0; as
 * yoke_context_cancelled() for a kernel. How it is to end then is `*outcome`. */
struct yoke_outcome;
unsigned yoke_executor_stopped(yoke_executor *executor, yoke_job *job,
                               struct yoke_outcome *outcome);

/* What yoke_job_progress() answers of a job that was taken, until it is told again; where there is
 * no memory for it, what it did before. Any thread. */
void yoke_executor_progress(yoke_executor *executor, yoke_job *job, uint64_t done, uint64_t total);

/* How a job has ended. */
typedef struct yoke_outcome {
    yoke_job *job;
    yoke_state state;    /* YOKE_STATE_DONE or one that follows                                  */
    yoke_status status;  /* YOKE_OK if done, else not                                            */
    const char *message; /* if it is not done; copied                                            */
    const void *result;  /* if it is done: as many bytes as the work item says; copied           */
    const char *node;    /* whose row in the statistics it goes to; NULL: none                   */
    yoke_duration busy;  /* how long its kernel ran                                              */
    const char *output;  /* what it printed; copied, as far as yoke_context_print() says, */
    size_t output_size;  /* which needs no end                                                   */
} yoke_outcome;

/* Ends jobs that were taken. Any thread; a callback of a job runs on a worker of the server, or,
 * when that is closing, in the caller. The jobs are not to be used afterwards. Cost: less for
 * each, the more there are. */
void yoke_executor_end(yoke_executor *executor, const yoke_outcome *outcomes, size_t count);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
