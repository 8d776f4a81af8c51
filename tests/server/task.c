/* What task.h offers besides addresses: results as inputs, memory to work in, one call for all. */
#include "yoke/task.h"
#include "with_server.h"
#include "yoke/group.h"

/* ---- yoke_run() ------------------------------------------------------------------------------ */

Test(server_task, running_is_submitting_and_waiting, .timeout = 20)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 1000; i++) {
        int result = 0;
        cr_assert_eq(yoke_run(server, &YOKE_TASK(twice, i, result), &result), YOKE_OK);
        cr_assert_eq(result, 2 * i);
    }
    cr_expect_eq(statistics_of(server).done, 1000);
    yoke_server_release(server);
}

Test(server_task, the_result_may_go_to_the_task_s_own_buffer_or_nowhere, .timeout = 20)
{
    yoke_server *server = open_server(1);
    int buffer = 0, copy = 0, value = 21;
    yoke_task task = YOKE_TASK(twice, value, buffer);
    cr_expect_eq(yoke_run(server, &task, NULL), YOKE_OK);
    task.result = &buffer;
    cr_expect_eq(yoke_run(server, &task, NULL), YOKE_OK);
    cr_expect_eq(buffer, 42);
    cr_expect_eq(yoke_run(server, &task, &copy), YOKE_OK);
    cr_expect_eq(copy, 42);
    yoke_server_release(server);
}

static yoke_status fail(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    *(int *)result = 7;
    return yoke_context_fail(context, YOKE_OVERFLOW, "too much");
}

Test(server_task, failures_are_answered, .timeout = 20)
{
    yoke_server *server = open_server(1);
    int result = 1;
    cr_expect_eq(yoke_run(server, &YOKE_TASK(fail, result, result), &result), YOKE_JOB_FAILED);
    cr_expect_str_eq(yoke_last_error(), "too much");
    cr_expect_eq(result, 1);
    cr_expect_eq(yoke_run(server, NULL, &result), YOKE_INVALID);
    cr_expect_eq(yoke_run(NULL, &YOKE_TASK(twice, result, result), &result), YOKE_INVALID);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    cr_expect_eq(yoke_run(server, &YOKE_TASK(twice, result, result), &result), YOKE_CLOSED);
    yoke_server_release(server);
}

static yoke_status run_itself(yoke_context *context, const void *argument, void *result)
{
    int n = *(const int *)argument, part = 0;
    if (n) {
        int less = n - 1;
        yoke_task task = YOKE_TASK(run_itself, less, part);
        yoke_status status = yoke_run(yoke_context_server(context), &task, &part);
        if (status != YOKE_OK)
            return status;
    }
    *(int *)result = n + part;
    return YOKE_OK;
}

static atomic_int runs;

static yoke_status run_after_itself(yoke_context *context, const void *argument, void *result)
{
    const void *written = &runs;
    (void)argument, (void)result;
    if (atomic_fetch_add(&runs, 1))
        return YOKE_OK;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = run_after_itself;
    task.writes = &written, task.write_count = 1;
    cr_assert_eq(yoke_run(yoke_context_server(context), &task, NULL), YOKE_DEADLOCK);
    return YOKE_OK;
}

Test(server_task, jobs_may_run_jobs, .timeout = 20)
{
    yoke_server *server = open_server(1);
    int n = 100, sum = 0;
    cr_expect_eq(yoke_run(server, &YOKE_TASK(run_itself, n, sum), &sum), YOKE_OK);
    cr_expect_eq(sum, 5050);
    const void *written = &runs;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = run_after_itself;
    task.writes = &written, task.write_count = 1;
    cr_expect_eq(yoke_run(server, &task, NULL), YOKE_OK);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    cr_expect_eq(runs, 1, "the job that could not be waited for was not cancelled");
    cr_expect_eq(statistics_of(server).cancelled, 1);
    yoke_server_release(server);
}

/* ---- inputs ---------------------------------------------------------------------------------- */

static yoke_status add_inputs(yoke_context *context, const void *argument, void *result)
{
    size_t size = 0;
    for (size_t i = 0; i < *(const size_t *)argument; i++) {
        const int *part = yoke_context_input(context, i, i ? &size : NULL);
        if (!part)
            return YOKE_SYSTEM;
        cr_assert(!i || size == sizeof *part);
        *(int *)result += *part;
    }
    return YOKE_OK;
}

static yoke_job *submit_sum(yoke_server *server, yoke_job *const *parts, size_t count)
{
    yoke_task task = YOKE_TASK(add_inputs, count, int);
    yoke_job *job = NULL;
    task.after = parts, task.after_count = count;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    for (size_t i = 0; i < count; i++)
        yoke_job_release(parts[i]);
    return job;
}

/* All handles but the root's are given back at once. */
static yoke_job *submit_tree(yoke_server *server, int lo, int hi)
{
    if (hi - lo == 1)
        return submit(server, twice, &lo, sizeof lo, sizeof lo);
    int middle = lo + (hi - lo) / 2;
    yoke_job *parts[] = {submit_tree(server, lo, middle), submit_tree(server, middle, hi)};
    return submit_sum(server, parts, 2);
}

Test(server_task, a_tree_needs_the_root_s_handle_alone, .timeout = 20)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        yoke_job *root = submit_tree(server, 0, 1000);
        int sum = 0;
        cr_expect_eq(yoke_job_result(root, &sum, sizeof sum), YOKE_OK, "%s", yoke_last_error());
        cr_expect_eq(sum, 999000);
        yoke_job_release(root);
        yoke_server_release(server);
    }
}

