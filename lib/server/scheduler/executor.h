/* The executor that a server may have: see yoke/executor.h. It is a thief like any other (see
 * steal.h), with a thread of its own instead of a team.
 *
 * No wake-up is lost: a thread that takes a step after which there are jobs for the executor, and
 * finds nobody else to wake, calls executor_call() after a full fence, and one that puts a job into
 * the executor's own queue executor_hand(); the executor sets `executor_wants` and `wants` before a
 * full fence, and then looks at the queues. One of them sees the other. */
#ifndef SERVER_EXECUTOR_H
#define SERVER_EXECUTOR_H

#include "server/server.h"
#include "yoke/executor.h"

/* A row of the statistics. */
struct executor_node {
    struct executor_node *next; /* oldest first; rows stay as long as the server */
    char name[40];
    uint64_t ended[YOKE_STATES];
    int64_t busy;
};

/* In `handing`. */
#define EXECUTOR_CLOSES (1u << 31)

struct yoke_executor {
    yoke_server *server;
    yoke_executor_options options;
    struct worker runner;      /* in whose name jobs are taken: an external thread, never blocked */
    atomic_uint wake_event;    /* a futex, counted up when there is something to see */
    atomic_uint news;          /* YOKE_EXECUTOR_...: not seen yet */
    bool in_vain;              /* the latest search found no job that it can run */
    struct queue queue;        /* jobs that are for it alone; workers that wait do not claim them */
    atomic_bool wants;         /* some of these, and sleeps */
    atomic_uint_fast64_t away; /* jobs that it has whose kernel has not begun */
    atomic_uint handing;       /* a futex: calls of take(), and whether the close waits for these */
    struct lock lock;          /* the rows */
    struct executor_node *rows;
};

/* Whether the server has an executor, or the task wants one: else executor_check() need not be
 * asked. */
static inline bool executor_is_concerned(const yoke_server *server, const yoke_task *task)
{
    return atomic_load_explicit(&server->executor, memory_order_relaxed) || task->kernel_name ||
           task->node || task->key || task->deliveries;
}

/* Whether the executor alone is to run the task: `*elsewhere`. Else than YOKE_OK: it should, and
 * cannot. */
yoke_status executor_check(yoke_server *server, const yoke_task *task, bool *elsewhere);

/* Whether there is one that can run the task, be it alone or beside the workers. */
bool executor_would_run(yoke_server *server, const yoke_task *task);

/* What tells the task from others under its key. */
uint64_t executor_digest(yoke_server *server, const yoke_task *task);

/* Tells the executor what the task of an earlier program's job is. */
void executor_teach(yoke_server *server, const yoke_task *task);

/* A job that is for the executor alone, and to which the caller has a reference, has been put into
 * its queue. */
void executor_hand(yoke_server *server, yoke_job *job);

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

/* How many jobs the executor has whose kernel has not begun. */
uint64_t executor_away(const yoke_server *server);

/* The row of that number, copied; false beyond the last. */
bool executor_row(yoke_server *server, unsigned index, struct executor_node *row);

#endif
