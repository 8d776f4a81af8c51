/* The executor that a server may have: see yoke/executor.h. It is a thief like any other (see
 * steal.h), with a thread of its own instead of a team.
 *
 * No wake-up is lost: who takes a step that leaves an engine wanting, and finds nobody to wake,
 * comes by outside_call() after a full fence, and who puts a job into the executor's own queue by
 * outside_hand(); and who waits outside sets `outside_wants` and `wants` before a full fence and
 * then looks at the queues. */
#ifndef SERVER_OUTSIDE_H
#define SERVER_OUTSIDE_H

#include "server.h"
#include "yoke/executor.h"

/* A row of the statistics. */
struct outside_node {
    struct outside_node *next; /* oldest first; rows stay as long as the server */
    char name[40];
    uint64_t ended[JOB_STATES];
    int64_t busy;
};

struct yoke_executor {
    yoke_server *server;
    yoke_executor_options options;
    struct worker runner;      /* in whose name jobs are taken: a guest, never blocked */
    atomic_uint bell;          /* a futex, counted up by whoever has something to see */
    atomic_uint news;          /* YOKE_EXECUTOR_...: not seen yet */
    bool in_vain;              /* the latest look found only jobs that it cannot run */
    struct queue queue;        /* jobs that are for it alone; workers that wait do not claim them */
    atomic_bool wants;         /* some of these, and sleeps */
    atomic_uint_fast64_t away; /* jobs that it has whose kernel has not begun */
    atomic_uint handing;       /* a futex: calls of take() by threads of the server */
    struct lock lock;          /* the rows */
    struct outside_node *rows;
};

/* Whether the executor alone is to run the task: `*elsewhere`. Else than YOKE_OK: it should, and
 * cannot. */
yoke_status outside_check(yoke_server *server, const yoke_task *task, bool *elsewhere);

/* What tells the task from others under its key. */
uint64_t outside_digest(yoke_server *server, const yoke_task *task);

/* Tells the executor what the task of an earlier program's job is. */
void outside_teach(yoke_server *server, const yoke_task *task);

/* A job that is for the executor alone has been put into its queue. */
void outside_hand(yoke_server *server, yoke_job *job);

/* A job as the executor is told of it; and whether it would run it, `executor` being one. */
yoke_work_item outside_describe(yoke_job *job);
bool outside_chooses(yoke_job *job, const void *executor);

void outside_tell(yoke_executor *executor, unsigned news);

/* Tells the executor that there may be jobs, if it wants any; after a full fence. */
static inline void outside_call(yoke_server *server)
{
    if (atomic_load_explicit(&server->outside_wants, memory_order_relaxed) &&
        atomic_exchange(&server->outside_wants, false))
        outside_tell(atomic_load(&server->outside), YOKE_EXECUTOR_JOBS);
}

/* Whether any server of this process has, or had, one. */
bool outside_exists(void);
void outside_note_existence(void);

/* Tells the executor to look whether its jobs are to end. The server must be alive. */
void outside_stop(yoke_server *server);

/* The server is closing: returns when the executor is out of use. */
void outside_close(yoke_server *server);

void outside_free(yoke_server *server);

/* How many jobs the executor has whose kernel has not begun. */
uint64_t outside_away(const yoke_server *server);

/* The row of that number, copied; false beyond the last. */
bool outside_row(yoke_server *server, unsigned index, struct outside_node *row);

#endif
