/* The executor that a server may have outside: see yoke/executor.h. It is a thief like any other
 * (see steal.h), with a thread of its own instead of a team.
 *
 * No wake-up is lost: a thread that takes a step after which there are jobs for the executor, and
 * finds nobody else to wake, calls executor_call() after a full fence; the executor sets
 * `executor_wants` before a full fence, and then looks at the schedulers. One of them sees the
 * other. */
#ifndef SERVER_EXECUTOR_H
#define SERVER_EXECUTOR_H

#include "server/server.h"
#include "yoke/executor.h"

/* A row of the statistics. */
struct executor_row {
    struct executor_row *next; /* oldest first; rows stay as long as the server */
    char name[40];
    uint64_t ended[JOB_STATES];
    int64_t busy;
};

struct yoke_executor {
    yoke_server *server;
    yoke_executor_options options;
    struct worker runner;   /* in whose name jobs are taken: an external thread, never blocked */
    atomic_uint wake_event; /* a futex, counted up when there is something to see */
    atomic_uint news;       /* YOKE_EXECUTOR_...: not seen yet */
    bool in_vain;           /* the latest search found no job that it can run */
    struct queue queue;     /* jobs that are for it alone; workers that wait do not claim them */
    struct lock lock;       /* the rows */
    struct executor_row *places;
};

/* YOKE_OK if there is an executor and it runs the task, whose place is outside; else says why not.
 */
yoke_status executor_check(yoke_server *server, const yoke_task *task);

/* The queue of the executor if the queued job is for it alone; else NULL. There is an executor. */
struct queue *executor_queue_for(yoke_server *server, yoke_job *job);

/* A job as the executor sees it; and whether it would run it: `executor` is a yoke_executor. */
yoke_work_item executor_describe(yoke_job *job);
bool executor_chooses(yoke_job *job, const void *executor);

void executor_tell(yoke_executor *executor, unsigned news);

/* Tells the executor that there may be jobs, if it wants any; after a full fence. */
static inline void executor_call(yoke_server *server)
{
    if (atomic_load_explicit(&server->executor_wants, memory_order_relaxed) &&
        atomic_exchange(&server->executor_wants, false))
        executor_tell(atomic_load(&server->executor), YOKE_EXECUTOR_JOBS);
}

/* Whether any server of this process has, or had, one. */
bool executor_exists(void);
void executor_note_existence(void);

/* Tells the executor to look whether its jobs are to end. The server must be alive. */
void executor_stop(yoke_server *server);

/* The server is closing: returns when the executor is out of use. */
void executor_close(yoke_server *server);

void executor_free(yoke_server *server);

/* The row of that number, copied; false beyond the last. */
bool executor_row(yoke_server *server, unsigned index, struct executor_row *row);

#endif
