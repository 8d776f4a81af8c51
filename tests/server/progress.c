/* Any wait in a job makes progress: for jobs that have not had their turn, that ended without
 * having run, and when no thread of the server is left but those that wait. */
#include "with_server.h"

#include <pthread.h>

#include "yoke/group.h"

static yoke_status fail(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    return yoke_context_fail(context, YOKE_OVERFLOW, "too big");
}

static yoke_status count_call(yoke_job *job, void *counter)
{
    cr_assert_geq(yoke_job_state(job), YOKE_STATE_DONE);
    atomic_fetch_add((atomic_int *)counter, 1);
    return YOKE_OK;
}

static yoke_job *submit_task(yoke_server *server, const yoke_task *task)
{
    yoke_job *job = NULL;
    cr_assert_eq(yoke_submit(server, task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static yoke_job *submit_after(yoke_server *server, yoke_kernel kernel, yoke_job *const *after,
                              size_t count)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.after = after;
    task.after_count = count;
    return submit_task(server, &task);
}

/* Runs `kernel` as a job of so many workers, and expects it to be done. */
static void expect_done(unsigned workers, yoke_kernel kernel, int times)
{
    yoke_server *server = open_server(workers);
    for (int i = 0; i < times; i++) {
        yoke_job *job = submit(server, kernel, NULL, 0, 0);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK, "%s", yoke_last_error());
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

static yoke_status wait_for(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    return yoke_job_wait(*(yoke_job *const *)argument, YOKE_FOREVER);
}

static yoke_job *submit_waiting(yoke_server *server, yoke_job *job)
{
    return submit(server, wait_for, &job, sizeof(yoke_job *), 0);
}

/* ---- jobs that never started ------------------------------------------------------------------
 */

static yoke_status wait_for_one_cancelled_by_another(yoke_context *context, const void *argument,
                                                     void *result)
{
    (void)argument, (void)result;
    atomic_int calls = 0;
    yoke_server *server = yoke_context_server(context);
    yoke_job *first = submit(server, fail, NULL, 0, 0);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    task.after = &first;
    task.after_count = 1;
    task.callback = count_call;
    task.callback_context = &calls;
    yoke_job *second = submit_task(server, &task);
    cr_assert_eq(yoke_job_wait(second, YOKE_FOREVER), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(yoke_job_state(second), YOKE_STATE_CANCELLED);
    cr_assert_eq(atomic_load(&calls), 1);
    yoke_job_release(first);
    yoke_job_release(second);
    return YOKE_OK;
}

Test(server_progress, a_wait_calls_back_what_another_job_ended, .timeout = 60)
{
    expect_done(1, wait_for_one_cancelled_by_another, 100);
    expect_done(3, wait_for_one_cancelled_by_another, 1000);
}

static yoke_job *submit_late(yoke_server *server, atomic_int *calls)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    task.deadline = YOKE_MILLISECONDS(1);
    task.priority = YOKE_PRIORITY_MIN;
    task.callback = count_call;
    task.callback_context = calls;
    return submit_task(server, &task);
}

static void await_state(const yoke_job *job, yoke_state state)
{
    while (yoke_job_state(job) != state)
        nap(100000);
}

static yoke_status wait_for_one_out_of_time(yoke_context *context, const void *argument,
                                            void *result)
{
    (void)argument, (void)result;
    atomic_int calls = 0;
    yoke_job *late = submit_late(yoke_context_server(context), &calls);
    await_state(late, YOKE_STATE_TIMED_OUT);
    cr_assert_eq(yoke_job_wait(late, YOKE_FOREVER), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(atomic_load(&calls), 1);
    yoke_job_release(late);
    return YOKE_OK;
}

Test(server_progress, a_wait_calls_back_what_was_out_of_time, .timeout = 60)
{
    expect_done(1, wait_for_one_out_of_time, 20);
}

Test(server_progress, a_thread_outside_calls_back_what_was_out_of_time, .timeout = 20)
{
    yoke_server *server = open_server(1);
    struct gate gate = {0};
    yoke_job *busy = submit_gate(server, &gate);
    await_arrivals(&gate, 1);
    atomic_int calls = 0;
    yoke_job *late = submit_late(server, &calls);
    /* Though the only worker is busy. */
    cr_assert_eq(yoke_job_wait(late, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(atomic_load(&calls), 1);
    cr_assert_eq(yoke_job_state(late), YOKE_STATE_TIMED_OUT);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_job_wait(busy, YOKE_FOREVER), YOKE_OK);
    yoke_job_release(late);
    yoke_job_release(busy);
    yoke_server_release(server);
}

/* Each waits for the next, until no worker and no stand-in is left; the last for a job out of time.
 */
enum { WORKERS = 4, STAND_INS = 4, WAITING = WORKERS + STAND_INS };
static yoke_job *_Atomic waiting[WAITING];

static yoke_status wait_for_next(yoke_context *context, const void *argument, void *result)
{
    int next = *(const int *)argument + 1;
    if (next == WAITING)
        return wait_for_one_out_of_time(context, NULL, result);
    while (!atomic_load(&waiting[next]) ||
           yoke_job_state(atomic_load(&waiting[next])) == YOKE_STATE_QUEUED)
        nap(100000);
    return yoke_job_wait(atomic_load(&waiting[next]), YOKE_FOREVER);
}

Test(server_progress, all_workers_wait_for_a_job_out_of_time, .timeout = 30)
{
    yoke_server *server = open_server(WORKERS);
    for (int i = 0; i < WAITING; i++)
        atomic_store(&waiting[i], submit(server, wait_for_next, &i, sizeof i, 0));
    for (int i = 0; i < WAITING; i++) {
        cr_assert_eq(yoke_job_result(atomic_load(&waiting[i]), NULL, 0), YOKE_OK);
        yoke_job_release(atomic_load(&waiting[i]));
    }
    yoke_server_release(server);
}

/* ---- jobs that wait for their turn ----------------------------------------------------------- */

Test(server_progress, waits_between_jobs_and_their_followers, .timeout = 120)
{
    enum { ROUNDS = 2000, PAIRS = 8 };
    yoke_server *server = open_server(2);
    for (int round = 0; round < ROUNDS; round++) {
        yoke_job *steps[PAIRS + 1], *waits[PAIRS];
        steps[0] = submit(server, nothing, NULL, 0, 0);
        for (int i = 0; i < PAIRS; i++) {
            waits[i] = submit_waiting(server, steps[i]);
            steps[i + 1] = submit_after(server, nothing, &waits[i], 1);
        }
        cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(60)), YOKE_OK);
        for (int i = 0; i < PAIRS; i++) {
            cr_assert_eq(yoke_job_state(waits[i]), YOKE_STATE_DONE);
            yoke_job_release(waits[i]);
        }
        for (int i = 0; i <= PAIRS; i++)
            yoke_job_release(steps[i]);
    }
    yoke_server_release(server);
}

static yoke_job *held_jobs[2];

static yoke_status wait_for_any_held(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    wait_at_gate(context, argument, NULL);
    size_t found = 2;
    yoke_status status = yoke_wait_any(held_jobs, 2, YOKE_FOREVER, &found);
    cr_assert(status != YOKE_OK || yoke_job_state(held_jobs[found]) >= YOKE_STATE_DONE);
    return status;
}

Test(server_progress, a_wait_for_any_brings_them_to_their_turn, .timeout = 30)
{
    enum { JOBS = 6 };
    yoke_server *server = open_server(1);
    struct gate gate = {0}, *at = &gate;
    yoke_job *jobs[JOBS], *first[2];
    for (int i = 0; i < JOBS; i++)
        jobs[i] = submit(server, wait_for_any_held, &at, sizeof at, 0);
    for (int i = 0; i < 2; i++) {
        first[i] = submit(server, nothing, NULL, 0, 0);
        held_jobs[i] = submit_after(server, nothing, &first[i], 1);
    }
    atomic_store(&gate.open, 1);
    for (int i = 0; i < JOBS; i++) {
        cr_assert_eq(yoke_job_result(jobs[i], NULL, 0), YOKE_OK, "%s", yoke_last_error());
        yoke_job_release(jobs[i]);
    }
    for (int i = 0; i < 2; i++) {
        yoke_job_release(first[i]);
        yoke_job_release(held_jobs[i]);
    }
    yoke_server_release(server);
}

/* The last of `count` jobs: each after the one before it, or it alone after all others. */
static yoke_job *submit_many(yoke_server *server, int count, bool chain)
{
    yoke_job **jobs = calloc((size_t)count, sizeof(yoke_job *));
    for (int i = 0; i < count; i++) {
        size_t after = chain ? i > 0 : i == count - 1 ? (size_t)i : 0;
        jobs[i] = submit_after(server, nothing, chain ? &jobs[i - (i > 0)] : jobs, after);
    }
    yoke_job *last = jobs[count - 1];
    for (int i = 0; i < count - 1; i++)
        yoke_job_release(jobs[i]);
    free(jobs);
    return last;
}

Test(server_progress, what_a_job_comes_after_takes_no_stack, .timeout = 60)
{
    enum { JOBS = 200000 };
    for (int chain = 0; chain < 2; chain++) {
        yoke_server *server = open_server(1);
        struct gate gate = {0};
        yoke_job *busy = submit_gate(server, &gate);
        await_arrivals(&gate, 1);
        /* First in the queue: it runs all the others. */
        yoke_job *last = submit_many(server, JOBS, chain);
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = wait_for;
        task.argument = &last;
        task.argument_size = sizeof(yoke_job *);
        task.priority = 1;
        yoke_job *waits = submit_task(server, &task);
        atomic_store(&gate.open, 1);
        cr_assert_eq(yoke_job_result(waits, NULL, 0), YOKE_OK, "%s", yoke_last_error());
        cr_assert_eq(yoke_job_state(last), YOKE_STATE_DONE);
        cr_assert_eq(statistics_of(server).done, JOBS + 2);
        yoke_job_release(busy);
        yoke_job_release(waits);
        yoke_job_release(last);
        yoke_server_release(server);
    }
}

/* One in the middle of what is waited for is cancelled: its end is what counts, not that of those
 * before it. */
Test(server_progress, a_wait_ends_with_a_cancel_in_the_middle, .timeout = 30)
{
    yoke_server *server = open_server(2);
    struct gate gate = {0};
    yoke_job *jobs[4] = {submit_gate(server, &gate)};
    await_arrivals(&gate, 1);
    for (int i = 1; i < 4; i++)
        jobs[i] = submit_after(server, nothing, &jobs[i - 1], 1);
    yoke_job *waits = submit_waiting(server, jobs[3]);
    await_state(waits, YOKE_STATE_RUNNING);
    nap(20000000); /* so that it is likely to sleep by now */
    cr_assert_eq(yoke_job_cancel(jobs[2]), YOKE_OK);
    cr_assert_eq(yoke_job_result(waits, NULL, 0), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(yoke_job_state(jobs[0]), YOKE_STATE_RUNNING);
    cr_assert_eq(yoke_job_state(jobs[3]), YOKE_STATE_CANCELLED);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    for (int i = 0; i < 4; i++)
        yoke_job_release(jobs[i]);
    yoke_job_release(waits);
    yoke_server_release(server);
}

/* ---- depth ----------------------------------------------------------------------------------- */

static yoke_status wait_deeper(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    int depth = *(const int *)argument - 1;
    if (!depth)
        return YOKE_OK;
    yoke_job *job = submit(yoke_context_server(context), wait_deeper, &depth, sizeof depth, 0);
    yoke_status status = yoke_job_wait(job, YOKE_FOREVER);
    if (status == YOKE_OK)
        status = yoke_job_status(job);
    else
        yoke_job_cancel(job);
    yoke_job_release(job);
    return status;
}

Test(server_progress, a_wait_is_refused_when_the_stack_is_used_up, .timeout = 60)
{
    yoke_server *server = open_server(1);
    int depth = 1000;
    yoke_job *job = submit(server, wait_deeper, &depth, sizeof depth, 0);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK, "%s", yoke_last_error());
    yoke_job_release(job);
    depth = 10000000;
    job = submit(server, wait_deeper, &depth, sizeof depth, 0);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_JOB_FAILED);
    cr_assert_eq(yoke_job_status(job), YOKE_NO_MEMORY);
    yoke_job_release(job);
    yoke_server_release(server);
}
