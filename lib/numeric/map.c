/* yoke_map(): a loop over the items, or a window of jobs that moves over them. */
#include "yoke/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "map_jobs.h"
#include "map_record.h"
#include "map_worker.h"
#include "server/lifecycle/running.h"
#include "sharing.h"

struct map {
    struct map_plan plan;
    struct map_record record;
    const unsigned char *inputs;
    unsigned char *outputs;
    size_t count;
    yoke_job *around; /* the calling job, or NULL */
};

static yoke_item item_at(const struct map *map, uint64_t index)
{
    const struct item_task *task = &map->plan.task;
    return (yoke_item){
        .index = index,
        .input = task->argument_size ? map->inputs + index * task->argument_size : NULL,
        .output = task->result_size ? map->outputs + index * task->result_size : NULL,
        .message = "",
    };
}

/* ---- in a loop ------------------------------------------------------------------------------- */

static yoke_status open_worker(unsigned worker, void *argument, void **state)
{
    const struct map *map = argument;
    return map_worker_open(map->plan.server, map->around, worker, state);
}

static bool is_stopped(void *argument)
{
    return atomic_load_explicit(&((struct map *)argument)->record.stopped, memory_order_relaxed);
}

static yoke_status run_piece(const yoke_piece *piece, void *argument)
{
    struct map *map = argument;
    struct item *worker = map_worker_of(piece);
    int64_t patience = piece->worker ? CALLBACK_LOCK_MOMENT : CALLBACK_LOCK_FOREVER;
    for (uint64_t i = piece->lo; i < piece->hi; i++) {
        if (i > piece->lo && yoke_piece_cancelled(piece))
            return YOKE_CANCELLED;
        yoke_item item = item_at(map, i);
        item.status = item_run(worker, &map->plan.task, item.input, item.output);
        if (item.status != YOKE_OK)
            item.message = worker->context.message;
        if (!map_record_end(&map->record, &item, patience)) {
            patience = 0;
            sharing_leave();
        }
    }
    return YOKE_OK;
}

static yoke_status run_in_loop(struct map *map)
{
    yoke_loop loop = YOKE_LOOP(0, map->count, run_piece, map);
    loop.open = open_worker;
    loop.close = map_worker_close;
    loop.cancelled = is_stopped;
    loop.time_limit = map->plan.options.deadline;
    loop.priority = map->plan.options.priority;
    loop.in_order = true;
    return yoke_parallel_for(map->plan.server, &loop);
}

/* ---- by jobs --------------------------------------------------------------------------------- */

/* Jobs under way, in the order of their items. */
struct window {
    yoke_job **jobs;
    uint64_t *items;
    size_t count, most;
    bool held_up; /* the first one takes long, or its node has died */
};

/* How long the first job may take before the others are looked at as well, which costs as much as
 * a quick job (1.7 microseconds an item for 1.1): so long a wait for one of them is nothing. */
static const yoke_duration patience = YOKE_MILLISECONDS(1);

static void end_job(struct map *map, const struct window *window, size_t at)
{
    yoke_job *job = window->jobs[at];
    yoke_item item = item_at(map, window->items[at]);
    item.status = map_jobs_collect(&map->plan, job, item.output);
    item.message = yoke_job_message(job);
    map_record_end(&map->record, &item, CALLBACK_LOCK_FOREVER);
    yoke_job_release(job);
}

static bool has_ended(yoke_job *job)
{
    return yoke_job_state(job) >= YOKE_STATE_DONE && yoke_job_wait(job, 0) == YOKE_OK;
}

/* The job at `first`, and those behind it that have ended as well: up to one that has not, or, when
 * jobs are held up, all, as nodes end many together. */
