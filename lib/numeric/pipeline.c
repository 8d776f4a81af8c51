/* yoke_pipeline(): threads take turns at the source, go on with what they got there, and show what
 * has ended, in order, to the sink.
 *
 * Items lie in a ring of slots, by their index. One thread at a time is at the source and fills the
 * next slot, unless that is still taken by an item that has not been shown. It runs the kernel on
 * it. Whoever has finished an item tries to become the one that shows: it shows the items that are
 * next and have ended. One that does not get the turn need not wait: who has it looks again after
 * giving it up. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/lock.h"
#include "base/memory.h"
#include "callback_lock.h"
#include "map_plan.h"
#include "map_worker.h"
#include "server/lifecycle/running.h"
#include "server/waiting/absence.h"
#include "sharing.h"

/* Slots for each worker: as many as let the others go on for a while beside an item that takes
 * several times as long as others do, and few enough to stay in the caches. */
enum { SLOTS_EACH = 4 };

struct slot {
    atomic_bool ended;
    yoke_status status;
    char *input, *output;
    char message[MESSAGE_SIZE];
};

struct pipeline {
    struct map_plan plan;
    yoke_item_source source;
    yoke_item_visit sink;
    void *context;
    yoke_job *around; /* the calling job, or NULL */
    struct slot *slots;
    size_t window;
    alignas(64) struct callback_lock at_source;
    uint64_t taken;                  /* from the source, under its lock */
    atomic_bool exhausted;           /* there are no more */
    alignas(64) struct lock at_sink; /* only tried: nobody sleeps for it */
    atomic_uint_fast64_t shown;      /* by who has the lock */
    atomic_uint room;                /* a futex, counted up when there are more free slots */
    atomic_uint sleepers;
    atomic_bool stopped; /* by the sink */
};

/* ---- the sink -------------------------------------------------------------------------------- */

static bool is_due(struct pipeline *pipeline)
{
    uint64_t next = atomic_load(&pipeline->shown);
    return atomic_load(&pipeline->slots[next % pipeline->window].ended);
}

static void show_next(struct pipeline *pipeline)
{
    uint64_t next = atomic_load(&pipeline->shown);
    struct slot *slot = &pipeline->slots[next % pipeline->window];
    const yoke_item item = {.index = next,
                            .ended = next + 1,
                            .input = slot->input,
                            .output = slot->output,
                            .status = slot->status,
                            .message = slot->status == YOKE_OK ? "" : slot->message};
    if (!atomic_load(&pipeline->stopped) && !pipeline->sink(&item, pipeline->context))
        atomic_store(&pipeline->stopped, true);
    atomic_store(&slot->ended, false);
    atomic_store(&pipeline->shown, next + 1);
    atomic_fetch_add(&pipeline->room, 1);
    if (atomic_load(&pipeline->sleepers))
        os_wake(&pipeline->room, OS_EVERYONE);
}

static void show(struct pipeline *pipeline)
{
    while (is_due(pipeline) && lock_try(&pipeline->at_sink)) {
        while (is_due(pipeline))
            show_next(pipeline);
        lock_give(&pipeline->at_sink);
    }
}

/* ---- the source ------------------------------------------------------------------------------ */

static bool is_stopped(void *argument)
{
    return atomic_load(&((struct pipeline *)argument)->stopped);
}

static bool is_at_end(struct pipeline *pipeline)
{
    return atomic_load(&pipeline->exhausted) || is_stopped(pipeline);
}

static struct slot *fill_slot(struct pipeline *pipeline)
{
    struct slot *slot = &pipeline->slots[pipeline->taken % pipeline->window];
    if (is_at_end(pipeline))
        return NULL;
    if (pipeline->source(slot->input, pipeline->context)) {
        pipeline->taken++;
        return slot;
    }
    atomic_store(&pipeline->exhausted, true);
    return NULL;
}

/* A slot with a new input; NULL when there is none, or no room, or another thread is at the source
 * for long. */
static struct slot *take(struct pipeline *pipeline, bool helps, bool *full)
{
    *full = false;
    if (!callback_lock_take(&pipeline->at_source,
                            helps ? CALLBACK_LOCK_MOMENT : CALLBACK_LOCK_FOREVER)) {
        sharing_leave();
        return NULL;
    }
    *full = pipeline->taken - atomic_load(&pipeline->shown) >= pipeline->window;
    struct slot *slot = *full ? NULL : fill_slot(pipeline);
    callback_lock_give(&pipeline->at_source);
    return slot;
}

/* ---- in between ------------------------------------------------------------------------------ */

static bool is_full_since(const struct pipeline *pipeline, unsigned room)
{
    return atomic_load(&pipeline->room) == room;
}

/* The oldest item may wait for a job, in its kernel or the sink, and need the thread's worker. */
static void stay_away(struct pipeline *pipeline, const yoke_piece *piece, unsigned room)
{
    absence_begin();
    while (is_full_since(pipeline, room) && !yoke_piece_cancelled(piece))
        os_sleep(&pipeline->room, room, os_deadline(CALLBACK_LOCK_MOMENT));
    absence_end();
}

