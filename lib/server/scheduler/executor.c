/* The server's side of an executor: what it may run, and telling it of news. What the executor
 * itself calls is in api/executor.c. See executor.h. */
#include "executor.h"

#include <stdlib.h>

#include "base/delay.h"
#include "base/error.h"
#include "keys.h"
#include "server/jobs/server_check.h"
#include "server/jobs/target.h"

static atomic_bool exists;

bool executor_exists(void)
{
    return atomic_load(&exists);
}

void executor_note_existence(void)
{
    atomic_store(&exists, true);
}

/* ---- telling it ------------------------------------------------------------------------------ */

void executor_tell(yoke_executor *executor, unsigned news)
{
    atomic_fetch_or(&executor->news, news);
    atomic_fetch_add(&executor->wake_event, 1);
    os_wake(&executor->wake_event, 1);
}

void executor_stop(yoke_server *server)
{
    yoke_executor *executor = atomic_load(&server->executor);
    if (executor)
        executor_tell(executor, YOKE_EXECUTOR_STOPPED);
}

/* ---- what it runs ---------------------------------------------------------------------------- */

yoke_work_item executor_describe(yoke_job *job)
{
    const struct job_extras *extras = job_extras(job);
    yoke_work_item item = {
        .job = job,
        .argument = job_argument(job),
        .argument_size = job->argument_size,
        .result_size = job->result_size,
        .time_limit = extras ? extras->limit : 0,
        .tries = job->flags & JOB_RETRIES ? job->tries : 1,
        .deliveries = extras ? extras->deliveries : 0,
        .key = job_is_keyed(job) ? keys_of(job) : NULL,
    };
    if (!job_is_elsewhere(job)) {
        item.kernel = job->kernel;
        return item;
    }
    item.kernel = job->target->kernel;
    item.kernel_name = job->target->kernel_name;
    item.kernel_version = job->target->kernel_version;
    item.node = job->target->node;
    return item;
}

static yoke_work_item describe_task(const yoke_task *task)
{
    return (yoke_work_item){
        .kernel = task->kernel,
        .kernel_name = task->kernel_name,
        .kernel_version = task->kernel_version,
        .argument = task->argument,
        .argument_size = task->argument_size,
        .result_size = task->result_size,
        .time_limit = task->time_limit,
        .tries = task->tries ? task->tries : 1,
        .deliveries = task->deliveries,
        .node = task->node,
        .key = task->key,
    };
}

static yoke_status refuse_without_cluster(const yoke_task *task)
{
    const char *what = task->kernel_name ? "kernel_name"
                       : task->node      ? "node"
                       : task->key       ? "key"
                                         : "deliveries";
    return error_set(YOKE_INVALID,
                     "task.%s is for nodes of a cluster, and the server belongs to none: see "
                     "yoke_server_options.cluster",
                     what);
}

yoke_status executor_check(yoke_server *server, const yoke_task *task, bool *elsewhere)
{
    const yoke_executor *executor = atomic_load(&server->executor);
    if (!executor)
        return refuse_without_cluster(task);
    *elsewhere = task->kernel_name || task->node || task->key || server->remote_only;
    if (atomic_load(&server->phase) != SERVER_OPEN)
        return server_check_refuse_closed();
    const yoke_executor_options *options = &executor->options;
    const yoke_work_item item = describe_task(task);
    if (!*elsewhere) {
        *elsewhere = options->alone && !task->place && options->runs(&item, options->context);
        return YOKE_OK;
    }
    if (task->place)
        return error_set(YOKE_INVALID,
                         "place \"%.100s\" is one of this machine, and the job can only run on a "
                         "node of the cluster",
                         task->place);
    if (task->key && !options->let_go)
        return error_set(YOKE_INVALID,
                         "key \"%.70s\": only programs whose cluster is opened as durable have "
                         "keys",
                         task->key);
    return options->check(&item, options->context);
}

bool executor_would_run(yoke_server *server, const yoke_task *task)
{
    const yoke_executor *executor = atomic_load(&server->executor);
    if (!executor || task->place)
        return false;
    const yoke_work_item item = describe_task(task);
    return server->remote_only || executor->options.runs(&item, executor->options.context);
}

