/* Jobs that come after others. */
#include "with_server.h"

static yoke_task task_after(yoke_kernel kernel, yoke_job *const *after, size_t count)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.after = after;
    task.after_count = count;
    return task;
}

static yoke_job *submit_task(yoke_server *server, const yoke_task *task)
{
    yoke_job *job = NULL;
    cr_assert_eq(yoke_submit(server, task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

/* Appends its number to what has run. */
struct order {
    atomic_int count;
    int numbers[64];
};

struct step {
    struct order *order;
    int number;
};

static yoke_status note(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    const struct step *step = argument;
    step->order->numbers[atomic_fetch_add(&step->order->count, 1)] = step->number;
    return YOKE_OK;
}

static yoke_job *submit_step(yoke_server *server, struct order *order, int number,
                             yoke_job *const *after, size_t count)
{
    struct step step = {order, number};
    yoke_task task = task_after(note, after, count);
    task.argument = &step;
    task.argument_size = sizeof step;
    return submit_task(server, &task);
}

Test(server_after, a_job_waits_for_all_it_comes_after, .timeout = 20)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int round = 0; round < 200; round++) {
            /* 0 before 1 and 2 before 3; 4 after all. */
            struct order order = {0};
            yoke_job *jobs[5];
            jobs[0] = submit_step(server, &order, 0, NULL, 0);
            jobs[1] = submit_step(server, &order, 1, jobs, 1);
            jobs[2] = submit_step(server, &order, 2, jobs, 1);
            jobs[3] = submit_step(server, &order, 3, jobs + 1, 2);
            jobs[4] = submit_step(server, &order, 4, jobs, 4);
            cr_assert_eq(yoke_job_result(jobs[4], NULL, 0), YOKE_OK);
            cr_assert_eq(atomic_load(&order.count), 5);
            cr_assert_eq(order.numbers[0], 0);
            cr_assert_eq(order.numbers[1] + order.numbers[2], 3);
            cr_assert_eq(order.numbers[3], 3);
            cr_assert_eq(order.numbers[4], 4);
            for (int i = 0; i < 5; i++)
                yoke_job_release(jobs[i]);
        }
        yoke_server_release(server);
    }
}

static yoke_status fail(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    return yoke_context_fail(context, YOKE_OVERFLOW, "too big");
}

Test(server_after, the_policy_says_what_a_failure_means, .timeout = 20)
{
    yoke_server *server = open_server(2);
    const yoke_after_policy policies[] = {YOKE_AFTER_CANCEL, YOKE_AFTER_FAIL, YOKE_AFTER_RUN};
    const yoke_state states[] = {YOKE_STATE_CANCELLED, YOKE_STATE_FAILED, YOKE_STATE_DONE};
    const yoke_status statuses[] = {YOKE_CANCELLED, YOKE_OVERFLOW, YOKE_OK};
    for (int i = 0; i < 300; i++) {
        yoke_task first = YOKE_TASK_INIT;
        first.kernel = fail;
        first.name = "first";
        yoke_job *failing = submit_task(server, &first);
        if (i % 2)
            cr_assert_eq(yoke_job_wait(failing, YOKE_FOREVER), YOKE_OK);
        yoke_task task = task_after(nothing, &failing, 1);
        task.after_failed = policies[i % 3];
        yoke_job *job = submit_task(server, &task);
        cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
        cr_assert_eq(yoke_job_state(job), states[i % 3]);
        cr_assert_eq(yoke_job_status(job), statuses[i % 3]);
        cr_assert_eq(strstr(yoke_job_message(job), "\"first\"") != NULL, i % 3 != 2);
        yoke_job_release(job);
        yoke_job_release(failing);
    }
    yoke_server_statistics now = statistics_of(server);
    cr_assert_eq(now.cancelled, 100);
    cr_assert_eq(now.failed, 400);
    cr_assert_eq(now.done, 100);
    yoke_server_release(server);
}

Test(server_after, a_cancel_runs_through_a_long_chain, .timeout = 60)
{
    enum { CHAIN = 100000 };
    yoke_server *server = open_server(1);
    struct gate gate = {0};
    yoke_job *busy = submit_gate(server, &gate);
    yoke_job *first = submit(server, nothing, NULL, 0, 0), *last = first;
    for (int i = 1; i < CHAIN; i++) {
        yoke_task task = task_after(nothing, &last, 1);
        yoke_job *next = submit_task(server, &task);
        if (last != first)
            yoke_job_release(last);
        last = next;
    }
    cr_assert_eq(yoke_job_cancel(first), YOKE_OK);
    cr_assert_eq(yoke_job_status(last), YOKE_CANCELLED);
    cr_assert_eq(statistics_of(server).cancelled, CHAIN);
    atomic_store(&gate.open, 1);
    yoke_job_release(first);
    yoke_job_release(last);
    yoke_job_release(busy);
    yoke_server_release(server);
}

