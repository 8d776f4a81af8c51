/* The iterator form of a map: asks the source for inputs ahead of the item that is handed out, and
 * has batches of them run by jobs. A batch is one item where kernels are jobs of their own, and
 * else as many as make a job worth while, by what items took so far. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "map_jobs.h"
#include "server/lifecycle/running.h"

/* How long a batch should take: a job costs about a microsecond with all that belongs to it. */
enum { BATCH_NANOSECONDS = 50000 };

/* So many items and bytes at most in a batch: what lies ahead is to stay small. */
enum { BATCH_ITEMS = 256, BATCH_BYTES = 1 << 20 };

struct ending {
    yoke_status status;
    char *message; /* memory of its own, or NULL */
};

struct batch {
    yoke_map_iterator *iterator;
    yoke_job *job;      /* NULL: none, or it was run by the calling thread */
    size_t count, room; /* of items: so many, and at most */
    size_t begun;       /* of items; they have an ending */
    unsigned char *inputs, *outputs;
    struct ending *endings;
};

struct yoke_map_iterator {
    struct map_plan plan;
    char *names[2]; /* copies of strings in the options */
    yoke_item_source source;
    void *context;
    struct batch *batches;     /* a ring */
    size_t window;             /* of so many */
    uint64_t submitted, ended; /* batches */
    uint64_t handed_out;       /* items */
    size_t at;                 /* of the batch that items are handed out of */
    size_t pace;               /* items a batch */
    bool open, exhausted;      /* a batch is being handed out; the source has no more */
    yoke_status failed;        /* no further items come, */
    char why[MESSAGE_SIZE];    /* and why */
    yoke_item item;            /* that was handed out last */
};

/* ---- batches --------------------------------------------------------------------------------- */

static size_t batch_most(const yoke_map_iterator *iterator)
{
    const struct item_task *task = &iterator->plan.task;
    if (iterator->plan.by_jobs)
        return 1;
    size_t most = BATCH_ITEMS;
    if (iterator->plan.options.window)
        most = iterator->plan.options.window / iterator->window;
    size_t bytes = task->argument_size + task->result_size + 1;
    if (most > BATCH_BYTES / bytes)
        most = BATCH_BYTES / bytes;
    return most ? most : 1;
}

static void free_endings(struct batch *batch)
{
    for (size_t i = 0; i < batch->begun; i++)
        free(batch->endings[i].message);
    batch->count = batch->begun = 0;
}

static bool grow(unsigned char **memory, size_t room, size_t each)
{
    if (!each)
        return true;
    unsigned char *wider = room <= PTRDIFF_MAX / each ? realloc(*memory, room * each) : NULL;
    if (wider)
        *memory = wider;
    return wider;
}

/* Room for so many items; the batch is empty. */
static bool make_room(struct batch *batch, size_t room)
{
    const struct item_task *task = &batch->iterator->plan.task;
    if (room <= batch->room)
        return true;
    struct ending *endings = realloc(batch->endings, room * sizeof *endings);
    if (!endings)
        return false;
    batch->endings = endings;
    if (!grow(&batch->inputs, room, task->argument_size) ||
        !grow(&batch->outputs, room, task->result_size))
        return false;
    batch->room = room;
    return true;
}

static void *input_of(const struct batch *batch, size_t i)
{
    size_t size = batch->iterator->plan.task.argument_size;
    return size ? batch->inputs + i * size : NULL;
}

static void *output_of(const struct batch *batch, size_t i)
{
    size_t size = batch->iterator->plan.task.result_size;
    return size ? batch->outputs + i * size : NULL;
}

static void note(struct ending *ending, yoke_status status, const char *message)
{
    ending->status = status;
    ending->message = status == YOKE_OK ? NULL : strdup(message);
}

/* ---- running --------------------------------------------------------------------------------- */

static bool is_over(const void *context)
{
    return context && yoke_context_cancelled(context);
}

static void run_items(struct batch *batch, struct item *item)
{
    const struct item_task *task = &batch->iterator->plan.task;
    while (batch->begun < batch->count && !item->is_over(item->over)) {
        size_t i = batch->begun++;
        note(&batch->endings[i], item_run(item, task, input_of(batch, i), output_of(batch, i)),
             item->context.message);
    }
}

static yoke_status run_batch(yoke_context *context, const void *argument, void *result)
{
    struct batch *batch = *(struct batch *const *)argument;
    struct item item;
    (void)result;
    item_open(&item, yoke_context_server(context), context->job, yoke_context_worker(context));
    item.is_over = is_over;
    item.over = context;
    run_items(batch, &item);
    item_close(&item);
    return YOKE_OK;
}

