/* Fork and join beside all else that a server does: jobs inside forks and forks inside jobs,
 * callbacks, waits, priorities, changes of workers, other servers. */
#include "random.h"
#include "with_forks.h"

TestSuite(server_forks_beside, .timeout = 60);

/* ---- jobs inside, and deques of their own ---------------------------------------------------- */

struct inner {
    yoke_forks *around;
    atomic_uint seen;
};

static yoke_status look_for_own_deque(yoke_context *context, const void *argument, void *result)
{
    struct inner *inner = POINTED(struct inner, argument);
    yoke_forks *forks = yoke_forks_here();
    (void)context, (void)result;
    cr_assert_neq(forks, inner->around);
    cr_assert_eq(forks, yoke_forks_here());
    cr_assert_eq(fib(forks, FIB_N - 4), 377);
    atomic_fetch_add(&inner->seen, 1);
    return YOKE_OK;
}

static yoke_status look_in_callback(yoke_job *job, void *context)
{
    struct inner *inner = context;
    yoke_forks *forks = yoke_forks_here();
    (void)job;
    cr_assert_neq(forks, inner->around);
    cr_assert_eq(fib(forks, FIB_N - 4), 377);
    atomic_fetch_add(&inner->seen, 1);
    return YOKE_OK;
}

static void run_inner(yoke_server *server, struct inner *inner)
{
    yoke_task task = YOKE_TASK_INIT;
    yoke_job *job;
    task.kernel = look_for_own_deque;
    task.argument = &inner;
    task.argument_size = sizeof inner;
    task.callback = look_in_callback;
    task.callback_context = inner;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    expect_done(job);
}

static yoke_status fork_around_job(yoke_context *context, const void *argument, void *result)
{
    struct inner *inner = POINTED(struct inner, argument);
    struct call call = {FIB_N, 0};
    yoke_frame frame;
    (void)result;
    inner->around = yoke_forks_here();
    yoke_fork(inner->around, &frame, fib_call, &call);
    run_inner(yoke_context_server(context), inner);
    cr_assert_eq(inner->around, yoke_forks_here());
    cr_assert_eq(yoke_join_call(inner->around, &frame, fib_call, &call), YOKE_OK);
    cr_assert_eq(call.result, FIB);
    return YOKE_OK;
}

Test(server_forks_beside, a_job_and_a_callback_inside_have_deques_of_their_own)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 100; i++) {
            struct inner inner = {NULL, 0};
            expect_done(submit_with(server, fork_around_job, &inner));
            cr_assert_eq(atomic_load(&inner.seen), 2);
        }
        yoke_server_release(server);
    }
}

static yoke_status submit_and_wait(yoke_forks *forks, void *argument)
{
    (void)forks;
    expect_fib(submit_fib(argument, FIB_N));
    return YOKE_OK;
}

static yoke_status fork_waits(yoke_context *context, const void *argument, void *result)
{
    enum { WAITS = 8 };
    yoke_frame frame[WAITS];
    yoke_forks *forks = yoke_forks_here();
    (void)context, (void)result;
    for (int i = 0; i < WAITS; i++)
        yoke_fork(forks, &frame[i], submit_and_wait, POINTED(void, argument));
    for (int i = WAITS; i--;)
        cr_assert_eq(yoke_join(forks, &frame[i]), YOKE_OK, "%s", yoke_last_error());
    return YOKE_OK;
}

Test(server_forks_beside, a_forked_function_may_submit_and_wait)
{
    for (unsigned workers = 1; workers <= 4; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 20; i++)
            expect_done(submit_with(server, fork_waits, server));
        yoke_server_release(server);
    }
}

Test(server_forks_beside, a_forked_function_may_wait_for_a_job_of_another_server)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *servers[2] = {open_server(workers), open_server(4 - workers)};
        for (int i = 0; i < 20; i++) {
            yoke_job *there = submit_with(servers[0], fork_waits, servers[1]);
            yoke_job *back = submit_with(servers[1], fork_waits, servers[0]);
            expect_done(there);
            expect_done(back);
        }
        yoke_server_release(servers[0]);
        yoke_server_release(servers[1]);
    }
}

/* ---- waiting for one's own job --------------------------------------------------------------- */

struct own {
    yoke_job *_Atomic job;
    atomic_bool begun;
};

static yoke_status wait_for_own(yoke_forks *forks, void *argument)
{
    struct own *own = argument;
    (void)forks;
    atomic_store(&own->begun, true);
    cr_assert_eq(yoke_job_wait(atomic_load(&own->job), YOKE_FOREVER), YOKE_DEADLOCK);
    return YOKE_OK;
}

static yoke_status have_own_waited_for(yoke_context *context, const void *argument, void *result)
{
    struct own *own = POINTED(struct own, argument);
    yoke_forks *forks = yoke_forks_here();
    yoke_frame frame;
    (void)context, (void)result;
    while (!atomic_load(&own->job))
        nap(10000);
    yoke_fork(forks, &frame, wait_for_own, own);
    fork_until(forks, &own->begun);
    return yoke_join(forks, &frame);
}

Test(server_forks_beside, a_frame_that_was_taken_cannot_wait_for_its_own_job)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 20; i++) {
        struct own own = {NULL, false};
        yoke_job *job = submit_with(server, have_own_waited_for, &own);
        atomic_store(&own.job, job);
        expect_done(job);
    }
    yoke_server_release(server);
}

/* ---- a thread that joins and has nothing to help with ---------------------------------------- */

struct held {
    atomic_bool taken, go;
};