Test(server_after, dependent_jobs_are_cancelled_time_out_and_close, .timeout = 20)
{
    yoke_server *server = open_server(1);
    struct gate gate = {0};
    yoke_job *busy = submit_gate(server, &gate), *jobs[3];
    await_arrivals(&gate, 1);
    for (int i = 0; i < 3; i++) {
        yoke_task task = task_after(nothing, &busy, 1);
        task.deadline = i == 1 ? YOKE_MILLISECONDS(1) : 0;
        jobs[i] = submit_task(server, &task);
    }
    cr_assert_eq(yoke_job_cancel(jobs[0]), YOKE_OK);
    cr_assert_eq(yoke_job_state(jobs[0]), YOKE_STATE_CANCELLED);
    cr_assert_eq(yoke_job_wait(jobs[1], YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_job_state(jobs[1]), YOKE_STATE_TIMED_OUT);
    cr_assert_eq(yoke_job_state(jobs[2]), YOKE_STATE_QUEUED);
    cr_assert_eq(statistics_of(server).queued, 1);
    atomic_store(&gate.open, 1);
    yoke_server_release(server);
    cr_assert_geq(yoke_job_state(jobs[2]), YOKE_STATE_DONE);
    for (int i = 0; i < 3; i++)
        yoke_job_release(jobs[i]);
    yoke_job_release(busy);
}

/* ---- inside jobs ----------------------------------------------------------------------------- */

static yoke_status wait_for_last(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    yoke_server *server = yoke_context_server(context);
    yoke_job *jobs[4];
    for (size_t i = 0; i < 4; i++) {
        yoke_task task = task_after(nothing, jobs, i);
        jobs[i] = submit_task(server, &task);
    }
    cr_assert_eq(yoke_job_result(jobs[3], NULL, 0), YOKE_OK);
    for (size_t i = 0; i < 4; i++)
        yoke_job_release(jobs[i]);
    return YOKE_OK;
}

Test(server_after, waiting_inside_a_job_runs_what_comes_first, .timeout = 20)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 100; i++) {
            yoke_job *job = submit(server, wait_for_last, NULL, 0, 0);
            cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
            yoke_job_release(job);
        }
        yoke_server_release(server);
    }
}

struct pair {
    yoke_job *_Atomic self, *_Atomic later;
};

static yoke_status wait_for_later(yoke_context *context, const void *argument, void *result)
{
    struct pair *pair = *(struct pair *const *)argument;
    yoke_status *answers = result;
    while (!atomic_load(&pair->later))
        nap(20000);
    yoke_job *own = atomic_load(&pair->self);
    yoke_task task = task_after(nothing, &own, 1);
    answers[0] = yoke_submit(yoke_context_server(context), &task, NULL);
    answers[1] = yoke_job_wait(atomic_load(&pair->later), YOKE_FOREVER);
    return YOKE_OK;
}

Test(server_after, what_could_never_start_is_refused, .timeout = 20)
{
    for (unsigned workers = 1; workers <= 2; workers++) {
        yoke_server *server = open_server(workers), *other = open_server(1);
        struct pair pair = {NULL, NULL}, *pointer = &pair;
        yoke_status answers[2] = {YOKE_OK, YOKE_OK};
        yoke_job *job = submit(server, wait_for_later, &pointer, sizeof pointer, sizeof answers);
        atomic_store(&pair.self, job);
        yoke_task task = task_after(nothing, &job, 1);
        cr_assert_eq(yoke_submit(other, &task, NULL), YOKE_INVALID, "of another server");
        yoke_job *later = submit_task(server, &task);
        atomic_store(&pair.later, later);
        cr_assert_eq(yoke_job_result(job, answers, sizeof answers), YOKE_OK);
        cr_assert_eq(answers[0], YOKE_DEADLOCK, "to come after the job that submits");
        cr_assert_eq(answers[1], YOKE_DEADLOCK, "to wait for what comes after the job that waits");
        cr_assert_eq(yoke_job_result(later, NULL, 0), YOKE_OK);
        task.after = NULL;
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_INVALID);
        yoke_job *none = NULL;
        task.after = &none;
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_INVALID);
        yoke_job_release(later);
        yoke_job_release(job);
        yoke_server_release(other);
        yoke_server_release(server);
    }
}