uint64_t executor_digest(yoke_server *server, const yoke_task *task)
{
    const yoke_executor *executor = atomic_load(&server->executor);
    const yoke_work_item item = describe_task(task);
    return executor->options.digest(&item, executor->options.context);
}

void executor_teach(yoke_server *server, const yoke_task *task)
{
    const yoke_executor *executor = atomic_load(&server->executor);
    const yoke_work_item item = describe_task(task);
    executor->options.learn(&item, executor->options.context);
}

bool executor_chooses(yoke_job *job, const void *context)
{
    const yoke_executor *executor = context;
    const yoke_work_item item = executor_describe(job);
    return executor->options.runs(&item, executor->options.context);
}

/* To copy and send a larger argument takes about as long as to wake a thread. */
enum { LONE_BYTES_MOST = 4096 };

/* To wake the executor's thread takes some 12 microseconds, which one job alone would notice: a
 * round trip to a node takes 225. Jobs that follow each other go by that thread, by the dozen. The
 * queue is looked at first: when the thread has taken a job it wants none before that is sent, so
 * no job overtakes an earlier one. */
static bool is_lone(const yoke_executor *executor, const yoke_job *job)
{
    return job->argument_size <= LONE_BYTES_MOST && queue_length(&executor->queue) == 1 &&
           atomic_load(&executor->wants) && !atomic_load(&executor->away);
}

/* False: the executor's thread has come first, or it was cancelled. */
static bool hand(yoke_executor *executor, yoke_job *job)
{
    atomic_fetch_add(&executor->handing, 1);
    bool claimed = queue_claim(job, &executor->queue, &executor->runner);
    if (claimed) {
        const yoke_work_item item = executor_describe(job);
        atomic_fetch_add(&executor->away, 1);
        delay_here();
        executor->options.take(&item, executor->options.context);
        /* The executor may have looked for jobs that are to end before it had this one. */
        if (atomic_load(&job->flags) & JOB_STOP)
            executor_tell(executor, YOKE_EXECUTOR_STOPPED);
    }
    if (atomic_fetch_sub(&executor->handing, 1) & EXECUTOR_CLOSES)
        os_wake(&executor->handing, OS_EVERYONE);
    return claimed;
}

/* One with a key is not to wait: the program may be killed. */
void executor_hand(yoke_server *server, yoke_job *job)
{
    yoke_executor *executor = atomic_load(&server->executor);
    if (executor->options.take && (job_is_keyed(job) || is_lone(executor, job)) &&
        hand(executor, job))
        return;
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&executor->wants, memory_order_relaxed) &&
        atomic_exchange(&executor->wants, false))
        executor_tell(executor, YOKE_EXECUTOR_JOBS);
}

uint64_t executor_away(const yoke_server *server)
{
    const yoke_executor *executor = atomic_load(&server->executor);
    return executor ? atomic_load(&executor->away) : 0;
}

bool executor_row(yoke_server *server, unsigned index, struct executor_node *row)
{
    yoke_executor *executor = atomic_load(&server->executor);
    if (!executor)
        return false;
    lock_take(&executor->lock);
    const struct executor_node *node = executor->rows;
    while (node && index-- > 0)
        node = node->next;
    if (node)
        *row = *node;
    lock_give(&executor->lock);
    return node;
}

void executor_close(yoke_server *server)
{
    yoke_executor *executor = atomic_load(&server->executor);
    if (!executor)
        return;
    atomic_fetch_or(&executor->handing, EXECUTOR_CLOSES);
    for (unsigned handing; (handing = atomic_load(&executor->handing)) != EXECUTOR_CLOSES;)
        os_sleep(&executor->handing, handing, -1);
    executor_tell(executor, YOKE_EXECUTOR_CLOSING);
    executor->options.close(executor->options.context);
}

void executor_free(yoke_server *server)
{
    yoke_executor *executor = atomic_load(&server->executor);
    for (struct executor_node *place = executor ? executor->rows : NULL, *next; place;
         place = next) {
        next = place->next;
        free(place);
    }
    free(executor);
}
