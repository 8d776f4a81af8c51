/* Jobs from submit to their end, seen from outside: states, results, failures, callbacks, closing
 * and bad input. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "yoke/server.h"

static yoke_server *open_server(unsigned workers)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    yoke_server *server = NULL;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    return server;
}

static void nap(long nanoseconds)
{
    nanosleep(&(struct timespec){0, nanoseconds}, NULL);
}

/* ---- kernels --------------------------------------------------------------------------------- */

static yoke_status twice(yoke_context *context, const void *argument, void *result)
{
    cr_assert_eq(yoke_context_argument_size(context), sizeof(int));
    cr_assert_eq(yoke_context_result_size(context), sizeof(int));
    *(int *)result = 2 * *(const int *)argument;
    return YOKE_OK;
}

static yoke_status nothing(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    cr_assert_null(argument);
    cr_assert_null(result);
    return YOKE_OK;
}

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

/* A gate that jobs wait at. */
struct gate {
    atomic_int arrived, open;
};

static yoke_status wait_at_gate(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct gate *gate = *(struct gate *const *)argument;
    atomic_fetch_add(&gate->arrived, 1);
    while (!atomic_load(&gate->open))
        nap(100000);
    return YOKE_OK;
}

static yoke_job *submit_gate(yoke_server *server, struct gate **gate)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = wait_at_gate;
    task.argument = gate;
    task.argument_size = sizeof *gate;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    return job;
}

static yoke_task task_twice(const int *value)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = twice;
    task.name = "twice";
    task.argument = value;
    task.argument_size = sizeof *value;
    task.result_size = sizeof *value;
    return task;
}

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
    yoke_server_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_server_stats(server, &now), YOKE_OK);
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
    yoke_server_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_server_stats(server, &now), YOKE_OK);
    cr_assert(now.done == 1 && now.failed == 0 && now.callbacks_failed == 1);
    cr_assert_eq(atomic_load(&lines), 1);
    yoke_server_release(server);
    yoke_log_set(NULL, NULL, YOKE_LOG_WARNING);
}

/* ---- waiting from outside -------------------------------------------------------------------- */

Test(server, waits_time_out_and_states_are_seen, .timeout = 20)
{
    yoke_server *server = open_server(1);
    struct gate gate = {0}, *pointer = &gate;
    yoke_job *running = submit_gate(server, &pointer);
    yoke_job *queued = submit_gate(server, &pointer);
    while (!atomic_load(&gate.arrived))
        nap(100000);
    cr_assert_eq(yoke_job_state(running), YOKE_STATE_RUNNING);
    cr_assert_eq(yoke_job_state(queued), YOKE_STATE_QUEUED);
    cr_assert_eq(yoke_job_status(running), YOKE_NOT_DONE);
    cr_assert_str_eq(yoke_job_message(running), "");
    cr_assert_eq(yoke_job_wait(running, 0), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_job_wait(queued, YOKE_MILLISECONDS(5)), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_server_wait(server, 0), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_server_wait(server, YOKE_MILLISECONDS(5)), YOKE_TIMED_OUT);
    yoke_server_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_server_stats(server, &now), YOKE_OK);
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

static void *submit_and_check(void *server)
{
    for (int i = 0; i < 2000; i++) {
        int result = 0;
        yoke_task task = task_twice(&i);
        yoke_job *job;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK);
        cr_assert_eq(result, 2 * i);
        yoke_job_release(job);
    }
    return NULL;
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
        yoke_server_statistics now = {.size = sizeof now};
        cr_assert_eq(yoke_server_stats(server, &now), YOKE_OK);
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

/* ---- closing --------------------------------------------------------------------------------- */

static atomic_int cancelled_callbacks;

static yoke_status count_cancelled(yoke_job *job, void *server)
{
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_CANCELLED);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_CANCELLED);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_CLOSED);
    cr_assert_eq(yoke_server_close(server), YOKE_DEADLOCK);
    atomic_fetch_add(&cancelled_callbacks, 1);
    return YOKE_OK;
}

struct waiter {
    pthread_t thread;
    yoke_job *job;
    yoke_status status;
};

static void *wait_for_job(void *argument)
{
    struct waiter *waiter = argument;
    waiter->status = yoke_job_result(waiter->job, NULL, 0);
    return NULL;
}

static void *wait_for_server(void *server)
{
    return (void *)(uintptr_t)yoke_server_wait(server, YOKE_FOREVER);
}