static yoke_status look_for_inputs(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    cr_assert_null(yoke_context_input(context, 0, NULL));
    cr_assert_str_eq(yoke_last_error(), "too much");
    size_t size = 1;
    cr_assert_null(yoke_context_input(context, 1, &size));
    cr_assert_eq(size, 0);
    cr_assert_null(yoke_context_input(context, 2, NULL));
    cr_assert(strstr(yoke_last_error(), "none with index 2"), "%s", yoke_last_error());
    return YOKE_OK;
}

Test(server_task, there_is_no_input_that_is_not_done_or_named, .timeout = 20)
{
    yoke_server *server = open_server(1);
    int x = 0;
    const void *address = &x;
    yoke_job *others[] = {submit(server, fail, NULL, 0, sizeof(int)),
                          submit(server, nothing, NULL, 0, 0)};
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = look_for_inputs;
    task.after = others, task.after_count = 2, task.after_failed = YOKE_AFTER_RUN;
    task.writes = &address, task.write_count = 1;
    for (int i = 0; i < 2; i++) /* the second comes after the first, which is no input */
        cr_expect_eq(yoke_run(server, &task, NULL), YOKE_OK, "%s", yoke_last_error());
    yoke_job_release(others[0]);
    yoke_job_release(others[1]);
    yoke_server_release(server);
}

/* ---- scratch --------------------------------------------------------------------------------- */

static unsigned char *find_scratch(yoke_context *context, size_t size)
{
    unsigned char *memory = yoke_context_scratch(context, size);
    cr_assert_not_null(memory, "%s", yoke_last_error());
    cr_assert_eq((uintptr_t)memory % 64, 0);
    return memory;
}

/* Its memory is its own, whatever runs on its thread meanwhile. */
static yoke_status scribble(yoke_context *context, const void *argument, void *result)
{
    int depth = *(const int *)argument;
    size_t size = 1000 + 3000 * (size_t)(depth % 3);
    unsigned char *memory = find_scratch(context, size);
    memset(memory, depth, size);
    if (depth) {
        int less = depth - 1;
        yoke_task task = YOKE_TASK(scribble, less, int);
        yoke_status status = yoke_run(yoke_context_server(context), &task, result);
        if (status != YOKE_OK)
            return status;
    }
    memory = find_scratch(context, 2 * size); /* which keeps what there was */
    for (size_t i = 0; i < size; i++)
        cr_assert_eq(memory[i], depth);
    memset(memory + size, 99, size);
    *(int *)result += 1;
    return YOKE_OK;
}

Test(server_task, scratch_is_the_kernel_s_own, .timeout = 20)
{
    yoke_server *server = open_server(2);
    yoke_job *jobs[40];
    for (int i = 0; i < 40; i++)
        jobs[i] = submit(server, scribble, &i, sizeof i, sizeof i);
    for (int i = 0; i < 40; i++) {
        int levels = 0;
        cr_expect_eq(yoke_job_result(jobs[i], &levels, sizeof levels), YOKE_OK);
        cr_expect_eq(levels, i + 1);
        yoke_job_release(jobs[i]);
    }
    yoke_server_release(server);
}

static yoke_status ask_address(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    *(void **)result = find_scratch(context, 100000);
    cr_assert_eq(yoke_context_scratch(context, 1), *(void **)result);
    cr_assert_null(yoke_context_scratch(context, SIZE_MAX));
    cr_assert(strstr(yoke_last_error(), "scratch"), "%s", yoke_last_error());
    return yoke_context_try(context) < 3 ? YOKE_SYSTEM : YOKE_OK;
}

Test(server_task, scratch_stays_with_its_worker, .timeout = 20)
{
    yoke_server *server = open_server(1);
    void *first = NULL, *next = NULL;
    yoke_task task = YOKE_TASK(ask_address, first, first);
    task.tries = 3;
    cr_expect_eq(yoke_run(server, &task, &first), YOKE_OK);
    for (int i = 0; i < 10; i++) {
        cr_expect_eq(yoke_run(server, &task, &next), YOKE_OK);
        cr_expect_eq(next, first);
    }
    yoke_server_release(server);
}

static yoke_status ask_in_a_task(yoke_context *context, const void *argument, void *result)
{
    atomic_int strangers = 0, *count = &strangers;
    unsigned char *own = find_scratch(context, 10);
    (void)argument;
#pragma omp taskgroup
    for (int i = 0; i < 200; i++) {
#pragma omp task firstprivate(context, own, count)
        {
            unsigned char *memory = yoke_context_scratch(context, 10);
            cr_assert(!memory || memory == own);
            if (!memory)
                atomic_fetch_add(count, 1);
            nap(10000);
        }
    }
    *(int *)result = strangers;
    return YOKE_OK;
}

Test(server_task, threads_that_help_have_no_part_in_it, .timeout = 20)
{
    yoke_server *server = open_server(2);
    int strangers = 0;
    cr_expect_eq(yoke_run(server, &YOKE_TASK(ask_in_a_task, strangers, strangers), &strangers),
                 YOKE_OK);
    cr_expect_gt(strangers, 0, "nobody has helped");
    yoke_server_release(server);
}
