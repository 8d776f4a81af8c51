/* Fork and join: how failures, cancels and limits come to all that is forked, and what is said of
 * frames that are not joined as they should be. */
#include "with_forks.h"

TestSuite(server_forks_ends, .timeout = 60);

static bool says(const char *what)
{
    return strstr(yoke_last_error(), what);
}

/* ---- failures -------------------------------------------------------------------------------- */

struct failing {
    atomic_bool begun;
    bool by_thief;
    unsigned number;
};

static yoke_status fail(yoke_forks *forks, void *argument)
{
    struct failing *failing = argument;
    (void)forks;
    atomic_store(&failing->begun, true);
    return yoke_error_set(YOKE_SYSTEM, "frame %u fails", failing->number);
}

static yoke_status join_failing(yoke_context *context, const void *argument, void *result)
{
    struct failing *failing = POINTED(struct failing, argument);
    yoke_forks *forks = yoke_forks_here();
    yoke_frame frame;
    (void)context, (void)result;
    yoke_fork(forks, &frame, fail, failing);
    if (failing->by_thief)
        fork_until(forks, &failing->begun);
    cr_assert_eq(yoke_error_set(YOKE_OVERFLOW, "something else"), YOKE_OVERFLOW);
    return yoke_join(forks, &frame);
}

static void expect_failed(yoke_job *job, yoke_status status, const char *what)
{
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_job_status(job), status);
    cr_assert_not_null(strstr(yoke_job_message(job), what), "%s", yoke_job_message(job));
    yoke_job_release(job);
}

Test(server_forks_ends, a_failure_comes_out_of_the_join_with_its_message)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (unsigned i = 0; i < 100; i++) {
            char message[32];
            struct failing failing = {.by_thief = workers > 1, .number = i};
            snprintf(message, sizeof message, "frame %u fails", i);
            expect_failed(submit_with(server, join_failing, &failing), YOKE_SYSTEM, message);
        }
        yoke_server_release(server);
    }
}

/* The older one first: its join calls the newer one. */
static void expect_own_messages(yoke_forks *forks)
{
    struct failing failing[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    yoke_frame frame[3];
    for (int i = 0; i < 3; i++)
        yoke_fork(forks, &frame[i], fail, &failing[i]);
    cr_assert_eq(yoke_join(forks, &frame[1]), YOKE_SYSTEM);
    cr_assert(says("frame 1 fails"), "%s", yoke_last_error());
    cr_assert_eq(yoke_join(forks, &frame[2]), YOKE_SYSTEM);
    cr_assert(says("frame 2 fails"), "%s", yoke_last_error());
    cr_assert_eq(yoke_join(forks, &frame[0]), YOKE_SYSTEM);
    cr_assert(says("frame 0 fails"), "%s", yoke_last_error());
}

static yoke_status expect_own_messages_here(yoke_context *context, const void *argument,
                                            void *result)
{
    (void)context, (void)argument, (void)result;
    expect_own_messages(yoke_forks_here());
    return YOKE_OK;
}

Test(server_forks_ends, each_join_has_the_message_of_its_own_frame)
{
    expect_own_messages(yoke_forks_here());
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 100; i++)
            expect_done(submit_with(server, expect_own_messages_here, NULL));
        yoke_server_release(server);
    }
}

/* ---- cancels and limits ---------------------------------------------------------------------- */

struct cancelled {
    yoke_context *context;
    bool by_context;
    bool limited; /* in time, which may be over before a thread has taken anything */
    atomic_bool begun, go;
    atomic_uint called, left; /* of the frames that come after the end */
};

static yoke_status loop_until_cancelled(yoke_forks *forks, void *argument)
{
    struct cancelled *cancelled = argument;
    atomic_store(&cancelled->begun, true);
    while (cancelled->by_context ? !yoke_context_cancelled(cancelled->context)
                                 : !yoke_forks_cancelled(forks))
        nap(10000);
    return YOKE_OK;
}

