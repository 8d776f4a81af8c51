/* What a kernel does to its thread does not stay for the next one. */
#include <fenv.h>
#include <sched.h>

#include "base/floating.h"
#include "with_server.h"

#if defined(__x86_64__)
/* Results too small for a normal number become zero. */
static void flush_to_zero(void)
{
    struct floating mode = floating_mode();
    mode.vector |= 0x8040;
    floating_set(&mode);
}
static bool flushes_to_zero(void)
{
    return floating_mode().vector & 0x8040;
}
#else
static void flush_to_zero(void)
{
}
static bool flushes_to_zero(void)
{
    return false;
}
#endif

static bool is_as_usual(void)
{
    return fegetround() == FE_TONEAREST && !flushes_to_zero();
}

static void change_mode(void)
{
    fesetround(FE_UPWARD);
    flush_to_zero();
}

static yoke_status look_and_change(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument;
    *(bool *)result = is_as_usual();
    change_mode();
    return YOKE_OK;
}

/* Waits in a mode of its own for a job that it runs itself. */
static yoke_status change_and_wait(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    bool usual = is_as_usual();
    change_mode();
    yoke_job *inside = submit(yoke_context_server(context), look_and_change, NULL, 0, sizeof(bool));
    yoke_status status = yoke_job_result(inside, result, sizeof(bool));
    yoke_job_release(inside);
    *(bool *)result &= usual && fegetround() == FE_UPWARD;
    return status;
}

static yoke_status fail_and_change(yoke_context *context, const void *argument, void *result)
{
    look_and_change(context, argument, result);
    return yoke_context_try(context) < 3 ? YOKE_JOB_FAILED : YOKE_OK;
}

static yoke_status change_in_callback(yoke_job *job, void *context)
{
    (void)job, (void)context;
    bool usual = is_as_usual();
    change_mode();
    return usual ? YOKE_OK : YOKE_JOB_FAILED;
}

Test(server_kernels, each_starts_with_the_usual_rounding, .timeout = 20)
{
    static const yoke_kernel kernels[] = {look_and_change, change_and_wait, fail_and_change};
    yoke_server *server = open_server(1);
    for (int i = 0; i < 60; i++) {
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = kernels[i % 3];
        task.result_size = sizeof(bool);
        task.tries = 3;
        task.callback = i % 2 ? change_in_callback : NULL;
        yoke_job *job;
        bool usual;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        cr_assert_eq(yoke_job_result(job, &usual, sizeof usual), YOKE_OK);
        cr_assert(usual, "job %d", i);
        yoke_job_release(job);
    }
    cr_assert_eq(statistics_of(server).callbacks_failed, 0);
    yoke_server_release(server);
}

static yoke_status look_and_bind(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument;
    sched_getaffinity(0, sizeof(cpu_set_t), result);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) { /* to any processor that it may have */
        cpu_set_t mask;
        CPU_ZERO(&mask);
        CPU_SET((size_t)(cpu + *(const int *)argument) % CPU_SETSIZE, &mask);
        if (sched_setaffinity(0, sizeof mask, &mask) == 0)
            break;
    }
    return YOKE_OK;
}

static void check_binding(void)
{
    yoke_server *server = open_server(1);
    cpu_set_t first, mask;
    for (int i = 0; i < 40; i++) {
        int from = i % 3; /* the processor that it tries first */
        yoke_job *job = submit(server, look_and_bind, &from, sizeof from, sizeof mask);
        cr_assert_eq(yoke_job_result(job, i ? &mask : &first, sizeof mask), YOKE_OK);
        cr_assert(!i || CPU_EQUAL(&first, &mask), "job %d", i);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

Test(server_kernels, each_starts_on_the_cores_of_its_worker, .timeout = 20)
{
    check_binding();
}

/* Where the topology is another machine's, nobody binds the workers. */
Test(server_kernels, each_starts_on_all_cores_where_none_is_bound, .timeout = 20)
{
    cr_assert_eq(setenv("HWLOC_SYNTHETIC", "core:2 pu:1", 1), 0);
    check_binding();
}
