/* yoke, by its public interface. */
#include "jobs.h"
#include "runtimes/server.h"

static yoke_status empty(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    return YOKE_OK;
}

static void submit_empty(unsigned count)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = empty;
    while (count--)
        must(yoke_submit(server, &task, NULL));
}

static void flood(unsigned producers, unsigned jobs)
{
    produce(producers, jobs / producers, submit_empty);
    must(yoke_server_wait(server, YOKE_FOREVER));
}

static yoke_status tell_time(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument;
    *(int64_t *)result = now();
    return YOKE_OK;
}

static void round_trip(int64_t *started)
{
    collect(submit(tell_time, NULL, 0, sizeof *started), started, sizeof *started);
}

static yoke_status submit_and_wait(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    for (unsigned jobs = *(const unsigned *)argument; jobs--;)
        collect(submit(empty, NULL, 0, 0), NULL, 0);
    return YOKE_OK;
}

static void inside(unsigned jobs)
{
    collect(submit(submit_and_wait, &jobs, sizeof jobs, 0), NULL, 0);
}

static yoke_status add_fibonacci(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    int n = *(const int *)argument;
    uint64_t *sum = result, part;
    *sum = n > 0;
    if (n < 2)
        return YOKE_OK;
    yoke_job *one = submit(add_fibonacci, &(int){n - 1}, sizeof n, sizeof *sum);
    yoke_job *other = submit(add_fibonacci, &(int){n - 2}, sizeof n, sizeof *sum);
    collect(one, sum, sizeof *sum);
    collect(other, &part, sizeof part);
    *sum += part;
    return YOKE_OK;
}

static uint64_t fibonacci(int n)
{
    uint64_t sum;
    collect(submit(add_fibonacci, &n, sizeof n, sizeof sum), &sum, sizeof sum);
    return sum;
}

struct split {
    unsigned tasks;
    int64_t nanoseconds;
};

static yoke_status make_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct split split = *(const struct split *)argument;
    for (unsigned i = 0; i < split.tasks; i++)
#pragma omp task firstprivate(split)
        work_for(split.nanoseconds);
#pragma omp taskwait
    return YOKE_OK;
}

static yoke_job *submit_split(unsigned tasks, int64_t nanoseconds)
{
    struct split split = {tasks, nanoseconds};
    return submit(make_tasks, &split, sizeof split, 0);
}

static yoke_status work_on_range(uint64_t lo, uint64_t hi, void *argument)
{
    for (uint64_t i = lo; i < hi; i++)
        work_for(*(int64_t *)argument);
    return YOKE_OK;
}

static yoke_status loop(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct split split = *(const struct split *)argument;
    return yoke_for_each(context, 0, split.tasks, 1, work_on_range, &split.nanoseconds);
}

static void nested(unsigned tasks, int64_t nanoseconds)
{
    struct split split = {tasks, nanoseconds};
    collect(submit(loop, &split, sizeof split, 0), NULL, 0);
}

static yoke_job *crowd;

static void crowd_begin(unsigned tasks, int64_t nanoseconds)
{
    crowd = submit_split(tasks, nanoseconds);
}

static void crowd_end(void)
{
    collect(crowd, NULL, 0);
}

const struct job_runtime *job_runtime_yoke(void)
{
    static const struct job_runtime yoke = {
        .runtime = {"yoke", COLOUR_YOKE, yoke_version, server_open, server_close},
        .flood = flood,
        .round_trip = round_trip,
        .inside = inside,
        .fibonacci = fibonacci,
        .nested = nested,
        .crowd_begin = crowd_begin,
        .crowd_end = crowd_end,
    };
    return &yoke;
}
