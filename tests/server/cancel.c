/* Cancelling jobs. */
#include <pthread.h>

#include "with_server.h"
#include "yoke/primes.h"

/* Leaves when it is told to; the argument says whether with YOKE_OK. */
struct patience {
    atomic_int running;
    yoke_status answer;
};

static yoke_status until_cancelled(yoke_context *context, const void *argument, void *result)
{
    struct patience *patience = *(struct patience *const *)argument;
    atomic_store(&patience->running, 1);
    while (!yoke_context_cancelled(context))
        nap(50000);
    *(int *)result = 7;
    return patience->answer;
}

static yoke_job *submit_patient(yoke_server *server, struct patience *patience)
{
    yoke_job *job = submit(server, until_cancelled, &patience, sizeof patience, sizeof(int));
    while (!atomic_load(&patience->running))
        nap(50000);
    return job;
}

static yoke_status count_state(yoke_job *job, void *context)
{
    atomic_int *counts = context;
    atomic_fetch_add(&counts[yoke_job_state(job)], 1);
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    return YOKE_OK;
}

Test(server_cancel, a_queued_job_ends_at_once, .timeout = 20)
{
    yoke_server *server = open_server(1);
    struct gate gate = {0};
    yoke_job *first = submit_gate(server, &gate);
    await_arrivals(&gate, 1);
    atomic_int counts[YOKE_STATE_CANCELLED + 1] = {0};
    yoke_task task = task_twice(&(int){1});
    task.callback = count_state;
    task.callback_context = counts;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
    cr_assert_eq(atomic_load(&counts[YOKE_STATE_CANCELLED]), 1, "the callback has returned");
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_CANCELLED);
    cr_assert_eq(yoke_job_status(job), YOKE_CANCELLED);
    cr_assert_str_eq(yoke_job_message(job), "the job was cancelled before it started");
    cr_assert_eq(yoke_job_wait(job, 0), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, &(int){0}, sizeof(int)), YOKE_CANCELLED);
    cr_assert_eq(yoke_job_cancel(job), YOKE_OK, "again changes nothing");
    yoke_server_statistics now = statistics_of(server);
    cr_assert_eq(now.cancelled, 1);
    cr_assert_eq(now.queued, 0);
    cr_assert_eq(now.running, 1);
    atomic_store(&gate.open, 1);
    yoke_job_release(job);
    yoke_job_release(first);
    yoke_server_release(server);
}

Test(server_cancel, a_running_job_leaves_when_it_asks, .timeout = 20)
{
    const yoke_status answers[] = {YOKE_CANCELLED, YOKE_OVERFLOW, YOKE_OK};
    yoke_server *server = open_server(1);
    for (int i = 0; i < 3; i++) {
        struct patience patience = {0, answers[i]};
        yoke_job *job = submit_patient(server, &patience);
        cr_assert_eq(yoke_job_state(job), YOKE_STATE_RUNNING);
        cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
        int result = 0;
        yoke_status status = yoke_job_result(job, &result, sizeof result);
        bool done = answers[i] == YOKE_OK;
        cr_assert_eq(status, done ? YOKE_OK : YOKE_CANCELLED);
        cr_assert_eq(yoke_job_status(job), status);
        cr_assert_eq(yoke_job_state(job), done ? YOKE_STATE_DONE : YOKE_STATE_CANCELLED);
        cr_assert_eq(result, done ? 7 : 0);
        cr_assert_eq(yoke_job_message(job)[0] != 0, !done);
        yoke_job_release(job);
    }
    yoke_server_statistics now = statistics_of(server);
    cr_assert_eq(now.cancelled, 2);
    cr_assert_eq(now.done, 1);
    cr_assert_eq(now.failed, 0);
    yoke_server_release(server);
}

Test(server_cancel, a_job_that_has_ended_stays_as_it_is, .timeout = 20)
{
    yoke_server *server = open_server(2);
    int value = 21, result;
    yoke_task task = task_twice(&value);
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK);
    cr_assert_eq(result, 42);
    yoke_server_release(server);
    cr_assert_eq(yoke_job_cancel(job), YOKE_OK, "even when the server is gone");
    yoke_job_release(job);
    cr_assert_eq(yoke_job_cancel(NULL), YOKE_INVALID);
}