static yoke_status submit(struct batch *batch)
{
    yoke_map_iterator *iterator = batch->iterator;
    if (iterator->plan.by_jobs)
        return map_jobs_submit(&iterator->plan, input_of(batch, 0), output_of(batch, 0),
                               &batch->job);
    yoke_task task = YOKE_TASK(run_batch, batch, (char[1]){0});
    task.result_size = 0;
    task.name = "items";
    task.priority = iterator->plan.options.priority;
    return map_jobs_submit_task(&iterator->plan, &task, &batch->job);
}

/* Without a server. */
static yoke_status run_alone(struct batch *batch)
{
    struct item item;
    yoke_status status = map_jobs_look(&batch->iterator->plan);
    if (status != YOKE_OK)
        return status;
    item_open(&item, NULL, (yoke_job *)running_job(), 0);
    item.is_over = is_over;
    run_items(batch, &item);
    item_close(&item);
    return YOKE_OK;
}

static size_t adapt(const yoke_map_iterator *iterator, const struct batch *batch)
{
    enum { GROWTH = 8 };
    size_t most = batch_most(iterator), wanted = batch->count * GROWTH;
    yoke_duration took = yoke_job_busy(batch->job);
    if (took > BATCH_NANOSECONDS / GROWTH)
        wanted = (size_t)((double)batch->count * BATCH_NANOSECONDS / (double)took);
    wanted = wanted ? wanted : 1;
    return wanted < most ? wanted : most;
}

/* A batch has ended. Its job may have ended otherwise than items that it has run. */
static void collect(yoke_map_iterator *iterator, struct batch *batch)
{
    yoke_status status = batch->job ? yoke_job_status(batch->job) : YOKE_OK;
    const char *message = batch->job ? yoke_job_message(batch->job) : "";
    if (iterator->plan.by_jobs)
        note(&batch->endings[batch->begun++],
             map_jobs_collect(&iterator->plan, batch->job, output_of(batch, 0)), message);
    else if (batch->job && status == YOKE_OK)
        iterator->pace = adapt(iterator, batch);
    for (; batch->begun < batch->count; batch->begun++)
        note(&batch->endings[batch->begun], status == YOKE_OK ? YOKE_CANCELLED : status,
             status == YOKE_OK ? "the item was not begun" : message);
    yoke_job_release(batch->job);
    batch->job = NULL;
}

/* ---- the window ------------------------------------------------------------------------------ */

static struct batch *batch_at(const yoke_map_iterator *iterator, uint64_t index)
{
    return &iterator->batches[index % iterator->window];
}

static yoke_status fill(yoke_map_iterator *iterator)
{
    struct batch *batch = batch_at(iterator, iterator->submitted);
    if (!make_room(batch, iterator->pace))
        return error_set(YOKE_NO_MEMORY, "no memory for %zu items of a map", iterator->pace);
    while (batch->count < iterator->pace && !iterator->exhausted) {
        if (iterator->source(input_of(batch, batch->count), iterator->context))
            batch->count++;
        else
            iterator->exhausted = true;
    }
    if (!batch->count)
        return YOKE_OK;
    yoke_status status = iterator->plan.server ? submit(batch) : run_alone(batch);
    if (status == YOKE_OK)
        iterator->submitted++;
    else
        free_endings(batch);
    return status;
}

/* Whether the next item is there, and all workers have enough to do. */
static bool may_wait(const yoke_map_iterator *iterator)
{
    uint64_t ahead = iterator->submitted - iterator->ended;
    if (ahead == iterator->window)
        return true;
    if (!ahead)
        return false;
    const yoke_job *oldest = batch_at(iterator, iterator->ended)->job;
    return !oldest ||
           (ahead > map_plan_workers(&iterator->plan) && yoke_job_state(oldest) >= YOKE_STATE_DONE);
}

/* Opens the next batch to hand out, if there is one. */
static yoke_status advance(yoke_map_iterator *iterator)
{
    yoke_status status = YOKE_OK;
    while (status == YOKE_OK && !iterator->exhausted && !may_wait(iterator))
        status = fill(iterator);
    if (status != YOKE_OK || iterator->submitted == iterator->ended)
        return status;
    struct batch *batch = batch_at(iterator, iterator->ended);
    if (batch->job)
        status = map_jobs_wait(&iterator->plan, batch->job);
    if (status != YOKE_OK)
        return status;
    collect(iterator, batch);
    iterator->open = true;
    iterator->at = 0;
    return YOKE_OK;
}

