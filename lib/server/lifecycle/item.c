/* Runs kernels for items without a job for each: see item.h. */
#include "item.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "run.h"
#include "server/scheduler/place.h"
#include "server/server.h"
#include "topology/plan.h"

/* Of items outside of all jobs: it is of no server, never cancelled, and comes after none. */
static yoke_job nobody;

/* Where the calling thread may run, as far as the server knows. */
static const char *place_of(const yoke_server *server)
{
    const struct worker *worker = self.worker;
    if (!server || !worker || worker->server != server || worker->number == NUMBER_NONE)
        return "all";
    if (worker->thread_worker->place_here)
        return worker->thread_worker->place_here;
    return plan_place_of(server->topology, worker->number);
}

void item_open(struct item *item, yoke_server *server, yoke_job *job, unsigned number)
{
    memset(item, 0, sizeof *item);
    struct worker *worker = &item->worker;
    worker->server = server;
    worker->scheduler = server ? server->schedulers : NULL;
    worker->thread_worker = worker;
    atomic_init(&worker->number, number);
    item->place = place_of(server);
    item->context.job = job ? job : &nobody;
    item->context.worker = worker;
    item->context.self = &self;
    /* A worker keeps it for what comes next. */
    bool keeps = self.worker && self.worker->thread_worker->team;
    item->context.spare = keeps ? &self.worker->thread_worker->scratch : &item->spare;
    item->context.item = item;
}

void item_close(struct item *item)
{
    scratch_free(item->spare);
}

static void explain(yoke_context *context)
{
    snprintf(context->message, sizeof context->message, "the kernel returned \"%s\"",
             yoke_status_text(context->status));
}

yoke_status item_run(struct item *item, const struct item_task *task, const void *argument,
                     void *result)
{
    yoke_context *context = &item->context;
    context->kernel = task->kernel;
    context->argument = task->argument_size ? argument : NULL;
    context->argument_size = task->argument_size;
    context->result = task->result_size ? result : NULL;
    context->result_size = task->result_size;
    for (context->try = 1;; context->try++) {
        atomic_store_explicit(&context->failing, false, memory_order_relaxed);
        if (task->result_size)
            memset(result, 0, task->result_size);
/* Tasks that the kernel leaves behind belong to the item. */
#pragma omp taskgroup
        run_kernel(context);
        if (context->status == YOKE_OK || context->try >= task->tries || item->is_over(item->over))
            break;
    }
    if (context->scratch) {
        scratch_give(context->scratch, context->spare);
        context->scratch = NULL;
    }
    if (context->status != YOKE_OK && !atomic_load(&context->failing))
        explain(context);
    /* As of a job: the item has ended. */
    return context->status == YOKE_NOT_DONE ? YOKE_JOB_FAILED : context->status;
}
