/* yoke_map(): a loop over the items, or a window of jobs that moves over them. */
#include "yoke/map.h"

#include <stdlib.h>

#include "base/error.h"
#include "map_jobs.h"
#include "map_record.h"
#include "map_worker.h"
#include "server/lifecycle/run.h"
#include "yoke/loop.h"

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
    for (uint64_t i = piece->lo; i < piece->hi; i++) {
        if (i > piece->lo && yoke_piece_cancelled(piece))
            return YOKE_CANCELLED;
        yoke_item item = item_at(map, i);
        item.status = item_run(worker, &map->plan.task, item.input, item.output);
        if (item.status != YOKE_OK)
            item.message = worker->context.message;
        map_record_end(&map->record, &item);
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
    return yoke_parallel_for(map->plan.server, &loop);
}

/* ---- by jobs --------------------------------------------------------------------------------- */

static void end_job(struct map *map, uint64_t index, yoke_job *job)
{
    yoke_item item = item_at(map, index);
    item.status = yoke_job_status(job);
    item.message = yoke_job_message(job);
    map_record_end(&map->record, &item);
    yoke_job_release(job);
}

/* Those of items first <= i < end. */
static void stop_jobs(struct map *map, yoke_job **jobs, size_t window, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        yoke_job_cancel(jobs[i % window]);
    for (size_t i = first; i < end; i++) {
        map_jobs_stop(jobs[i % window]);
        end_job(map, i, jobs[i % window]);
    }
}

/* As many jobs as there is room for, the oldest of which is waited for. */
static yoke_status run_jobs(struct map *map, yoke_job **jobs, size_t window)
{
    yoke_status status = YOKE_OK;
    size_t begun = 0, ended = 0;
    while (status == YOKE_OK && ended < map->count && !is_stopped(map)) {
        if (begun < map->count && begun - ended < window) {
            yoke_item item = item_at(map, begun);
            status = map_jobs_submit(&map->plan, item.input, item.output, &jobs[begun % window]);
            begun += status == YOKE_OK;
            continue;
        }
        status = map_jobs_wait(&map->plan, jobs[ended % window]);
        if (status == YOKE_OK) {
            end_job(map, ended, jobs[ended % window]);
            ended++;
        }
    }
    stop_jobs(map, jobs, window, ended, begun);
    return status;
}

static yoke_status run_by_jobs(struct map *map)
{
    size_t window = map_plan_window(&map->plan, MAP_JOBS_EACH);
    window = window < map->count ? window : map->count;
    yoke_job **jobs = calloc(window, sizeof(yoke_job *));
    if (!jobs)
        return error_set(YOKE_NO_MEMORY, "no memory for %zu jobs of a map", window);
    yoke_status status = run_jobs(map, jobs, window);
    free(jobs);
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
    map.around = (yoke_job *)run_current_job();
    map_record_open(&map.record, &map.plan, count);
    status = map.plan.by_jobs ? run_by_jobs(&map) : run_in_loop(&map);
    status = map_record_answer(&map.record, status);
    map_record_close(&map.record);
    return status;
}