static void *close_server(void *server)
{
    return (void *)(uintptr_t)yoke_server_close(server);
}

static void *open_gate(void *gate)
{
    nap(30000000);
    atomic_store(&((struct gate *)gate)->open, 1);
    return NULL;
}

Test(server, close_cancels_what_is_queued_and_wakes_everyone, .timeout = 30)
{
    enum { WAITERS = 200 };
    yoke_server *server = open_server(1);
    struct gate gate = {0}, *pointer = &gate;
    yoke_job *running = submit_gate(server, &pointer);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    task.callback = count_cancelled;
    task.callback_context = server;
    static struct waiter waiters[WAITERS];
    for (int i = 0; i < WAITERS; i++) {
        cr_assert_eq(yoke_submit(server, &task, &waiters[i].job), YOKE_OK);
        cr_assert_eq(pthread_create(&waiters[i].thread, NULL, wait_for_job, &waiters[i]), 0);
    }
    pthread_t all, second, opener;
    pthread_create(&all, NULL, wait_for_server, server);
    while (!atomic_load(&gate.arrived))
        nap(100000);
    pthread_create(&opener, NULL, open_gate, &gate);
    pthread_create(&second, NULL, close_server, server);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    void *status;
    pthread_join(second, &status);
    cr_assert_eq((uintptr_t)status, YOKE_OK);
    pthread_join(all, &status);
    cr_assert_eq((uintptr_t)status, YOKE_OK);
    pthread_join(opener, NULL);
    for (int i = 0; i < WAITERS; i++) {
        pthread_join(waiters[i].thread, NULL);
        cr_assert_eq(waiters[i].status, YOKE_CANCELLED);
        cr_assert_eq(yoke_job_status(waiters[i].job), YOKE_CANCELLED);
        cr_assert_str_eq(yoke_job_message(waiters[i].job),
                         "the server was closed before the job started");
        yoke_job_release(waiters[i].job);
    }
    cr_assert_eq(yoke_job_state(running), YOKE_STATE_DONE, "running jobs run to their end");
    yoke_job_release(running);
    cr_assert_eq(atomic_load(&cancelled_callbacks), WAITERS);

    yoke_server_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_server_stats(server, &now), YOKE_OK, "still readable");
    cr_assert(now.done == 1 && now.cancelled == WAITERS && now.workers == 0 && !now.running);
    task.callback = NULL;
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_CLOSED);
    cr_assert_eq(yoke_server_resize(server, 2), YOKE_CLOSED);
    cr_assert_eq(yoke_server_workers(server), 0);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    yoke_server_release(server);
}

static yoke_status close_inside(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    yoke_server *server = yoke_context_server(context);
    cr_assert_eq(yoke_server_close(server), YOKE_DEADLOCK);
    cr_assert_eq(yoke_server_wait(server, 0), YOKE_DEADLOCK);
    yoke_server_release(server); /* a warning in the log, nothing else */
    yoke_server *inner;
    cr_assert_eq(yoke_server_open(NULL, &inner), YOKE_DEADLOCK);
    return YOKE_OK;
}

Test(server, a_job_cannot_close_its_server, .timeout = 20)
{
    yoke_server *server = open_server(2);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = close_inside;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
    yoke_job_release(job);
    submit_and_check(server);
    yoke_server_release(server);
}

/* ---- bad input ------------------------------------------------------------------------------- */

Test(server, open_refuses_what_it_cannot_do, .timeout = 20)
{
    yoke_server *server = NULL;
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    cr_assert_eq(yoke_server_open(NULL, NULL), YOKE_INVALID);
    options.size = 1;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_INVALID);
    options.size = sizeof options;
    options.workers = YOKE_WORKERS_MAX + 1;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_INVALID);
    cr_assert_null(server);
    cr_assert(yoke_last_error()[0]);
}

Test(server, submit_refuses_bad_tasks, .timeout = 20)
{
    yoke_server *server = open_server(1);
    const int value = 1;
    const yoke_task good = task_twice(&value);
    yoke_job *const none = (yoke_job *)&value;
    yoke_job *job = none;
    yoke_task task = good;
    cr_assert_eq(yoke_submit(NULL, &task, &job), YOKE_INVALID);
    cr_assert_eq(yoke_submit(server, NULL, &job), YOKE_INVALID);
    task.size--;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    task = good, task.kernel = NULL;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    task = good, task.argument = NULL;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 64, SIZE_MAX / 2, PTRDIFF_MAX};
    for (int i = 0; i < 4; i++) {
        task = good, task.result_size = sizes[i];
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_NO_MEMORY);
        task = good, task.argument_size = sizes[i];
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_NO_MEMORY);
        task.result_size = sizes[i];
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_NO_MEMORY);
    }
    cr_assert_eq(job, none, "untouched by failures");
    yoke_server_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_server_stats(server, &now), YOKE_OK);
    cr_assert_eq(now.submitted, 0);
    yoke_server_release(server);
}

