/* OpenMP tasks inside jobs. */
#include "with_server.h"

#include <omp.h>
#include <pthread.h>

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
 * clogged queue and the creation of tasks inside the dispatcher must let that job through. */
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

/* ---- OpenMP tasks that wait for the job they belong to --------------------------------------- */

static yoke_server *own_server;
static yoke_job *_Atomic own_job, *_Atomic inner_job;

enum { UNKNOWN = -1, BEGUN = -2 };
static atomic_int answer;

static yoke_status wait_for_own_job(void)
{
    return yoke_job_wait(atomic_load(&own_job), YOKE_FOREVER);
}

static yoke_status wait_for_argument(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    return yoke_job_wait(*(yoke_job *const *)argument, YOKE_FOREVER);
}

/* For another job, which waits for the task's own: one of the two waits must be refused. */
static yoke_status wait_for_one_that_waits(void)
{
    yoke_job *own = atomic_load(&own_job);
    yoke_job *job = submit(own_server, wait_for_argument, &own, sizeof own, 0);
    yoke_status status = yoke_job_wait(job, YOKE_FOREVER);
    if (status == YOKE_OK)
        status = yoke_job_status(job);
    yoke_job_release(job);
    return status;
}

static yoke_status (*wait_of_a_task)(void);

/* Its tasks wait only on a thread that helps: on its own nothing is uncertain. */
static yoke_status wait_in_a_task(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    while (!atomic_load(&own_job))
        nap(10000);
    static pthread_t kernel;
    kernel = pthread_self();
    for (int i = 0; i < 10000 && atomic_load(&answer) == UNKNOWN; i++) {
#pragma omp task
        {
            int unknown = UNKNOWN;
            if (pthread_equal(pthread_self(), kernel))
                nap(100000);
            else if (atomic_compare_exchange_strong(&answer, &unknown, BEGUN))
                atomic_store(&answer, (int)wait_of_a_task());
        }
        nap(100000);
    }
    return YOKE_OK;
}

/* The answer that a task gets on a thread that helps, in a job that runs `kernel`. */
static void check_answer(yoke_kernel kernel, yoke_status (*wait)(void), yoke_status expected)
{
    if (omp_get_num_devices() > 0)
        cr_skip_test("there are devices: whose task a thread runs is not known then");
    wait_of_a_task = wait;
    atomic_store(&answer, UNKNOWN);
    atomic_store(&own_job, NULL);
    yoke_job *job = submit(own_server, kernel, NULL, 0, 0);
    atomic_store(&own_job, job);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(atomic_load(&answer), (int)expected);
    yoke_job_release(job);
}

static void check_refusal(yoke_kernel kernel, yoke_status (*wait)(void))
{
    check_answer(kernel, wait, YOKE_DEADLOCK);
}

Test(server_tasks, a_task_cannot_wait_for_its_own_job, .timeout = 60)
{
    yoke_status (*const waits[])(void) = {wait_for_own_job, wait_for_one_that_waits};
    own_server = open_server(2);
    for (int i = 0; i < 20; i++)
        check_refusal(wait_in_a_task, waits[i % 2]);
    yoke_server_release(own_server);
}

Test(server_tasks, a_task_cannot_wait_for_its_own_job_beside_other_kernels, .timeout = 60)
{
    own_server = open_server(3);
    struct gate gate = {0};
    yoke_job *other = submit_gate(own_server, &gate);
    await_arrivals(&gate, 1);
    check_refusal(wait_in_a_task, wait_for_own_job);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_job_result(other, NULL, 0), YOKE_OK);
    yoke_job_release(other);
    yoke_server_release(own_server);
}

