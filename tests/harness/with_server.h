/* What the tests of the job server share. */
#ifndef TESTS_WITH_SERVER_H
#define TESTS_WITH_SERVER_H

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "yoke/server.h"
#include "yoke/statistics.h"

static inline yoke_server *open_server(unsigned workers)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    yoke_server *server = NULL;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    return server;
}

static inline void nap(long nanoseconds)
{
    nanosleep(&(struct timespec){0, nanoseconds}, NULL);
}

static inline yoke_job *submit(yoke_server *server, yoke_kernel kernel, const void *argument,
                               size_t argument_size, size_t result_size)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.argument = argument;
    task.argument_size = argument_size;
    task.result_size = result_size;
    yoke_job *job = NULL;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static inline yoke_server_statistics statistics_of(yoke_server *server)
{
    yoke_server_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_server_get_statistics(server, &now), YOKE_OK, "%s", yoke_last_error());
    return now;
}

/* Kernels that several tests use. */

static inline yoke_status nothing(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    return YOKE_OK;
}

static inline yoke_status twice(yoke_context *context, const void *argument, void *result)
{
    cr_assert_eq(yoke_context_argument_size(context), sizeof(int));
    cr_assert_eq(yoke_context_result_size(context), sizeof(int));
    *(int *)result = 2 * *(const int *)argument;
    return YOKE_OK;
}

static inline yoke_task task_twice(const int *value)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = twice;
    task.name = "twice";
    task.argument = value;
    task.argument_size = sizeof *value;
    task.result_size = sizeof *value;
    return task;
}

static inline void *submit_and_check(void *server)
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

/* A gate that jobs wait at. */
struct gate {
    atomic_int arrived, open;
};

static inline yoke_status wait_at_gate(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct gate *gate = *(struct gate *const *)argument;
    atomic_fetch_add(&gate->arrived, 1);
    while (!atomic_load(&gate->open))
        nap(100000);
    return YOKE_OK;
}

static inline yoke_job *submit_gate(yoke_server *server, struct gate *gate)
{
    return submit(server, wait_at_gate, &gate, sizeof gate, 0);
}

static inline void await_arrivals(struct gate *gate, int count)
{
    while (atomic_load(&gate->arrived) < count)
        nap(100000);
}

static inline yoke_status fibonacci(yoke_context *context, const void *argument, void *result)
{
    int n = *(const int *)argument;
    int *sum = result;
    *sum = n;
    if (n < 2)
        return YOKE_OK;
    yoke_server *server = yoke_context_server(context);
    yoke_job *jobs[2];
    for (int i = 0; i < 2; i++)
        jobs[i] = submit(server, fibonacci, &(int){n - 1 - i}, sizeof n, sizeof n);
    *sum = 0;
    for (int i = 0; i < 2; i++) {
        int part;
        cr_assert_eq(yoke_job_result(jobs[i], &part, sizeof part), YOKE_OK);
        yoke_job_release(jobs[i]);
        *sum += part;
    }
    return YOKE_OK;
}

#endif
