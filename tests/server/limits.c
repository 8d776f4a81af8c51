/* Time limits, deadlines and tries. */
#include "with_server.h"

static yoke_status until_told(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    while (!yoke_context_cancelled(context))
        nap(50000);
    return *(const yoke_status *)argument;
}

static yoke_task task_until_told(const yoke_status *answer)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = until_told;
    task.argument = answer;
    task.argument_size = sizeof *answer;
    return task;
}

static void assert_timed_out(yoke_job *job)
{
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_TIMED_OUT);
    cr_assert_eq(yoke_job_status(job), YOKE_TIMED_OUT);
    cr_assert_neq(yoke_job_message(job)[0], 0);
    yoke_job_release(job);
}

Test(server_limits, a_kernel_is_told_when_its_time_is_over, .timeout = 20)
{
    yoke_server *server = open_server(2);
    const yoke_status answers[] = {YOKE_OK, YOKE_CANCELLED, YOKE_OVERFLOW};
    for (int i = 0; i < 6; i++) {
        yoke_task task = task_until_told(&answers[i % 3]);
        *(i % 2 ? &task.time_limit : &task.deadline) = YOKE_MILLISECONDS(3);
        yoke_job *job;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        assert_timed_out(job);
    }
    yoke_server_statistics now = statistics_of(server);
    cr_assert_eq(now.timed_out, 6);
    cr_assert_eq(now.done + now.failed + now.cancelled, 0);
    yoke_server_release(server);
}

Test(server_limits, a_job_in_time_is_done, .timeout = 20)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 2000; i++) {
        yoke_task task = task_twice(&i);
        task.time_limit = YOKE_SECONDS(100);
        task.deadline = i % 2 ? INT64_MAX : 0;
        yoke_job *job;
        int result;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK);
        cr_assert_eq(result, 2 * i);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

static yoke_status count_call(yoke_job *job, void *context)
{
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_TIMED_OUT);
    atomic_fetch_add((atomic_int *)context, 1);
    return YOKE_OK;
}

Test(server_limits, a_deadline_ends_queued_jobs_in_their_order, .timeout = 20)
{
    enum { JOBS = 100 };
    yoke_server *server = open_server(1);
    struct gate gate = {0};
    yoke_job *first = submit_gate(server, &gate), *jobs[JOBS];
    await_arrivals(&gate, 1);
    for (int i = 0; i < JOBS; i++) {
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = nothing;
        task.deadline = i == 0 ? YOKE_SECONDS(1000) : 1 + (i * 37 % JOBS) * 50000;
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK);
    }
    for (int i = 1; i < JOBS; i++)
        assert_timed_out(jobs[i]); /* while the only worker is busy */
    cr_assert_eq(yoke_job_state(jobs[0]), YOKE_STATE_QUEUED);
    cr_assert_eq(statistics_of(server).timed_out, JOBS - 1);
    cr_assert_eq(statistics_of(server).queued, 1);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_job_result(jobs[0], NULL, 0), YOKE_OK);
    yoke_job_release(jobs[0]);
    yoke_job_release(first);
    yoke_server_release(server);
}

Test(server_limits, the_callback_runs_on_a_worker, .timeout = 20)
{
    for (int closing = 0; closing < 2; closing++) {
        yoke_server *server = open_server(1);
        struct gate gate = {0};
        yoke_job *first = submit_gate(server, &gate), *job;
        await_arrivals(&gate, 1);
        atomic_int calls = 0;
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = nothing;
        task.deadline = YOKE_MILLISECONDS(1);
        task.callback = count_call;
        task.callback_context = &calls;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        while (yoke_job_state(job) == YOKE_STATE_QUEUED)
            nap(50000);
        cr_assert_eq(yoke_job_state(job), YOKE_STATE_TIMED_OUT);
        cr_assert_eq(yoke_job_cancel(job), YOKE_OK, "it has ended");
        atomic_store(&gate.open, 1);
        if (closing)
            cr_assert_eq(yoke_server_close(server), YOKE_OK);
        assert_timed_out(job);
        cr_assert_eq(atomic_load(&calls), 1);
        yoke_job_release(first);
        yoke_server_release(server);
    }
}

Test(server_limits, the_earlier_limit_counts, .timeout = 20)
{
    yoke_server *server = open_server(2);
    const yoke_status answer = YOKE_OK;
    for (int i = 0; i < 2; i++) {
        yoke_task task = task_until_told(&answer);
        task.time_limit = i ? YOKE_SECONDS(1000) : YOKE_MILLISECONDS(2);
        task.deadline = i ? YOKE_MILLISECONDS(2) : YOKE_SECONDS(1000);
        yoke_job *job;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        assert_timed_out(job);
    }
    yoke_task task = task_until_told(&answer);
    task.time_limit = -1;
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_INVALID);
    task.time_limit = 0;
    task.deadline = YOKE_FOREVER;
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_INVALID);
    yoke_server_release(server);
}

/* ---- tries ----------------------------------------------------------------------------------- */

/* Fails until the try that its argument says. */
static yoke_status at_last(yoke_context *context, const void *argument, void *result)
{
    unsigned *sum = result;
    cr_assert_eq(*sum, 0, "zeroed for every try");
    *sum = yoke_context_try(context);
    if (*sum < *(const unsigned *)argument)
        return yoke_context_fail(context, YOKE_OVERFLOW, "try %u", *sum);
    return YOKE_OK;
}

static yoke_job *submit_tries(yoke_server *server, unsigned needed, unsigned tries)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = at_last;
    task.argument = &needed;
    task.argument_size = task.result_size = sizeof needed;
    task.tries = tries;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    return job;
}

Test(server_limits, a_failing_kernel_is_tried_again, .timeout = 20)
{
    yoke_server *server = open_server(2);
    uint64_t retried = 0;
    for (unsigned needed = 1; needed < 6; needed++)
        for (unsigned tries = 0; tries < 6; tries++) {
            yoke_job *job = submit_tries(server, needed, tries);
            unsigned allowed = tries ? tries : 1, used = needed < allowed ? needed : allowed, sum;
            yoke_status status = yoke_job_result(job, &sum, sizeof sum);
            cr_assert_eq(status, needed <= allowed ? YOKE_OK : YOKE_JOB_FAILED);
            char message[16] = "";
            if (status == YOKE_OK)
                cr_assert_eq(sum, needed);
            else
                snprintf(message, sizeof message, "try %u", used);
            cr_assert_str_eq(yoke_job_message(job), message, "that of the last try");
            retried += used - 1;
            yoke_job_release(job);
        }
    cr_assert_eq(statistics_of(server).retried, retried);
    yoke_server_release(server);
}

Test(server_limits, no_try_follows_when_the_time_is_over, .timeout = 20)
{
    yoke_server *server = open_server(1);
    const yoke_status answer = YOKE_OVERFLOW;
    yoke_task task = task_until_told(&answer);
    task.time_limit = YOKE_MILLISECONDS(2);
    task.tries = 1000000;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    assert_timed_out(job);
    cr_assert_eq(statistics_of(server).retried, 0);
    yoke_server_release(server);
}