/* The job beside it is blocked for ever, too, if the task is. */
Test(server_tasks, a_task_cannot_wait_for_its_own_job_while_others_do, .timeout = 60)
{
    own_server = open_server(3);
    wait_of_a_task = wait_for_own_job;
    atomic_store(&answer, UNKNOWN);
    atomic_store(&own_job, NULL);
    yoke_job *job = submit(own_server, wait_in_a_task, NULL, 0, 0);
    while (yoke_job_state(job) == YOKE_STATE_QUEUED)
        nap(100000);
    yoke_job *other = submit(own_server, wait_for_argument, &job, sizeof job, 0);
    while (yoke_job_state(other) == YOKE_STATE_QUEUED)
        nap(100000);
    nap(1000000);
    atomic_store(&own_job, job);
    cr_assert_eq(yoke_job_result(other, NULL, 0), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(atomic_load(&answer), YOKE_DEADLOCK);
    yoke_job_release(job);
    yoke_job_release(other);
    yoke_server_release(own_server);
}

/* The task belongs to a job that another one runs while it waits for it. */
static yoke_status run_inside(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    while (!atomic_load(&own_job))
        nap(10000);
    yoke_job *inner = submit(yoke_context_server(context), wait_in_a_task, NULL, 0, 0);
    atomic_store(&inner_job, inner);
    yoke_status status = yoke_job_result(inner, NULL, 0);
    yoke_job_release(inner);
    return status;
}

static yoke_status wait_for_inner_job(void)
{
    return yoke_job_wait(atomic_load(&inner_job), YOKE_FOREVER);
}

Test(server_tasks, a_task_cannot_wait_for_jobs_around_its_own, .timeout = 60)
{
    own_server = open_server(2);
    check_refusal(run_inside, wait_for_own_job);
    check_refusal(run_inside, wait_for_inner_job);
    yoke_server_release(own_server);
}

/* Likewise for all jobs of its server, where another server's thread runs it. */
static yoke_server *inner_server;
static pthread_t outer_thread;

static yoke_status wait_in_a_task_there(yoke_context *context, const void *argument, void *result)
{
    bool there = pthread_equal(pthread_self(), outer_thread);
    return there ? wait_in_a_task(context, argument, result) : YOKE_OK;
}

static yoke_status run_inside_of_another(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    outer_thread = pthread_self();
    yoke_status status = YOKE_OK;
    /* Its own worker may be first, if it does not sleep. */
    for (int i = 0; i < 1000 && atomic_load(&answer) == UNKNOWN && status == YOKE_OK; i++) {
        nap(1000000);
        yoke_job *inner = submit(inner_server, wait_in_a_task_there, NULL, 0, 0);
        status = yoke_job_result(inner, NULL, 0);
        yoke_job_release(inner);
    }
    return status;
}

static yoke_status wait_for_inner_server(void)
{
    return yoke_server_wait(inner_server, YOKE_SECONDS(10));
}

Test(server_tasks, a_task_cannot_wait_for_all_jobs_of_the_server_of_its_own, .timeout = 60)
{
    own_server = open_server(2);
    inner_server = open_server(1);
    check_refusal(run_inside_of_another, wait_for_inner_server);
    yoke_server_release(own_server);
    yoke_server_release(inner_server);
}

static yoke_status wait_for_a_new_job(void)
{
    yoke_job *job = submit(inner_server, nothing, NULL, 0, 0);
    yoke_status status = yoke_job_result(job, NULL, 0);
    yoke_job_release(job);
    return status;
}

/* The only worker of that server has lent its permit to the kernel that waits for the task. */
Test(server_tasks, a_task_may_wait_for_jobs_of_the_server_of_its_own, .timeout = 60)
{
    own_server = open_server(2);
    inner_server = open_server(1);
    for (int i = 0; i < 10; i++)
        check_answer(run_inside_of_another, wait_for_a_new_job, YOKE_OK);
    yoke_server_release(own_server);
    yoke_server_release(inner_server);
}

/* ---- in kernels inside a callback ------------------------------------------------------------ */

static yoke_job *_Atomic waiting_job; /* on another worker, for the one of the callback */
static pthread_t callback_thread;
static bool inside_callback; /* the kernel, which another worker may come to first */
static bool late_wait;       /* of the callback: then it is the one that closes the ring */

static yoke_status wait_in_a_task_here(yoke_context *context, const void *argument, void *result)
{
    inside_callback = pthread_equal(pthread_self(), callback_thread);
    return wait_in_a_task(context, argument, result);
}

static yoke_status wait_for_waiting_job(void)
{
    return yoke_job_wait(atomic_load(&waiting_job), YOKE_FOREVER);
}

static yoke_status call_back_with_tasks(yoke_job *job, void *unused)
{
    (void)unused;
    yoke_job *waiting = submit(own_server, wait_for_argument, &job, sizeof job, 0);
    while (yoke_job_state(waiting) == YOKE_STATE_QUEUED)
        nap(100000);
    nap(2000000);
    atomic_store(&waiting_job, waiting);
    atomic_store(&own_job, job);
    callback_thread = pthread_self();
    yoke_job *inner = submit(own_server, wait_in_a_task_here, NULL, 0, 0);
    if (late_wait)
        nap(5000000);
    yoke_status status = yoke_job_wait(inner, YOKE_FOREVER);
    yoke_job_release(inner);
    return status;
}

/* A job counts as ended inside its callback, whatever thread that has come to. Of waits for each
 * other on several threads any may be the one that is refused. */
Test(server_tasks, a_task_inside_a_callback_cannot_wait_for_its_end, .timeout = 60)
{
    static yoke_status (*const waits[])(void) = {wait_for_own_job, wait_for_waiting_job,
                                                 wait_for_one_that_waits};
    if (omp_get_num_devices() > 0)
        cr_skip_test("there are devices: whose task a thread runs is not known then");
    own_server = open_server(3);
    for (int i = 0; i < 30; i++) {
        wait_of_a_task = waits[i % 3];
        late_wait = i % 2;
        atomic_store(&answer, UNKNOWN);
        yoke_task task = YOKE_TASK_INIT;
        yoke_job *job;
        task.kernel = nothing;
        task.callback = call_back_with_tasks;
        cr_assert_eq(yoke_submit(own_server, &task, &job), YOKE_OK);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK, "%s", yoke_last_error());
        cr_assert_eq(yoke_server_wait(own_server, YOKE_FOREVER), YOKE_OK);
        int status = atomic_load(&answer);
        cr_expect(status == YOKE_OK || status == YOKE_DEADLOCK, "%d", status);
        if (inside_callback && i % 3 < 2)
            cr_expect_eq(status, (int)(i % 3 ? YOKE_DEADLOCK : YOKE_OK));
        yoke_job_release(atomic_load(&waiting_job)); /* not before its task, too, is done with it */
        yoke_job_release(job);
    }
    yoke_server_release(own_server);
}