static yoke_status hold_on(yoke_forks *forks, void *argument)
{
    struct held *held = argument;
    (void)forks;
    atomic_store(&held->taken, true);
    while (!atomic_load(&held->go))
        nap(100000);
    return YOKE_OK;
}

static yoke_status join_held(yoke_context *context, const void *argument, void *result)
{
    struct held *held = POINTED(struct held, argument);
    yoke_forks *forks = yoke_forks_here();
    yoke_frame frame;
    (void)context, (void)result;
    yoke_fork(forks, &frame, hold_on, held);
    fork_until(forks, &held->taken);
    return yoke_join(forks, &frame);
}

static yoke_status let_go(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    atomic_store(&POINTED(struct held, argument)->go, true);
    return YOKE_OK;
}

/* Both workers are taken: one holds on to the frame, and one joins it. */
Test(server_forks_beside, while_a_join_sleeps_a_stand_in_runs_jobs)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 50; i++) {
        struct held held = {false, false};
        yoke_job *job = submit_with(server, join_held, &held);
        while (!atomic_load(&held.taken))
            nap(10000);
        expect_done(submit_with(server, let_go, &held));
        expect_done(job);
    }
    yoke_server_release(server);
}

/* ---- calls for help -------------------------------------------------------------------------- */

static yoke_status note_taken(yoke_forks *forks, void *argument)
{
    (void)forks;
    atomic_store((atomic_bool *)argument, true);
    return YOKE_OK;
}

/* Between two frames a thief has nothing to do for about as long as it looks for something. */
static yoke_status have_all_taken(yoke_context *context, const void *argument, void *result)
{
    yoke_forks *forks = yoke_forks_here();
    uint64_t random = 1;
    (void)context, (void)argument, (void)result;
    for (int i = 0; i < 20000; i++) {
        yoke_frame frame;
        atomic_bool taken = false;
        yoke_fork(forks, &frame, note_taken, &taken);
        fork_until(forks, &taken);
        cr_assert_eq(yoke_join(forks, &frame), YOKE_OK);
        for (volatile uint64_t turns = random_below(&random, 60000); turns; turns--)
            ;
    }
    return YOKE_OK;
}

Test(server_forks_beside, no_call_for_help_is_lost)
{
    for (unsigned workers = 2; workers <= 4; workers++) {
        yoke_server *server = open_server(workers);
        expect_done(submit_with(server, have_all_taken, NULL));
        yoke_server_release(server);
    }
}

/* ---- priorities and workers that come and go ------------------------------------------------- */

Test(server_forks_beside, urgent_jobs_come_in_between)
{
    enum { JOBS = 200 };
    static yoke_job *jobs[JOBS];
    yoke_server *server = open_server(3);
    for (int i = 0; i < JOBS; i++) {
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = fib_kernel;
        task.argument = &(int){FIB_N};
        task.argument_size = sizeof(int);
        task.result_size = sizeof(long);
        task.priority = i % 7 - 3;
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK);
        if (i % 5 == 0)
            nap(100000);
    }
    for (int i = 0; i < JOBS; i++)
        expect_fib(jobs[i]);
    yoke_server_release(server);
}

Test(server_forks_beside, while_the_server_grows_and_shrinks)
{
    enum { JOBS = 100 };
    yoke_job *jobs[JOBS];
    yoke_server *server = open_server(4);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = submit_fib(server, FIB_N);
        cr_assert_eq(yoke_server_resize(server, 1 + (unsigned)i % 6), YOKE_OK);
    }
    for (int i = 0; i < JOBS; i++)
        expect_fib(jobs[i]);
    yoke_server_release(server);
}

/* Its first forks are on the only worker there is. */
static yoke_status fork_growing(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    yoke_forks *forks = yoke_forks_here();
    cr_assert_eq(fib(forks, FIB_N), FIB);
    cr_assert_eq(yoke_server_resize(yoke_context_server(context), 2), YOKE_OK);
    yoke_frame frame;
    atomic_bool taken = false;
    yoke_fork(forks, &frame, note_taken, &taken);
    fork_until(forks, &taken);
    return yoke_join(forks, &frame);
}

Test(server_forks_beside, a_kernel_that_forked_alone_has_help_when_the_server_has_grown)
{
    yoke_server *server = open_server(1);
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(yoke_server_resize(server, 1), YOKE_OK);
        expect_done(submit_with(server, fork_growing, NULL));
    }
    yoke_server_release(server);
}

/* All but the thread that joins are sent away, with what they have taken. */
static yoke_status shrink(yoke_forks *forks, void *argument)
{
    cr_assert_eq(yoke_server_resize(argument, 1), YOKE_OK);
    cr_assert_eq(fib(forks, FIB_N), FIB);
    cr_assert_eq(yoke_server_resize(argument, 4), YOKE_OK);
    return YOKE_OK;
}

static yoke_status fork_shrinking(yoke_context *context, const void *argument, void *result)
{
    enum { FRAMES = 10 };
    yoke_frame frame[FRAMES];
    yoke_forks *forks = yoke_forks_here();
    (void)argument, (void)result;
    for (int i = 0; i < FRAMES; i++)
        yoke_fork(forks, &frame[i], shrink, yoke_context_server(context));
    for (int i = FRAMES; i--;)
        cr_assert_eq(yoke_join(forks, &frame[i]), YOKE_OK);
    return YOKE_OK;
}

Test(server_forks_beside, what_was_taken_is_done_though_the_worker_is_to_go)
{
    yoke_server *server = open_server(4);
    for (int i = 0; i < 20; i++)
        expect_done(submit_with(server, fork_shrinking, NULL));
    yoke_server_release(server);
}