static yoke_status count_called(yoke_forks *forks, void *argument)
{
    (void)forks;
    atomic_fetch_add((atomic_uint *)argument, 1);
    nap(10000);
    return YOKE_OK;
}

/* Those that are taken after the end are not called, and their join says so. */
static void fork_after_end(yoke_forks *forks, struct cancelled *cancelled)
{
    enum { FRAMES = 100 };
    yoke_frame frame[FRAMES];
    for (int i = 0; i < FRAMES; i++)
        yoke_fork(forks, &frame[i], count_called, &cancelled->called);
    for (int i = FRAMES; i--;) {
        yoke_status status = yoke_join(forks, &frame[i]);
        cr_assert(status == YOKE_OK || status == YOKE_CANCELLED);
        cr_assert(status == YOKE_OK || says("end early"), "%s", yoke_last_error());
        atomic_fetch_add(&cancelled->left, status == YOKE_CANCELLED);
    }
    cr_assert_eq(atomic_load(&cancelled->called) + atomic_load(&cancelled->left), FRAMES);
}

static yoke_status fork_until_cancelled(yoke_context *context, const void *argument, void *result)
{
    struct cancelled *cancelled = POINTED(struct cancelled, argument);
    yoke_forks *forks = yoke_forks_here();
    yoke_frame frame;
    (void)result;
    cancelled->context = context;
    cr_assert_not(yoke_forks_cancelled(forks));
    yoke_fork(forks, &frame, loop_until_cancelled, cancelled);
    if (!cancelled->limited)
        fork_until(forks, &cancelled->begun);
    atomic_store(&cancelled->go, true);
    yoke_status status = yoke_join(forks, &frame);
    cr_assert(status == YOKE_OK || (cancelled->limited && status == YOKE_CANCELLED));
    cr_assert(yoke_forks_cancelled(forks));
    fork_after_end(forks, cancelled);
    return YOKE_CANCELLED;
}

Test(server_forks_ends, a_cancel_reaches_what_others_have_taken)
{
    yoke_server *server = open_server(3);
    for (int i = 0; i < 40; i++) {
        struct cancelled cancelled = {.by_context = i % 2};
        yoke_job *job = submit_with(server, fork_until_cancelled, &cancelled);
        while (!atomic_load(&cancelled.go))
            nap(10000);
        cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_CANCELLED);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

Test(server_forks_ends, a_time_limit_reaches_what_others_have_taken)
{
    yoke_server *server = open_server(3);
    for (int i = 0; i < 20; i++) {
        struct cancelled cancelled = {.by_context = i % 2, .limited = true}, *pointer = &cancelled;
        yoke_task task = YOKE_TASK_INIT;
        yoke_job *job;
        task.kernel = fork_until_cancelled;
        task.argument = &pointer;
        task.argument_size = sizeof pointer;
        task.time_limit = 2000000;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        yoke_status status = yoke_job_result(job, NULL, 0);
        cr_assert(status == YOKE_TIMED_OUT, "%d", status);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

Test(server_forks_ends, a_close_reaches_what_others_have_taken)
{
    for (int i = 0; i < 20; i++) {
        yoke_server *server = open_server(3);
        struct cancelled cancelled = {.by_context = i % 2};
        yoke_job *job = submit_with(server, fork_until_cancelled, &cancelled);
        while (!atomic_load(&cancelled.go))
            nap(10000);
        cr_assert_eq(yoke_server_close(server), YOKE_OK);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_CANCELLED);
        yoke_job_release(job);
        yoke_server_release(server);
    }
}

/* ---- misuse ---------------------------------------------------------------------------------- */

static yoke_status join_here(yoke_forks *forks, void *argument)
{
    yoke_status status = yoke_join(forks, argument);
    cr_assert_eq(status, YOKE_INVALID);
    cr_assert(says("not forked here"), "%s", yoke_last_error());
    return status;
}

static void join_wrongly(yoke_forks *forks)
{
    yoke_frame never = {0}, twice, early, late;
    struct call call = {3, 0};
    join_here(forks, &never);
    yoke_fork(forks, &twice, fib_call, &call);
    cr_assert_eq(yoke_join(forks, &twice), YOKE_OK);
    join_here(forks, &twice);
    yoke_fork(forks, &early, do_nothing, NULL);
    yoke_fork(forks, &late, fib_call, &call);
    cr_assert_eq(yoke_join(forks, &early), YOKE_OK);
    cr_assert_eq(yoke_join_call(forks, &late, fib_call, &call), YOKE_OK);
    join_here(forks, &late);
    join_here(forks, &early);
}

static yoke_status join_wrongly_here(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    join_wrongly(yoke_forks_here());
    return YOKE_OK;
}

Test(server_forks_ends, a_frame_is_joined_once_and_only_if_it_is_forked)
{
    join_wrongly(yoke_forks_here());
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 50; i++)
            expect_done(submit_with(server, join_wrongly_here, NULL));
        yoke_server_release(server);
    }
}

