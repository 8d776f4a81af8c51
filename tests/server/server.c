/* Jobs from submit to their end, seen from outside: results, failures, callbacks, waits. */
#include <pthread.h>
#include <stddef.h>

#include "with_server.h"

/* ---- done ------------------------------------------------------------------------------------ */

Test(server, results_come_back_in_any_order, .timeout = 20)
{
    yoke_server *server = open_server(2);
    enum { JOBS = 200 };
    yoke_job *jobs[JOBS];
    for (int i = 0; i < JOBS; i++) {
        yoke_task task = task_twice(&i);
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK);
    }
    for (int i = JOBS; i-- > 0;) {
        int result = -1;
        cr_assert_eq(yoke_job_result(jobs[i], &result, sizeof result), YOKE_OK);
        cr_assert_eq(result, 2 * i);
        cr_assert_eq(yoke_job_result(jobs[i], &result, sizeof result), YOKE_OK, "repeatable");
        cr_assert_eq(yoke_job_state(jobs[i]), YOKE_STATE_DONE);
        cr_assert_eq(yoke_job_status(jobs[i]), YOKE_OK);
        cr_assert_str_eq(yoke_job_message(jobs[i]), "");
        yoke_job_release(jobs[i]);
    }
    yoke_server_release(server);
}

static yoke_status check_buffers(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    cr_assert_eq((uintptr_t)argument % _Alignof(max_align_t), 0);
    cr_assert_eq((uintptr_t)result % _Alignof(max_align_t), 0);
    for (size_t i = 0; i < 100003; i++)
        cr_assert_eq(((unsigned char *)result)[i], 0, "the result starts as zeros");
    memset(result, *(const unsigned char *)argument, 100003);
    return YOKE_OK;
}