static void hand_out(yoke_map_iterator *iterator)
{
    const struct batch *batch = batch_at(iterator, iterator->ended);
    const struct ending *ending = &batch->endings[iterator->at];
    iterator->item = (yoke_item){
        .index = iterator->handed_out,
        .ended = iterator->handed_out + 1,
        .input = input_of(batch, iterator->at),
        .output = output_of(batch, iterator->at),
        .status = ending->status,
        .message = ending->status == YOKE_OK ? ""
                   : ending->message         ? ending->message
                                             : yoke_status_text(ending->status),
    };
    iterator->at++;
    iterator->handed_out++;
}

static void close_batch(yoke_map_iterator *iterator)
{
    free_endings(batch_at(iterator, iterator->ended));
    iterator->ended++;
    iterator->open = false;
}

/* What it has asked the source for may be lost: it cannot go on. */
static yoke_status fail(yoke_map_iterator *iterator, yoke_status status)
{
    iterator->failed = status;
    snprintf(iterator->why, sizeof iterator->why, "%s", yoke_last_error());
    return status;
}

yoke_status yoke_map_iterator_next(yoke_map_iterator *iterator, const yoke_item **item)
{
    if (!iterator || !item)
        return error_set(YOKE_INVALID, "%s is NULL; pass %s", iterator ? "item" : "iterator",
                         iterator ? "where the item is to go"
                                  : "the handle from yoke_map_iterator_open()");
    *item = NULL;
    if (iterator->failed != YOKE_OK)
        return error_set(iterator->failed, "%s", iterator->why);
    if (iterator->open && iterator->at == batch_at(iterator, iterator->ended)->count)
        close_batch(iterator);
    yoke_status status = iterator->open ? YOKE_OK : advance(iterator);
    if (status != YOKE_OK)
        return fail(iterator, status);
    if (!iterator->open)
        return YOKE_OK;
    hand_out(iterator);
    *item = &iterator->item;
    return YOKE_OK;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static bool copy_name(const char **name, char **copy)
{
    if (*name && !(*copy = strdup(*name)))
        return false;
    *name = *copy;
    return true;
}

static bool make_batches(yoke_map_iterator *iterator)
{
    iterator->window = map_plan_window(&iterator->plan, MAP_JOBS_EACH);
    size_t usual = map_plan_workers(&iterator->plan) * MAP_JOBS_EACH;
    if (!iterator->plan.by_jobs && iterator->window > usual)
        iterator->window = usual;
    iterator->batches = calloc(iterator->window, sizeof *iterator->batches);
    for (size_t i = 0; iterator->batches && i < iterator->window; i++)
        iterator->batches[i].iterator = iterator;
    return iterator->batches && copy_name(&iterator->plan.job.kernel_name, &iterator->names[0]) &&
           copy_name(&iterator->plan.job.place, &iterator->names[1]);
}

yoke_status yoke_map_iterator_open(yoke_server *server, yoke_item_source source, yoke_kernel kernel,
                                   void *context, size_t input_size, size_t output_size,
                                   const yoke_map_options *options, yoke_map_iterator **iterator)
{
    struct map_plan plan;
    yoke_status status = map_plan_make(&plan, server, kernel, input_size, output_size, options);
    if (status != YOKE_OK)
        return status;
    if (!source || !iterator)
        return error_set(YOKE_INVALID, "%s is NULL; pass %s", source ? "iterator" : "source",
                         source ? "where the handle is to go" : "the function for the inputs");
    yoke_map_iterator *new = calloc(1, sizeof *new);
    if (new) {
        new->plan = plan;
        new->source = source;
        new->context = context;
        new->pace = 1;
    }
    if (!new || !make_batches(new)) {
        yoke_map_iterator_release(new);
        return error_set(YOKE_NO_MEMORY, "no memory for an iterator");
    }
    *iterator = new;
    return YOKE_OK;
}

static void free_batch(struct batch *batch)
{
    free_endings(batch);
    free(batch->endings);
    free(batch->inputs);
    free(batch->outputs);
}

void yoke_map_iterator_release(yoke_map_iterator *iterator)
{
    if (!iterator)
        return;
    for (uint64_t i = iterator->ended; i < iterator->submitted; i++)
        if (batch_at(iterator, i)->job)
            yoke_job_cancel(batch_at(iterator, i)->job);
    for (uint64_t i = iterator->ended; i < iterator->submitted; i++) {
        yoke_job *job = batch_at(iterator, i)->job;
        if (job)
            map_jobs_stop(job);
        yoke_job_release(job);
    }
    for (size_t i = 0; iterator->batches && i < iterator->window; i++)
        free_batch(&iterator->batches[i]);
    free(iterator->batches);
    free(iterator->names[0]);
    free(iterator->names[1]);
    free(iterator);
}