struct foreign {
    atomic_bool begun;
    yoke_frame frame;
};

static yoke_status join_foreign(yoke_forks *forks, void *argument)
{
    struct foreign *foreign = argument;
    yoke_status status = join_here(forks, &foreign->frame);
    atomic_store(&foreign->begun, true);
    return status;
}

static yoke_status have_it_joined_elsewhere(yoke_context *context, const void *argument,
                                            void *result)
{
    (void)context, (void)argument, (void)result;
    struct foreign foreign = {0};
    yoke_forks *forks = yoke_forks_here();
    yoke_frame thief;
    yoke_fork(forks, &thief, join_foreign, &foreign);
    yoke_fork(forks, &foreign.frame, do_nothing, NULL);
    fork_until(forks, &foreign.begun);
    cr_assert_eq(yoke_join(forks, &foreign.frame), YOKE_OK);
    cr_assert_eq(yoke_join(forks, &thief), YOKE_INVALID);
    return YOKE_OK;
}

Test(server_forks_ends, a_frame_is_joined_where_it_was_forked)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 50; i++)
        expect_done(submit_with(server, have_it_joined_elsewhere, NULL));
    yoke_server_release(server);
}

/* What nobody joins has to lie where it stays: others may be at it. */
static struct {
    yoke_frame frame[10];
    atomic_uint calls;
    atomic_bool taken;
} forgotten;

static yoke_status forget(yoke_forks *forks, void *argument)
{
    (void)argument;
    atomic_store(&forgotten.taken, true);
    for (int i = 0; i < 10; i++)
        yoke_fork(forks, &forgotten.frame[i], count_called, &forgotten.calls);
    return YOKE_OK;
}

static yoke_status forget_in_kernel(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    return forget(yoke_forks_here(), POINTED(void, argument));
}

static yoke_status forget_in_thief(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    yoke_forks *forks = yoke_forks_here();
    yoke_frame frame;
    atomic_store(&forgotten.taken, false);
    yoke_fork(forks, &frame, forget, NULL);
    fork_until(forks, &forgotten.taken);
    return yoke_join(forks, &frame);
}

Test(server_forks_ends, a_kernel_that_has_not_joined_all_fails)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 50; i++) {
            expect_failed(submit_with(server, forget_in_kernel, NULL), YOKE_INVALID, "joined all");
            cr_assert_leq(atomic_exchange(&forgotten.calls, 0), 10);
            expect_fib(submit_fib(server, FIB_N)); /* and nothing is left of it */
        }
        yoke_server_release(server);
    }
}

Test(server_forks_ends, a_function_that_was_taken_and_has_not_joined_all_fails)
{
    for (unsigned workers = 2; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 50; i++) {
            expect_failed(submit_with(server, forget_in_thief, NULL), YOKE_INVALID, "joined all");
            cr_assert_leq(atomic_exchange(&forgotten.calls, 0), 10);
            expect_fib(submit_fib(server, FIB_N));
        }
        yoke_server_release(server);
    }
}
