/* What the tests of forks share. */
#ifndef TESTS_WITH_FORKS_H
#define TESTS_WITH_FORKS_H

#include <sched.h>

#include "with_server.h"
#include "yoke/fork.h"

struct call {
    int n;
    long result;
};

static inline long fib(yoke_forks *forks, int n);

static inline yoke_status fib_call(yoke_forks *forks, void *argument)
{
    struct call *call = argument;
    call->result = fib(forks, call->n);
    return YOKE_OK;
}

static inline long fib(yoke_forks *forks, int n)
{
    if (n < 2)
        return n;
    struct call one = {n - 1, 0};
    yoke_frame frame;
    yoke_fork(forks, &frame, fib_call, &one);
    long two = fib(forks, n - 2);
    cr_assert_eq(yoke_join(forks, &frame), YOKE_OK, "%s", yoke_last_error());
    return one.result + two;
}

enum { FIB_N = 18, FIB = 2584 };

static inline yoke_status fib_kernel(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    *(long *)result = fib(yoke_forks_here(), *(const int *)argument);
    return YOKE_OK;
}

static inline yoke_job *submit_fib(yoke_server *server, int n)
{
    return submit(server, fib_kernel, &n, sizeof n, sizeof(long));
}

static inline void expect_fib(yoke_job *job)
{
    long result = 0;
    cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(result, FIB);
    yoke_job_release(job);
}

/* A kernel that is given a pointer, and what it does there. */
static inline yoke_job *submit_with(yoke_server *server, yoke_kernel kernel, const void *pointer)
{
    return submit(server, kernel, &pointer, sizeof pointer, 0);
}

#define POINTED(type, argument) (*(type *const *)(argument))

static inline void expect_done(yoke_job *job)
{
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK, "%s", yoke_last_error());
    yoke_job_release(job);
}

static inline yoke_status do_nothing(yoke_forks *forks, void *argument)
{
    (void)forks, (void)argument;
    return YOKE_OK;
}

/* Goes on forking until another thread has set the flag: one that has taken a frame, for which this
 * one has to look up now and then. */
static inline void fork_until(yoke_forks *forks, atomic_bool *flag)
{
    while (!atomic_load(flag)) {
        yoke_frame frame;
        yoke_fork(forks, &frame, do_nothing, NULL);
        (void)yoke_join(forks, &frame); /* cancelled, in some tests */
        sched_yield();
    }
}

#endif