/* As for the lock. The thread that is at the oldest item wakes it. */
static void await_room(struct pipeline *pipeline, const yoke_piece *piece, unsigned room)
{
    atomic_fetch_add(&pipeline->sleepers, 1);
    os_sleep(&pipeline->room, room, os_deadline(CALLBACK_LOCK_MOMENT));
    if (is_full_since(pipeline, room) && piece->worker)
        sharing_leave();
    else if (is_full_since(pipeline, room))
        stay_away(pipeline, piece, room);
    atomic_fetch_sub(&pipeline->sleepers, 1);
}

static yoke_status work(const yoke_piece *piece, void *argument)
{
    struct pipeline *pipeline = argument;
    unsigned room = atomic_load(&pipeline->room);
    bool full;
    struct slot *slot = take(pipeline, piece->worker, &full);
    /* It is not told to end early: so would kernels that have not returned yet. */
    if (is_at_end(pipeline))
        sharing_finish(piece);
    if (full)
        await_room(pipeline, piece, room);
    if (!slot)
        return YOKE_OK;
    struct item *worker = map_worker_of(piece);
    slot->status = item_run(worker, &pipeline->plan.task, slot->input, slot->output);
    if (slot->status != YOKE_OK)
        memcpy(slot->message, worker->context.message, sizeof slot->message);
    atomic_store(&slot->ended, true);
    show(pipeline);
    return YOKE_OK;
}

static yoke_status open_worker(unsigned worker, void *argument, void **state)
{
    const struct pipeline *pipeline = argument;
    return map_worker_open(pipeline->plan.server, pipeline->around, worker, state);
}

/* More than there will ever be items: the loop ends with the source. */
static const uint64_t endless = UINT64_C(1) << 62;

static yoke_status run_in_loop(struct pipeline *pipeline)
{
    yoke_loop loop = YOKE_LOOP(0, endless, work, pipeline);
    loop.grain = 1;
    loop.open = open_worker;
    loop.close = map_worker_close;
    loop.cancelled = is_stopped;
    loop.time_limit = pipeline->plan.options.deadline;
    loop.priority = pipeline->plan.options.priority;
    yoke_status status = yoke_parallel_for(pipeline->plan.server, &loop);
    if (pipeline->stopped)
        return error_set(YOKE_CANCELLED, "a pipeline's sink said not to go on");
    /* Whatever the loop says: all may be done, and its time over at that moment. */
    return pipeline->exhausted && pipeline->shown == pipeline->taken ? YOKE_OK : status;
}

/* ---- the call -------------------------------------------------------------------------------- */

static size_t rounded(size_t size)
{
    const size_t line = 64;
    return (size + line - 1) / line * line;
}

/* All slots, and behind them their inputs and outputs, each at a line of the cache. */
static bool make_slots(struct pipeline *pipeline)
{
    const struct item_task *task = &pipeline->plan.task;
    pipeline->window = map_plan_window(&pipeline->plan, SLOTS_EACH);
    const size_t limit = PTRDIFF_MAX / 4;
    if (task->argument_size > limit || task->result_size > limit)
        return false;
    size_t input = rounded(task->argument_size), output = rounded(task->result_size);
    size_t each = rounded(sizeof(struct slot)) + input + output;
    if (pipeline->window > limit / each)
        return false;
    char *memory = memory_allocate(pipeline->window * each);
    if (!memory)
        return false;
    pipeline->slots = (struct slot *)memory;
    memory += rounded(pipeline->window * sizeof(struct slot));
    for (size_t i = 0; i < pipeline->window; i++, memory += input + output) {
        pipeline->slots[i].input = task->argument_size ? memory : NULL;
        pipeline->slots[i].output = task->result_size ? memory + input : NULL;
        atomic_init(&pipeline->slots[i].ended, false);
    }
    return true;
}

static yoke_status run_by_jobs(struct pipeline *pipeline)
{
    const struct map_plan *plan = &pipeline->plan;
    yoke_map_iterator *iterator = NULL;
    yoke_status status = yoke_map_iterator_open(plan->server, pipeline->source, plan->task.kernel,
                                                pipeline->context, plan->task.argument_size,
                                                plan->task.result_size, &plan->options, &iterator);
    const yoke_item *item = NULL;
    while (status == YOKE_OK && (status = yoke_map_iterator_next(iterator, &item)) == YOKE_OK &&
           item)
        if (!pipeline->sink(item, pipeline->context))
            status = error_set(YOKE_CANCELLED, "a pipeline's sink said not to go on");
    yoke_map_iterator_release(iterator);
    return status;
}

yoke_status yoke_pipeline(yoke_server *server, yoke_item_source source, yoke_kernel kernel,
                          yoke_item_visit sink, void *context, size_t input_size,
                          size_t output_size, const yoke_map_options *options)
{
    struct pipeline pipeline = {.source = source, .sink = sink, .context = context};
    yoke_status status =
        map_plan_make(&pipeline.plan, server, kernel, input_size, output_size, options);
    if (status != YOKE_OK)
        return status;
    if (!source || !sink)
        return error_set(YOKE_INVALID, "%s is NULL; pass the function for it",
                         source ? "sink" : "source");
    if (pipeline.plan.by_jobs)
        return run_by_jobs(&pipeline);
    if (!make_slots(&pipeline))
        return error_set(YOKE_NO_MEMORY, "no memory for the %zu items of a pipeline's window",
                         pipeline.window);
    pipeline.around = (yoke_job *)running_job();
    status = run_in_loop(&pipeline);
    free(pipeline.slots);
    return status;
}
