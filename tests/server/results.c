/* Where results lie. */
#include "with_server.h"

TestSuite(server_results, .timeout = 20);

enum { NUMBERS = 1000 };

/* Adds 1 to every number, and fails at the first tries. */
struct order {
    int *seen; /* where it was to write */
    unsigned failures;
};

static yoke_status add_one(yoke_context *context, const void *argument, void *result)
{
    const struct order *order = argument;
    int *numbers = result;
    cr_assert_eq(yoke_context_result_size(context), NUMBERS * sizeof *numbers);
    cr_assert(!order->seen || order->seen == numbers);
    for (int i = 0; i < NUMBERS; i++)
        numbers[i]++;
    return yoke_context_try(context) > order->failures ? YOKE_OK : YOKE_JOB_FAILED;
}

static yoke_task task_adding(const struct order *order)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = add_one;
    task.name = "adding one";
    task.argument = order, task.argument_size = sizeof *order;
    task.result_size = NUMBERS * sizeof(int);
    task.result = order->seen;
    return task;
}

static yoke_job *submit_adding(yoke_server *server, const yoke_task *task)
{
    yoke_job *job = NULL;
    cr_assert_eq(yoke_submit(server, task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static void check_all(const int *numbers, int value)
{
    for (int i = 0; i < NUMBERS; i++)
        cr_assert_eq(numbers[i], value, "number %d is %d", i, numbers[i]);
}

static void fill(int *numbers, int value)
{
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = value;
}

Test(server_results, a_kernel_writes_into_the_buffer_of_the_caller)
{
    yoke_server *server = open_server(2);
    static int numbers[NUMBERS], copy[NUMBERS];
    fill(numbers, 41);
    struct order order = {.seen = numbers};
    yoke_task task = task_adding(&order);
    yoke_job *job = submit_adding(server, &task);
    cr_assert_eq(yoke_job_result(job, numbers, sizeof numbers), YOKE_OK);
    check_all(numbers, 42);
    cr_assert_eq(yoke_job_result(job, copy, sizeof copy), YOKE_OK);
    check_all(copy, 42);
    const void *view = NULL;
    cr_assert_eq(yoke_job_result_view(job, &view, NULL), YOKE_OK);
    cr_assert_eq(view, numbers);
    yoke_job_release(job);
    yoke_server_release(server);
}

/* A job's own result begins with zeros at every try. */
Test(server_results, nobody_but_the_kernel_writes_into_that_buffer)
{
    yoke_server *server = open_server(1);
    static int numbers[NUMBERS];
    fill(numbers, 10);
    struct order orders[] = {{.seen = numbers, .failures = 2}, {.failures = 2}};
    const int expected[] = {13, 1};
    for (int i = 0; i < 2; i++) {
        yoke_task task = task_adding(&orders[i]);
        task.tries = 3;
        yoke_job *job = submit_adding(server, &task);
        const void *view = NULL;
        cr_assert_eq(yoke_job_result_view(job, &view, NULL), YOKE_OK);
        check_all(view, expected[i]);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

Test(server_results, a_job_that_never_ran_has_not_touched_it)
{
    yoke_server *server = open_server(1);
    static int numbers[NUMBERS];
    fill(numbers, 10);
    struct gate gate = {0};
    yoke_job *holding = submit_gate(server, &gate);
    await_arrivals(&gate, 1);
    struct order order = {.seen = numbers};
    yoke_task task = task_adding(&order);
    yoke_job *job = submit_adding(server, &task);
    cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, numbers, sizeof numbers), YOKE_CANCELLED);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_job_wait(holding, YOKE_FOREVER), YOKE_OK);
    check_all(numbers, 10);
    yoke_job_release(holding);
    yoke_job_release(job);
    yoke_server_release(server);
}

Test(server_results, a_view_is_the_result_itself)
{
    yoke_server *server = open_server(2);
    struct order order = {0};
    yoke_task task = task_adding(&order);
    yoke_job *job = submit_adding(server, &task);
    const void *view = NULL, *again = NULL;
    size_t size = 0;
    cr_assert_eq(yoke_job_result_view(job, &view, &size), YOKE_OK);
    cr_assert_eq(size, NUMBERS * sizeof(int));
    cr_assert_eq((uintptr_t)view % _Alignof(max_align_t), 0);
    check_all(view, 1);
    cr_assert_eq(yoke_job_result_view(job, &again, NULL), YOKE_OK);
    cr_assert_eq(again, view, "and not a copy");
    yoke_server_release(server);
    check_all(view, 1);
    yoke_job_release(job);
}

static yoke_status fail(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    return yoke_context_fail(context, YOKE_JOB_FAILED, "out of luck");
}

Test(server_results, a_view_is_refused_as_a_result_is)
{
    yoke_server *server = open_server(1);
    yoke_job *empty = submit(server, nothing, NULL, 0, 0);
    yoke_job *failing = submit(server, fail, NULL, 0, sizeof(int));
    const void *untouched = &failing, *view = untouched;
    size_t size = 7;
    cr_assert_eq(yoke_job_result_view(failing, &view, &size), YOKE_JOB_FAILED);
    cr_assert_str_eq(yoke_last_error(), "out of luck");
    cr_assert_eq(yoke_job_result_view(NULL, &view, &size), YOKE_INVALID);
    cr_assert(view == untouched && size == 7);
    cr_assert_eq(yoke_job_result_view(empty, NULL, &size), YOKE_INVALID);
    cr_assert_eq(yoke_job_result_view(empty, &view, &size), YOKE_OK);
    cr_assert(view == NULL && size == 0);
    yoke_job_release(empty);
    yoke_job_release(failing);
    yoke_server_release(server);
}

/* A buffer without a size is none. */
Test(server_results, a_result_of_no_bytes_lies_nowhere)
{
    yoke_server *server = open_server(1);
    int unused;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    task.result = &unused;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    const void *view = &unused;
    cr_assert_eq(yoke_job_result_view(job, &view, NULL), YOKE_OK);
    cr_assert_null(view);
    yoke_job_release(job);
    yoke_server_release(server);
}