Test(server, odd_and_large_buffers_are_aligned_zeroed_and_copied, .timeout = 20)
{
    yoke_server *server = open_server(2);
    for (size_t size = 1; size < 300; size += 37) {
        unsigned char *bytes = malloc(size);
        memset(bytes, (int)size, size);
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = check_buffers;
        task.argument = bytes, task.argument_size = size;
        task.result_size = 100003;
        yoke_job *job;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        memset(bytes, 0, size); /* the server has its own copy */
        free(bytes);
        unsigned char result[100003];
        cr_assert_eq(yoke_job_result(job, result, sizeof result), YOKE_OK);
        cr_assert(result[0] == (unsigned char)size && result[100002] == (unsigned char)size);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

Test(server, jobs_without_a_handle_run_all_the_same, .timeout = 20)
{
    yoke_server *server = open_server(2);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    yoke_server_statistics now = statistics_of(server);
    cr_assert(now.submitted == 1000 && now.done == 1000 && !now.queued && !now.running);
    yoke_server_release(server);
}

static yoke_status tell_context(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    yoke_server *server = yoke_context_server(context);
    cr_assert_lt(yoke_context_worker(context), yoke_server_workers(server));
    cr_assert(yoke_context_place(context)[0]);
    *(yoke_server **)result = server;
    return YOKE_OK;
}

Test(server, kernels_know_where_they_run, .timeout = 20)
{
    yoke_server *server = open_server(3);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = tell_context;
    task.result_size = sizeof server;
    for (int i = 0; i < 300; i++) {
        yoke_job *job;
        yoke_server *told = NULL;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        cr_assert_eq(yoke_job_result(job, &told, sizeof told), YOKE_OK);
        cr_assert_eq(told, server);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

/* ---- failed ---------------------------------------------------------------------------------- */

static yoke_status fail_with(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    return yoke_context_fail(context, *(const yoke_status *)argument, "no %s on day %d", "luck", 7);
}

static yoke_status fail_silently(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    return YOKE_OVERFLOW;
}

Test(server, a_failure_has_status_and_message, .timeout = 20)
{
    yoke_server *server = open_server(1);
    yoke_status statuses[] = {YOKE_OVERFLOW, YOKE_OK};
    for (int i = 0; i < 2; i++) {
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = fail_with;
        task.argument = &statuses[i], task.argument_size = sizeof statuses[i];
        yoke_job *job;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK, "it has ended");
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_JOB_FAILED);
        cr_assert_str_eq(yoke_last_error(), "no luck on day 7");
        cr_assert_eq(yoke_job_state(job), YOKE_STATE_FAILED);
        cr_assert_eq(yoke_job_status(job), i ? YOKE_JOB_FAILED : YOKE_OVERFLOW);
        cr_assert_str_eq(yoke_job_message(job), "no luck on day 7");
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

Test(server, a_failure_without_words_is_named, .timeout = 20)
{
    yoke_server *server = open_server(1);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = fail_silently;
    task.name = "quiet one";
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_JOB_FAILED);
    cr_assert(strstr(yoke_job_message(job), "quiet one"));
    cr_assert(strstr(yoke_job_message(job), yoke_status_text(YOKE_OVERFLOW)));
    yoke_job_release(job);
    yoke_server_release(server);
}

static yoke_status fail_at_length(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    yoke_status status = yoke_context_fail(context, YOKE_INVALID, "%0400d", 7);
    yoke_context_fail(context, YOKE_SYSTEM, "the first reason is the one that counts");
    return status;
}

Test(server, a_message_ends_after_255_bytes, .timeout = 20)
{
    yoke_server *server = open_server(1);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = fail_at_length;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(strlen(yoke_job_message(job)), 255);
    yoke_server_release(server);
    cr_assert_eq(yoke_job_status(job), YOKE_INVALID, "handles outlive the server");
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    yoke_job_release(job);
}

/* ---- callbacks ------------------------------------------------------------------------------- */

struct called {
    atomic_int calls;
    atomic_int sum;
    yoke_server *server;
};

static yoke_status add_result(yoke_job *job, void *context)
{
    struct called *called = context;
    int result;
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK, "its own wait answers at once");
    cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK);
    nap(1000000); /* waiters must not be faster */
    atomic_fetch_add(&called->sum, result);
    atomic_fetch_add(&called->calls, 1);
    return YOKE_OK;
}

Test(server, a_callback_returns_before_waiters_do, .timeout = 20)
{
    yoke_server *server = open_server(2);
    struct called called = {.server = server};
    for (int i = 1; i <= 50; i++) {
        yoke_task task = task_twice(&i);
        task.callback = add_result;
        task.callback_context = &called;
        yoke_job *job;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
        cr_assert_eq(atomic_load(&called.calls), i);
        yoke_job_release(job);
    }
    cr_assert_eq(atomic_load(&called.sum), 50 * 51);
    yoke_server_release(server);
}

static yoke_status submit_and_wait(yoke_job *job, void *context)
{
    struct called *called = context;
    int value = 21, result = 0;
    yoke_task task = task_twice(&value);
    yoke_job *other;
    yoke_job_wait(job, YOKE_FOREVER);
    cr_assert_eq(yoke_submit(called->server, &task, &other), YOKE_OK);
    cr_assert_eq(yoke_job_result(other, &result, sizeof result), YOKE_OK);
    cr_assert_eq(result, 42);
    yoke_job_release(other);
    atomic_fetch_add(&called->calls, 1);
    return YOKE_OK;
}

Test(server, a_callback_may_submit_and_wait, .timeout = 20)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        struct called called = {.server = server};
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = nothing;
        task.callback = submit_and_wait;
        task.callback_context = &called;
        for (int i = 0; i < 100; i++)
            cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
        cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
        cr_assert_eq(atomic_load(&called.calls), 100);
        yoke_server_release(server);
    }
}

static yoke_status refuse(yoke_job *job, void *context)
{
    (void)job, (void)context;
    return YOKE_SYSTEM;
}

static void count_lines(yoke_log_level level, const char *line, void *context)
{
    cr_assert_eq(level, YOKE_LOG_WARNING);
    atomic_fetch_add((atomic_int *)context, strstr(line, "twice") != NULL);
}

Test(server, a_failing_callback_is_counted_and_logged, .timeout = 20)
{
    atomic_int lines = 0;
    yoke_log_set(count_lines, &lines, YOKE_LOG_WARNING);
    yoke_server *server = open_server(2);
    int value = 3, result = 0;
    yoke_task task = task_twice(&value);
    task.callback = refuse;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK, "the job is done");
    cr_assert_eq(result, 6);
    yoke_job_release(job);
    yoke_server_statistics now = statistics_of(server);
    cr_assert(now.done == 1 && now.failed == 0 && now.callbacks_failed == 1);
    cr_assert_eq(atomic_load(&lines), 1);
    yoke_server_release(server);
    yoke_log_set(NULL, NULL, YOKE_LOG_WARNING);
}

