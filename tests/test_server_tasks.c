/* OpenMP tasks inside jobs. */
#include "with_server.h"

/* ---- OpenMP inside jobs ---------------------------------------------------------------------- */

static atomic_int tasks_run;

static void add_tasks(int count)
{
    for (int i = 0; i < count; i++) {
#pragma omp task
        {
#pragma omp task
            atomic_fetch_add(&tasks_run, 1);
            atomic_fetch_add(&tasks_run, 1);
        }
    }
}

static yoke_status use_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    add_tasks(*(const int *)argument);
    return YOKE_OK;
}

static yoke_status check_tasks_done(yoke_job *job, void *expected)
{
    (void)job;
    cr_assert_eq(atomic_load(&tasks_run), *(int *)expected, "tasks end with their job");
    return YOKE_OK;
}

Test(server_tasks, openmp_tasks_belong_to_their_job, .timeout = 30)
{
    const int counts[] = {1, 10, 300, 3000};
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 4; i++) {
            int expected = 2 * counts[i];
            atomic_store(&tasks_run, 0);
            yoke_task task = YOKE_TASK_INIT;
            task.kernel = use_tasks;
            task.argument = &counts[i], task.argument_size = sizeof counts[i];
            task.callback = check_tasks_done, task.callback_context = &expected;
            yoke_job *job;
            cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
            cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
            yoke_job_release(job);
        }
        yoke_server_release(server);
    }
}

static yoke_status meet_in_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    /* Both tasks must run at the same time, or neither ends. */
    static atomic_int arrived;
    atomic_store(&arrived, 0);
    for (int i = 0; i < 2; i++) {
#pragma omp task
        {
            atomic_fetch_add(&arrived, 1);
            while (atomic_load(&arrived) < 2)
                nap(100000);
        }
    }
#pragma omp taskwait
    return YOKE_OK;
}

Test(server_tasks, idle_workers_help_with_nested_tasks, .timeout = 30)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 50; i++) {
        yoke_job *job = submit(server, meet_in_tasks, NULL, 0, 0);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
        yoke_job_release(job);
        nap(i % 3 ? 0 : 1000000);
    }
    yoke_server_release(server);
}

/* Keeps far more tasks than libgomp queues (64 a thread) until a later job stops it: both the
 * clogged queue and the creation of tasks inside the keeper must let that job through. */
static atomic_int stop_flood;

static void nested_nap(void)
{
    nap(200000);
}

static yoke_status flood(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    while (!atomic_load(&stop_flood)) {
#pragma omp task
        nested_nap();
    }
    return YOKE_OK;
}

static yoke_status stop(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    atomic_store(&stop_flood, 1);
    return YOKE_OK;
}

Test(server_tasks, nested_tasks_do_not_keep_new_jobs_from_starting, .timeout = 60)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 5; i++) {
        atomic_store(&stop_flood, 0);
        yoke_job *flooding = submit(server, flood, NULL, 0, 0);
        nap(50000000);
        yoke_job *stopping = submit(server, stop, NULL, 0, 0);
        cr_assert_eq(yoke_job_result(stopping, NULL, 0), YOKE_OK);
        cr_assert_eq(yoke_job_result(flooding, NULL, 0), YOKE_OK);
        yoke_job_release(flooding);
        yoke_job_release(stopping);
    }
    yoke_server_release(server);
}

static yoke_status wait_in_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    static yoke_server *server;
    server = yoke_context_server(context);
    for (int i = 0; i < 8; i++) {
#pragma omp task
        {
            yoke_job *job = submit(server, fibonacci, &(int){5}, sizeof(int), sizeof(int));
            int sum = 0;
            cr_assert_eq(yoke_job_result(job, &sum, sizeof sum), YOKE_OK);
            cr_assert_eq(sum, 5);
            yoke_job_release(job);
        }
    }
    return YOKE_OK;
}

Test(server_tasks, nested_tasks_may_submit_and_wait, .timeout = 30)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 50; i++) {
            yoke_job *job = submit(server, wait_in_tasks, NULL, 0, 0);
            cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
            yoke_job_release(job);
        }
        yoke_server_release(server);
    }
}
