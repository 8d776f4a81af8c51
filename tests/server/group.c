/* Groups of jobs. */
#include "with_server.h"

#include <pthread.h>

#include "yoke/group.h"

enum { JOBS = 40 };

static yoke_group *open_group(yoke_server *server)
{
    yoke_group *group = NULL;
    cr_assert_eq(yoke_group_open(server, &group), YOKE_OK, "%s", yoke_last_error());
    return group;
}

static yoke_status count_run(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    atomic_fetch_add(*(atomic_int *const *)argument, 1);
    return YOKE_OK;
}

static void submit_counts(yoke_group *group, atomic_int *runs, int count)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = count_run;
    task.argument = &runs;
    task.argument_size = sizeof runs;
    for (int i = 0; i < count; i++)
        cr_assert_eq(yoke_group_submit(group, &task, NULL), YOKE_OK, "%s", yoke_last_error());
}

static yoke_job *submit_gate_in(yoke_group *group, struct gate *gate)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = wait_at_gate;
    task.argument = &gate;
    task.argument_size = sizeof gate;
    yoke_job *job;
    cr_assert_eq(yoke_group_submit(group, &task, &job), YOKE_OK);
    return job;
}

Test(server_group, each_waits_for_its_own_jobs, .timeout = 20)
{
    yoke_server *server = open_server(2);
    yoke_group *slow = open_group(server), *quick = open_group(server);
    cr_assert_eq(yoke_group_wait(quick, YOKE_FOREVER), YOKE_OK, "an empty group");
    struct gate gate = {0};
    yoke_job *job = submit_gate_in(slow, &gate);
    atomic_int runs = 0;
    submit_counts(quick, &runs, JOBS);
    cr_assert_eq(yoke_group_wait(quick, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(atomic_load(&runs), JOBS);
    cr_assert_eq(yoke_group_wait(slow, 0), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_group_wait(slow, YOKE_MILLISECONDS(5)), YOKE_TIMED_OUT);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_group_wait(slow, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_job_wait(job, 0), YOKE_OK, "its jobs have ended for everyone");
    yoke_job_release(job);
    yoke_group_release(slow);
    yoke_group_release(quick);
    yoke_group_release(NULL);
    yoke_server_release(server);
}

Test(server_group, cancel_ends_the_jobs_it_has_and_no_others, .timeout = 20)
{
    yoke_server *server = open_server(1);
    yoke_group *group = open_group(server), *other = open_group(server);
    struct gate gate = {0};
    yoke_job *running = submit_gate_in(group, &gate);
    await_arrivals(&gate, 1);
    atomic_int runs = 0, others = 0;
    submit_counts(group, &runs, JOBS);
    submit_counts(other, &others, JOBS);
    cr_assert_eq(yoke_group_cancel(group), YOKE_OK);
    cr_assert_eq(statistics_of(server).cancelled, JOBS);
    submit_counts(group, &runs, 3);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_group_wait(group, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_group_wait(other, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(atomic_load(&runs), 3, "those submitted later");
    cr_assert_eq(atomic_load(&others), JOBS);
    cr_assert_eq(yoke_job_state(running), YOKE_STATE_DONE, "its kernel returned YOKE_OK");
    yoke_job_release(running);
    yoke_group_release(group);
    yoke_group_release(other);
    yoke_server_release(server);
}

Test(server_group, jobs_outlive_the_handle, .timeout = 20)
{
    yoke_server *server = open_server(2);
    atomic_int runs = 0;
    for (int i = 0; i < 50; i++) {
        yoke_group *group = open_group(server);
        submit_counts(group, &runs, JOBS);
        yoke_group_release(group);
    }
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(atomic_load(&runs), 50 * JOBS);
    yoke_server_release(server);
}

/* A job that opens a group of its own and waits for it. */
static yoke_status sum_by_group(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    atomic_int runs = 0;
    yoke_group *group = open_group(yoke_context_server(context));
    submit_counts(group, &runs, JOBS);
    cr_assert_eq(yoke_group_wait(group, YOKE_FOREVER), YOKE_OK);
    yoke_group_release(group);
    *(int *)result = atomic_load(&runs);
    return YOKE_OK;
}

Test(server_group, a_job_may_wait_for_a_group, .timeout = 20)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0, runs; i < 50; i++) {
            yoke_job *job = submit(server, sum_by_group, NULL, 0, sizeof runs);
            cr_assert_eq(yoke_job_result(job, &runs, sizeof runs), YOKE_OK);
            cr_assert_eq(runs, JOBS);
            yoke_job_release(job);
        }
        yoke_server_release(server);
    }
}

static yoke_status wait_for_own_group(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    *(yoke_status *)result = yoke_group_wait(*(yoke_group *const *)argument, YOKE_FOREVER);
    return YOKE_OK;
}

static yoke_status wait_again(yoke_job *job, void *group)
{
    (void)job;
    return yoke_group_wait(group, YOKE_FOREVER) == YOKE_DEADLOCK ? YOKE_OK : YOKE_INVALID;
}

Test(server_group, a_job_cannot_wait_for_its_own_group, .timeout = 20)
{
    yoke_server *server = open_server(2);
    yoke_group *group = open_group(server);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = wait_for_own_group;
    task.argument = &group;
    task.argument_size = sizeof group;
    task.result_size = sizeof(yoke_status);
    task.callback = wait_again;
    task.callback_context = group;
    yoke_job *job;
    yoke_status answer = YOKE_OK;
    cr_assert_eq(yoke_group_submit(group, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, &answer, sizeof answer), YOKE_OK);
    cr_assert_eq(answer, YOKE_DEADLOCK);
    cr_assert_eq(statistics_of(server).callbacks_failed, 0);
    yoke_job_release(job);
    yoke_group_release(group);
    yoke_server_release(server);
}

Test(server_group, wrong_use_is_refused, .timeout = 20)
{
    yoke_server *server = open_server(1);
    yoke_group *group = open_group(server);
    cr_assert_eq(yoke_group_open(server, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_group_open(NULL, &group), YOKE_INVALID);
    cr_assert_eq(yoke_group_submit(NULL, NULL, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_group_submit(group, NULL, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_group_wait(group, -2), YOKE_INVALID);
    cr_assert_eq(yoke_group_cancel(NULL), YOKE_INVALID);
    yoke_server_close(server);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    cr_assert_eq(yoke_group_submit(group, &task, NULL), YOKE_CLOSED);
    cr_assert_eq(yoke_group_wait(group, YOKE_FOREVER), YOKE_OK, "the refused job is not in it");
    yoke_group_release(group);
    yoke_server_release(server);
}

/* ---- from several threads -------------------------------------------------------------------- */

enum { STORM = 100000, SUBMITTERS = 2 };
static atomic_int submitters;

static void *submit_storm(void *group)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    for (int i = 0; i < STORM; i++) {
        task.priority = i % 2;
        cr_assert_eq(yoke_group_submit(group, &task, NULL), YOKE_OK);
    }
    atomic_fetch_sub(&submitters, 1);
    return NULL;
}

static void *cancel_again_and_again(void *group)
{
    while (atomic_load(&submitters))
        cr_assert_eq(yoke_group_cancel(group), YOKE_OK);
    return NULL;
}

static yoke_status wait_again_and_again(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    while (atomic_load(&submitters))
        cr_assert_eq(yoke_group_wait(*(yoke_group *const *)argument, YOKE_FOREVER), YOKE_OK);
    return YOKE_OK;
}

/* Whoever finds a job in the group may take it out of its queue, so it must be in one. */
Test(server_group, jobs_come_while_others_are_cancelled_and_waited_for, .timeout = 120)
{
    yoke_server *server = open_server(2);
    yoke_group *group = open_group(server);
    yoke_job *waits = submit(server, wait_again_and_again, &group, sizeof group, 0);
    pthread_t threads[SUBMITTERS + 1];
    atomic_store(&submitters, SUBMITTERS);
    for (int i = 0; i < SUBMITTERS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, submit_storm, group), 0);
    cr_assert_eq(pthread_create(&threads[SUBMITTERS], NULL, cancel_again_and_again, group), 0);
    for (int i = 0; i <= SUBMITTERS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(yoke_job_result(waits, NULL, 0), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(yoke_group_wait(group, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    yoke_server_statistics now = statistics_of(server);
    cr_assert_eq(now.submitted, SUBMITTERS * STORM + 1);
    cr_assert_eq(now.done + now.cancelled, now.submitted);
    yoke_job_release(waits);
    yoke_group_release(group);
    yoke_server_release(server);
}

static yoke_status run_until_cancelled(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    atomic_store(*(atomic_bool *const *)argument, true);
    while (!yoke_context_cancelled(context))
        nap(1000);
    return YOKE_CANCELLED;
}

struct storm {
    yoke_group *group;
    atomic_bool runs;
};

static void *submit_one(void *argument)
{
    struct storm *storm = argument;
    atomic_bool *runs = &storm->runs;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = run_until_cancelled;
    task.argument = &runs;
    task.argument_size = sizeof runs;
    cr_assert_eq(yoke_group_submit(storm->group, &task, NULL), YOKE_OK);
    return NULL;
}

/* A job that runs is in its group, even before the call that submits it has returned. */
Test(server_group, a_job_that_runs_is_cancelled, .timeout = 60)
{
    yoke_server *server = open_server(2);
    struct storm storm = {.group = open_group(server)};
    for (int i = 0; i < 2000; i++) {
        atomic_store(&storm.runs, false);
        pthread_t thread;
        cr_assert_eq(pthread_create(&thread, NULL, submit_one, &storm), 0);
        while (!atomic_load(&storm.runs))
            ;
        cr_assert_eq(yoke_group_cancel(storm.group), YOKE_OK);
        cr_assert_eq(yoke_group_wait(storm.group, YOKE_FOREVER), YOKE_OK);
        pthread_join(thread, NULL);
    }
    yoke_group_release(storm.group);
    yoke_server_release(server);
}
