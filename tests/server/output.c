/* What jobs print, and how far they are. */
#include "with_server.h"

static yoke_status print_twice(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    cr_assert_eq(yoke_context_print(context, "try %u: ", yoke_context_try(context)), YOKE_OK);
    cr_assert_eq(yoke_context_print(context, "%d\n", *(const int *)argument), YOKE_OK);
    return *(const int *)argument < 0 ? YOKE_OVERFLOW : YOKE_OK;
}

Test(server_output, it_comes_with_the_result, .timeout = 20)
{
    yoke_server *server = open_server(2);
    const int values[] = {5, -1};
    const char *texts[] = {"try 1: 5\n", "try 1: -1\ntry 2: -1\n"};
    for (int i = 0; i < 2; i++) {
        yoke_task task = task_twice(&values[i]);
        task.kernel = print_twice;
        task.result_size = 0;
        task.tries = 2;
        yoke_job *job;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
        cr_assert_str_eq(yoke_job_output(job), texts[i]);
        yoke_job_release(job);
    }
    yoke_job *quiet = submit(server, nothing, NULL, 0, 0);
    cr_assert_eq(yoke_job_wait(quiet, YOKE_FOREVER), YOKE_OK);
    cr_assert_str_eq(yoke_job_output(quiet), "");
    cr_assert_str_eq(yoke_job_output(NULL), "");
    yoke_job_release(quiet);
    yoke_server_release(server);
}

static yoke_status print_for_ever(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    yoke_status status;
    while ((status = yoke_context_print(context, "%0999d", 7)) == YOKE_OK)
        ;
    cr_assert_eq(status, YOKE_OVERFLOW);
    cr_assert_eq(yoke_context_print(context, "x"), YOKE_OVERFLOW, "from then on");
    return YOKE_OK;
}

Test(server_output, it_is_bounded, .timeout = 20)
{
    yoke_server *server = open_server(1);
    yoke_job *job = submit(server, print_for_ever, NULL, 0, 0);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
    const char *note = "\n[more was printed, and dropped]\n";
    size_t length = strlen(yoke_job_output(job));
    cr_assert_eq(length, (1 << 20) + strlen(note));
    cr_assert_str_eq(yoke_job_output(job) + (1 << 20), note);
    yoke_job_release(job);
    yoke_server_release(server);
}

static yoke_status print_in_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    for (int i = 0; i < 200; i++) {
#pragma omp task
        yoke_context_print(context, "<%03d>", i);
    }
    return YOKE_OK;
}

Test(server_output, tasks_print_in_whole_pieces, .timeout = 20)
{
    yoke_server *server = open_server(3);
    yoke_job *job = submit(server, print_in_tasks, NULL, 0, 0);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
    const char *output = yoke_job_output(job);
    cr_assert_eq(strlen(output), 1000);
    bool seen[200] = {false};
    for (int i = 0, number; i < 200; i++) {
        cr_assert_eq(sscanf(output + 5 * i, "<%d>", &number), 1);
        cr_assert(!seen[number]);
        seen[number] = true;
    }
    yoke_job_release(job);
    yoke_server_release(server);
}

static yoke_status advance(yoke_context *context, const void *argument, void *result)
{
    yoke_context_progress(context, 3, 8);
    wait_at_gate(context, argument, result);
    yoke_context_progress(context, 8, 8);
    return YOKE_OK;
}

Test(server_output, others_see_the_progress, .timeout = 20)
{
    yoke_server *server = open_server(1);
    struct gate gate = {0}, *pointer = &gate;
    yoke_job *job = submit(server, advance, &pointer, sizeof pointer, 0);
    yoke_job *later = submit(server, nothing, NULL, 0, 0);
    await_arrivals(&gate, 1);
    uint64_t done = 9, total = 9;
    yoke_job_progress(later, &done, &total);
    cr_assert_eq(done + total, 0);
    yoke_job_progress(job, &done, &total);
    cr_assert_eq(done, 3);
    cr_assert_eq(total, 8);
    cr_assert_str_eq(yoke_job_output(job), "");
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
    yoke_job_progress(job, &done, NULL);
    cr_assert_eq(done, 8);
    yoke_job_release(later);
    yoke_job_release(job);
    yoke_server_release(server);
}