Test(server, null_and_wrong_sizes_are_refused, .timeout = 20)
{
    yoke_server *server = open_server(1);
    int value = 1, result = 0;
    yoke_task task = task_twice(&value);
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, &result, 1), YOKE_SIZE_MISMATCH);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_SIZE_MISMATCH);
    cr_assert_eq(yoke_job_result(job, NULL, sizeof result), YOKE_INVALID);
    cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK);
    cr_assert_eq(yoke_job_result(NULL, &result, sizeof result), YOKE_INVALID);
    cr_assert_eq(yoke_job_wait(NULL, 0), YOKE_INVALID);
    yoke_job_release(job);
    yoke_job_release(NULL);

    yoke_server_statistics now = {0};
    cr_assert_eq(yoke_server_stats(server, &now), YOKE_INVALID);
    cr_assert_eq(yoke_server_stats(server, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_server_stats(NULL, &now), YOKE_INVALID);
    cr_assert_eq(yoke_server_print_stats(NULL, stdout), YOKE_INVALID);
    cr_assert_eq(yoke_server_print_stats(server, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_server_wait(NULL, 0), YOKE_INVALID);
    cr_assert_eq(yoke_server_close(NULL), YOKE_INVALID);
    cr_assert_eq(yoke_server_resize(NULL, 1), YOKE_INVALID);
    cr_assert_eq(yoke_server_resize(server, 0), YOKE_INVALID);
    cr_assert_eq(yoke_server_resize(server, YOKE_WORKERS_MAX + 1), YOKE_INVALID);
    cr_assert_eq(yoke_server_workers(NULL), 0);
    cr_assert_eq(yoke_server_workers(server), 1);
    yoke_server_release(server);
    yoke_server_release(NULL);
}

/* ---- fork ------------------------------------------------------------------------------------ */

static int check_as_child(yoke_server *server, yoke_job *running, yoke_job *done)
{
    int value = 4, result = 0;
    yoke_task task = task_twice(&value);
    yoke_job *job;
    yoke_server_statistics now = {.size = sizeof now};
    if (yoke_submit(server, &task, &job) != YOKE_FORKED ||
        yoke_job_wait(running, YOKE_FOREVER) != YOKE_FORKED ||
        yoke_job_wait(done, YOKE_FOREVER) != YOKE_FORKED ||
        yoke_job_result(done, &result, sizeof result) != YOKE_FORKED ||
        yoke_server_wait(server, YOKE_FOREVER) != YOKE_FORKED ||
        yoke_server_resize(server, 2) != YOKE_FORKED ||
        yoke_server_stats(server, &now) != YOKE_FORKED ||
        yoke_server_print_stats(server, stdout) != YOKE_FORKED ||
        yoke_server_close(server) != YOKE_FORKED || yoke_server_workers(server) != 0)
        return 1;
    yoke_job_release(running);
    yoke_server_release(server);
    if (yoke_server_open(NULL, &server) != YOKE_OK)
        return 2;
    if (yoke_submit(server, &task, &job) != YOKE_OK ||
        yoke_job_result(job, &result, sizeof result) != YOKE_OK || result != 8)
        return 3;
    yoke_job_release(job);
    yoke_server_release(server);
    return 0;
}

Test(server, a_child_process_is_told_and_may_open_its_own, .timeout = 30)
{
    yoke_server *server = open_server(2);
    struct gate gate = {0}, *pointer = &gate;
    yoke_job *running = submit_gate(server, &pointer);
    int value = 1;
    yoke_task task = task_twice(&value);
    yoke_job *done;
    cr_assert_eq(yoke_submit(server, &task, &done), YOKE_OK);
    cr_assert_eq(yoke_job_wait(done, YOKE_FOREVER), YOKE_OK);
    pid_t child = fork();
    if (child == 0)
        _exit(check_as_child(server, running, done));
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 0);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_job_wait(running, YOKE_FOREVER), YOKE_OK, "the parent goes on");
    yoke_job_release(running);
    yoke_job_release(done);
    submit_and_check(server);
    yoke_server_release(server);
}