static void end_jobs(struct map *map, struct window *window, size_t first)
{
    size_t kept = first;
    bool looks = true;
    for (size_t i = first; i < window->count; i++) {
        if (i == first || (looks && has_ended(window->jobs[i]))) {
            end_job(map, window, i);
        } else {
            looks = window->held_up;
            window->jobs[kept] = window->jobs[i];
            window->items[kept++] = window->items[i];
        }
    }
    window->count = kept;
    window->held_up = window->held_up && first > 0;
}

static yoke_status wait_for_one(const struct map *map, struct window *window, size_t *at)
{
    *at = 0;
    yoke_status status =
        window->held_up ? YOKE_TIMED_OUT : yoke_job_wait(window->jobs[0], patience);
    if (status != YOKE_TIMED_OUT)
        return status;
    window->held_up = true;
    return map_jobs_wait_any(&map->plan, window->jobs, window->count, at);
}

static void stop_jobs(struct map *map, struct window *window)
{
    for (size_t i = 0; i < window->count; i++)
        yoke_job_cancel(window->jobs[i]);
    for (size_t i = 0; i < window->count; i++) {
        map_jobs_stop(window->jobs[i]);
        end_job(map, window, i);
    }
}

static yoke_status begin_job(struct map *map, struct window *window, uint64_t index)
{
    yoke_item item = item_at(map, index);
    window->items[window->count] = index;
    yoke_status status =
        map_jobs_submit(&map->plan, item.input, item.output, &window->jobs[window->count]);
    window->count += status == YOKE_OK;
    return status;
}

/* As many jobs as there is room for. Whichever ends makes room for the next one: so one that is on
 * a node which has died holds up no others. */
static yoke_status run_jobs(struct map *map, struct window *window)
{
    yoke_status status = YOKE_OK;
    uint64_t begun = 0;
    size_t at;
    while (status == YOKE_OK && (begun < map->count || window->count) && !is_stopped(map)) {
        if (begun < map->count && window->count < window->most) {
            status = begin_job(map, window, begun);
            begun += status == YOKE_OK;
            continue;
        }
        status = wait_for_one(map, window, &at);
        if (status == YOKE_OK)
            end_jobs(map, window, at);
    }
    stop_jobs(map, window);
    return status;
}

static yoke_status run_by_jobs(struct map *map)
{
    size_t most = map_plan_window(&map->plan, MAP_JOBS_EACH);
    most = most < map->count ? most : map->count;
    struct window window = {.jobs = calloc(most, sizeof(yoke_job *)),
                            .items = calloc(most, sizeof(uint64_t)),
                            .most = most};
    yoke_status status =
        window.jobs && window.items
            ? run_jobs(map, &window)
            : error_set(YOKE_NO_MEMORY, "no memory for %zu jobs of a map", window.most);
    free(window.jobs);
    free(window.items);
    return status;
}

/* ---- the call -------------------------------------------------------------------------------- */

static yoke_status check(const struct map *map)
{
    const struct item_task *task = &map->plan.task;
    if ((task->argument_size && !map->inputs) || (task->result_size && !map->outputs))
        return error_set(YOKE_INVALID, "%s is NULL, but each has a size of %zu bytes",
                         map->inputs ? "outputs" : "inputs",
                         map->inputs ? task->result_size : task->argument_size);
    return YOKE_OK;
}

yoke_status yoke_map(yoke_server *server, yoke_kernel kernel, const void *inputs, size_t input_size,
                     void *outputs, size_t output_size, size_t count,
                     const yoke_map_options *options)
{
    struct map map = {.inputs = inputs, .outputs = outputs, .count = count};
    yoke_status status = map_plan_make(&map.plan, server, kernel, input_size, output_size, options);
    if (status == YOKE_OK && count)
        status = check(&map);
    if (status != YOKE_OK || !count)
        return status;
    map.around = (yoke_job *)running_job();
    map_record_open(&map.record, &map.plan, count);
    status = map.plan.by_jobs ? run_by_jobs(&map) : run_in_loop(&map);
    status = map_record_answer(&map.record, status);
    map_record_close(&map.record);
    return status;
}
