/* What a job sees of those that it comes after. */
#include "with_server.h"
#include "yoke/group.h"

static yoke_job *submit_after(yoke_server *server, yoke_kernel kernel, const int *argument,
                              yoke_job *const *after, size_t count, yoke_after_policy policy)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.argument = argument;
    task.argument_size = argument ? sizeof *argument : 0;
    task.result_size = sizeof(int);
    task.after = after;
    task.after_count = count;
    task.after_failed = policy;
    yoke_job *job = NULL;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static int result_of(yoke_job *job)
{
    int result = 0;
    cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK, "%s", yoke_last_error());
    yoke_job_release(job);
    return result;
}

/* One more than the one before. */
static yoke_status add_one(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    int before = 0;
    yoke_status status = yoke_job_result(yoke_context_after(context, 0), &before, sizeof before);
    *(int *)result = before + 1;
    return status;
}

Test(server_after_results, a_pipeline_needs_no_handles, .timeout = 60)
{
    enum { LENGTH = 20000 };
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        int one = 1;
        yoke_job *last = submit(server, twice, &one, sizeof one, sizeof one);
        for (int i = 2; i < LENGTH; i++) {
            yoke_job *next = submit_after(server, add_one, NULL, &last, 1, YOKE_AFTER_CANCEL);
            yoke_job_release(last);
            last = next;
        }
        cr_expect_eq(result_of(last), LENGTH);
        yoke_server_release(server);
    }
}

/* Digit i of the result is the result of the job i. */
static yoke_status put_together(yoke_context *context, const void *argument, void *result)
{
    size_t count = (size_t) * (const int *)argument;
    for (size_t i = 0; i < count; i++) {
        const void *part;
        size_t size;
        yoke_status status = yoke_job_result_view(yoke_context_after(context, i), &part, &size);
        if (status != YOKE_OK)
            return status;
        cr_assert_eq(size, sizeof(int));
        *(int *)result = 10 * *(int *)result + *(const int *)part;
    }
    cr_assert_null(yoke_context_after(context, count));
    cr_assert_null(yoke_context_after(context, SIZE_MAX));
    return YOKE_OK;
}

Test(server_after_results, every_one_has_its_index, .timeout = 20)
{
    yoke_server *server = open_server(2);
    for (int round = 0; round < 200; round++) {
        yoke_job *jobs[4];
        for (int i = 0; i < 4; i++)
            jobs[i] = submit(server, twice, &(int){i + 1}, sizeof(int), sizeof(int));
        jobs[3] = (yoke_job_release(jobs[3]), jobs[0]); /* the same one may be named twice */
        int count = 4;
        yoke_job *all = submit_after(server, put_together, &count, jobs, 4, YOKE_AFTER_CANCEL);
        for (int i = 0; i < 3; i++)
            yoke_job_release(jobs[i]);
        cr_expect_eq(result_of(all), 2462);
    }
    yoke_server_release(server);
}

static yoke_status ask_for_more(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    cr_assert_null(yoke_context_after(context, 0));
    return YOKE_INVALID;
}

Test(server_after_results, there_is_none_that_was_not_named, .timeout = 20)
{
    yoke_server *server = open_server(1);
    yoke_job *job = submit(server, ask_for_more, NULL, 0, 0);
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    cr_expect_str_eq(yoke_job_message(job),
                     "job \"job\" comes after 0 jobs; there is none with index 0");
    yoke_job_release(job);
    yoke_server_release(server);
}

/* ---- those that are not done ----------------------------------------------------------------- */

static yoke_status fail(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    return yoke_context_fail(context, YOKE_OVERFLOW, "too much");
}

/* At the first try it fails itself: those before it stay for the second one. */
static yoke_status look_at_failures(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    yoke_job *failed = yoke_context_after(context, 0), *cancelled = yoke_context_after(context, 1);
    int part = 7;
    cr_assert_eq(yoke_job_result(failed, &part, sizeof part), YOKE_JOB_FAILED);
    cr_assert_str_eq(yoke_last_error(), "too much");
    cr_assert_eq(yoke_job_status(failed), YOKE_OVERFLOW);
    cr_assert_eq(yoke_job_result(cancelled, &part, sizeof part), YOKE_CANCELLED);
    cr_assert_eq(yoke_job_state(cancelled), YOKE_STATE_CANCELLED);
    cr_assert_eq(yoke_job_result(failed, NULL, 0), YOKE_SIZE_MISMATCH);
    cr_assert_eq(part, 7);
    *(int *)result = (int)yoke_context_try(context);
    return yoke_context_try(context) == 1 ? YOKE_JOB_FAILED : YOKE_OK;
}

Test(server_after_results, failures_are_seen_too, .timeout = 20)
{
    yoke_server *server = open_server(1);
    struct gate gate = {0, 0};
    yoke_job *busy = submit_gate(server, &gate);
    yoke_job *jobs[] = {submit(server, fail, NULL, 0, sizeof(int)),
                        submit(server, twice, &(int){1}, sizeof(int), sizeof(int))};
    cr_assert_eq(yoke_job_cancel(jobs[1]), YOKE_OK);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = look_at_failures;
    task.result_size = sizeof(int);
    task.after = jobs, task.after_count = 2, task.after_failed = YOKE_AFTER_RUN;
    task.tries = 2;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    yoke_job_release(jobs[0]);
    yoke_job_release(jobs[1]);
    atomic_store(&gate.open, 1);
    cr_expect_eq(result_of(job), 2);
    yoke_job_release(busy);
    yoke_server_release(server);
}

/* ---- those that never run -------------------------------------------------------------------- */

/* AddressSanitizer sees what is used too late, or never freed. */
Test(server_after_results, followers_may_end_first_in_any_way, .timeout = 20)
{
    for (int way = 0; way < 4; way++)
        for (int round = 0; round < 50; round++) {
            yoke_server *server = open_server(1);
            yoke_group *group;
            cr_assert_eq(yoke_group_open(server, &group), YOKE_OK);
            struct gate gate = {0, 0};
            yoke_job *first = submit_gate(server, &gate), *followers[2];
            yoke_task task = YOKE_TASK_INIT;
            task.kernel = nothing;
            task.after = &first, task.after_count = 1;
            task.deadline = way == 0 ? 1 : 0;
            for (int i = 0; i < 2; i++)
                cr_assert_eq(yoke_group_submit(group, &task, &followers[i]), YOKE_OK);
            yoke_job_release(first);
            if (way == 1)
                cr_assert_eq(yoke_group_cancel(group), YOKE_OK);
            if (way == 2)
                cr_assert_eq(yoke_job_cancel(followers[0]), YOKE_OK);
            atomic_store(&gate.open, 1);
            if (way == 3)
                cr_assert_eq(yoke_server_close(server), YOKE_OK);
            cr_assert_eq(yoke_wait_all(followers, 2, YOKE_FOREVER), YOKE_OK);
            for (int i = 0; i < 2; i++)
                yoke_job_release(followers[i]);
            yoke_group_release(group);
            yoke_server_release(server);
        }
}