Test(server_cancel, closing_lets_kernels_that_ask_leave, .timeout = 20)
{
    yoke_server *server = open_server(2);
    struct patience leaving = {0, YOKE_CANCELLED}, failing = {0, YOKE_OVERFLOW};
    yoke_job *first = submit_patient(server, &leaving);
    yoke_job *second = submit_patient(server, &failing);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    cr_assert_eq(yoke_job_state(first), YOKE_STATE_CANCELLED);
    cr_assert_eq(yoke_job_state(second), YOKE_STATE_FAILED, "a failure of its own");
    cr_assert_eq(yoke_job_status(second), YOKE_OVERFLOW);
    yoke_job_release(first);
    yoke_job_release(second);
    yoke_server_release(server);
}

/* A callback on the cancelling thread may submit and wait. */
static yoke_status submit_and_wait(yoke_job *job, void *context)
{
    (void)job;
    int result = 0;
    yoke_job *other = submit(context, twice, &(int){4}, sizeof(int), sizeof(int));
    cr_assert_eq(yoke_job_result(other, &result, sizeof result), YOKE_OK);
    cr_assert_eq(result, 8);
    yoke_job_release(other);
    return YOKE_FORKED; /* to be counted */
}

Test(server_cancel, the_callback_of_a_cancelled_job_may_submit_and_wait, .timeout = 20)
{
    yoke_server *server = open_server(2);
    struct gate gate = {0};
    yoke_job *gates[2];
    for (int i = 0; i < 2; i++)
        gates[i] = submit_gate(server, &gate);
    await_arrivals(&gate, 2);
    yoke_task task = task_twice(&(int){1});
    task.callback = submit_and_wait;
    task.callback_context = server;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(statistics_of(server).callbacks_failed, 1);
    yoke_job_release(job);
    for (int i = 0; i < 2; i++)
        yoke_job_release(gates[i]);
    yoke_server_release(server);
}

/* A wait inside a job for a job that another thread cancels. */
static yoke_status wait_for_argument(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    yoke_job *job = *(yoke_job *const *)argument;
    *(yoke_status *)result = yoke_job_result(job, &(int){0}, sizeof(int));
    return YOKE_OK;
}

Test(server_cancel, waiting_jobs_wake_up, .timeout = 20)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 50; i++) {
        struct patience patience = {0, YOKE_CANCELLED};
        yoke_job *job = submit_patient(server, &patience);
        yoke_job *waiting =
            submit(server, wait_for_argument, &job, sizeof job, sizeof(yoke_status));
        while (yoke_job_state(waiting) == YOKE_STATE_QUEUED)
            nap(10000);
        cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
        yoke_status answer = YOKE_OK;
        cr_assert_eq(yoke_job_result(waiting, &answer, sizeof answer), YOKE_OK);
        cr_assert_eq(answer, YOKE_CANCELLED);
        yoke_job_release(waiting);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

/* ---- sums of primes -------------------------------------------------------------------------- */

struct sum {
    bool shared;
    atomic_int running;
    yoke_uint128 sum;
};

static yoke_status sum_for_ages(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct sum *sum = *(struct sum *const *)argument;
    atomic_store(&sum->running, 1);
    return yoke_sum_primes(sum->shared ? yoke_context_server(context) : NULL, 0,
                           UINT64_C(100000000000000), NULL, &sum->sum);
}

Test(server_cancel, sums_of_primes_stop_without_a_result, .timeout = 60)
{
    yoke_server *server = open_server(2);
    for (int shared = 0; shared < 2; shared++) {
        struct sum sum = {.shared = shared, .sum = {1, 1}}, *pointer = &sum;
        yoke_job *job = submit(server, sum_for_ages, &pointer, sizeof pointer, 0);
        while (!atomic_load(&sum.running))
            nap(50000);
        nap(5000000);
        cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_CANCELLED);
        cr_assert_eq(sum.sum.lo, 1, "untouched");
        cr_assert_eq(sum.sum.hi, 1, "untouched");
        yoke_job_release(job);
    }
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    yoke_server_release(server);
}

static atomic_int steps;

static void count_step(double done, double total, void *context)
{
    (void)done, (void)total, (void)context;
    atomic_fetch_add(&steps, 1);
}

static void *sum_until_closed(void *argument)
{
    yoke_server *server = argument;
    yoke_uint128 sum;
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.progress = count_step;
    cr_assert_eq(yoke_sum_primes(server, 0, UINT64_C(100000000000000000), &options, &sum),
                 YOKE_CANCELLED);
    return NULL;
}

Test(server_cancel, closing_stops_a_sum_of_primes, .timeout = 60)
{
    yoke_server *server = open_server(2);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, sum_until_closed, server), 0);
    while (atomic_load(&steps) < 2) /* the first is before the work */
        nap(100000);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    pthread_join(thread, NULL);
    yoke_server_release(server);
}
