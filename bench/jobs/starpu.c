/* StarPU: jobs from outside. Its tasks may not wait for others, so it runs none inside jobs. */
#include "jobs.h"

#ifdef HAVE_STARPU

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Its headers do not pass our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <starpu.h>
#pragma GCC diagnostic pop

static void check(int status)
{
    if (status == 0)
        return;
    fprintf(stderr, "submit_bench: StarPU failed with status %d\n", status);
    exit(EXIT_FAILURE);
}

static void open_workers(unsigned workers)
{
    setenv("STARPU_SILENT", "1", 0); /* it reports calibrations that concern no job of ours */
    struct starpu_conf conf;
    starpu_conf_init(&conf);
    conf.ncpus = (int)workers;
    conf.ncuda = conf.nopencl = 0;
    check(starpu_init(&conf));
}

static void empty(void *buffers[], void *argument)
{
    (void)buffers, (void)argument;
}

static void tell_time(void *buffers[], void *argument)
{
    (void)buffers;
    *(int64_t *)argument = now();
}

static struct starpu_codelet empty_codelet = {.cpu_funcs = {empty}, .nbuffers = 0};
static struct starpu_codelet time_codelet = {.cpu_funcs = {tell_time}, .nbuffers = 0};

static void submit_empty(unsigned count)
{
    while (count--) {
        struct starpu_task *task = starpu_task_create();
        task->cl = &empty_codelet;
        check(starpu_task_submit(task));
    }
}

static void flood(unsigned producers, unsigned jobs)
{
    produce(producers, jobs / producers, submit_empty);
    check(starpu_task_wait_for_all());
}

static void round_trip(int64_t *started)
{
    struct starpu_task *task = starpu_task_create();
    task->cl = &time_codelet;
    task->cl_arg = started;
    task->detach = 0;
    check(starpu_task_submit(task));
    check(starpu_task_wait(task));
}

static const char *version(void)
{
    static char text[32];
    int major, minor, release;
    starpu_get_version(&major, &minor, &release);
    snprintf(text, sizeof text, "%d.%d.%d", major, minor, release);
    return text;
}

const struct job_runtime *job_runtime_starpu(void)
{
    static const struct job_runtime starpu = {
        .runtime = {"StarPU", COLOUR_STARPU, version, open_workers, starpu_shutdown},
        .flood = flood,
        .round_trip = round_trip,
    };
    return &starpu;
}

#else

const struct job_runtime *job_runtime_starpu(void)
{
    static const struct job_runtime missing = {.runtime.name = "StarPU"};
    return &missing;
}

#endif