/* ---- waiting from outside -------------------------------------------------------------------- */

Test(server, waits_time_out_and_states_are_seen, .timeout = 20)
{
    yoke_server *server = open_server(1);
    struct gate gate = {0};
    yoke_job *running = submit_gate(server, &gate);
    yoke_job *queued = submit_gate(server, &gate);
    await_arrivals(&gate, 1);
    cr_assert_eq(yoke_job_state(running), YOKE_STATE_RUNNING);
    cr_assert_eq(yoke_job_state(queued), YOKE_STATE_QUEUED);
    cr_assert_eq(yoke_job_status(running), YOKE_NOT_DONE);
    cr_assert_str_eq(yoke_job_message(running), "");
    cr_assert_eq(yoke_job_wait(running, 0), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_job_wait(queued, YOKE_MILLISECONDS(5)), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_server_wait(server, 0), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_server_wait(server, YOKE_MILLISECONDS(5)), YOKE_TIMED_OUT);
    yoke_server_statistics now = statistics_of(server);
    cr_assert(now.submitted == 2 && now.running == 1 && now.queued == 1);
    cr_assert(now.workers == 1 && now.nodes == 1 && now.elapsed > 0);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_job_wait(queued, INT64_MAX), YOKE_OK, "no overflow");
    cr_assert_eq(yoke_job_wait(running, 0), YOKE_OK);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_job_wait(running, -2), YOKE_INVALID);
    cr_assert_eq(yoke_server_wait(server, -2), YOKE_INVALID);
    yoke_job_release(running);
    yoke_job_release(queued);
    yoke_server_release(server);
}

Test(server, several_threads_share_a_server, .timeout = 60)
{
    unsigned cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    for (unsigned workers = 1; workers <= 2 * cores && workers <= 16; workers++) {
        yoke_server *server = open_server(workers);
        pthread_t threads[4];
        for (int i = 0; i < 4; i++)
            pthread_create(&threads[i], NULL, submit_and_check, server);
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        yoke_server_statistics now = statistics_of(server);
        cr_assert(now.submitted == 8000 && now.done == 8000 && now.workers == workers);
        yoke_server_release(server);
    }
}

Test(server, two_servers_at_a_time, .timeout = 20)
{
    yoke_server *one = open_server(1), *other = open_server(2);
    submit_and_check(one);
    submit_and_check(other);
    yoke_server_release(one);
    submit_and_check(other);
    yoke_server_release(other);
}

static yoke_status say_not_done(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    return YOKE_NOT_DONE;
}

Test(server, a_job_that_has_ended_says_so, .timeout = 20)
{
    yoke_server *server = open_server(1);
    yoke_job *job = submit(server, say_not_done, NULL, 0, 0);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_JOB_FAILED);
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_FAILED);
    cr_assert_eq(yoke_job_status(job), YOKE_JOB_FAILED);
    yoke_job_release(job);
    yoke_server_release(server);
}

Test(server, no_handle_is_answered_for)
{
    cr_assert_eq(yoke_job_state(NULL), YOKE_STATE_FAILED);
    cr_assert_neq(strstr(yoke_last_error(), "job is NULL"), NULL);
    cr_assert_eq(yoke_job_status(NULL), YOKE_INVALID);
    cr_assert_str_empty(yoke_job_message(NULL));
    cr_assert_str_empty(yoke_job_output(NULL));
    cr_assert_eq(yoke_job_busy(NULL), 0);
    uint64_t done = 1, total = 1;
    yoke_job_progress(NULL, &done, &total);
    cr_assert_eq(done + total, 0);
    yoke_job_release(NULL);
}

/* ---- YOKE_TASK ------------------------------------------------------------------------------- */

Test(server, one_line_makes_a_task, .timeout = 20)
{
    yoke_server *server = open_server(1);
    const struct {
        int number, padding;
    } pair = {21, 0};
    int result = 0;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &YOKE_TASK(twice, pair.number, result), &job), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK);
    cr_assert_eq(result, 42);
    yoke_job_release(job);
    yoke_task task = YOKE_TASK(twice, result, int);
    cr_assert_str_eq(task.name, "twice");
    cr_assert(task.kernel == twice && task.argument == &result && !task.result && !task.tries);
    cr_assert(task.argument_size == sizeof result && task.result_size == sizeof(int));
    yoke_server_release(server);
}
