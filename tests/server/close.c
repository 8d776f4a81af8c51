/* The end of a server, bad input, and forks. */
#include <pthread.h>
#include <sys/wait.h>

#include "with_server.h"

/* ---- closing --------------------------------------------------------------------------------- */

static atomic_int cancelled_callbacks;

static yoke_status count_cancelled(yoke_job *job, void *server)
{
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_CANCELLED);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_CANCELLED);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_CLOSED);
    cr_assert_eq(yoke_server_close(server), YOKE_DEADLOCK);
    atomic_fetch_add(&cancelled_callbacks, 1);
    return YOKE_OK;
}

struct waiter {
    pthread_t thread;
    yoke_job *job;
    yoke_status status;
};

static void *wait_for_job(void *argument)
{
    struct waiter *waiter = argument;
    waiter->status = yoke_job_result(waiter->job, NULL, 0);
    return NULL;
}

static void *wait_for_server(void *server)
{
    return (void *)(uintptr_t)yoke_server_wait(server, YOKE_FOREVER);
}

static void *close_server(void *server)
{
    return (void *)(uintptr_t)yoke_server_close(server);
}

static void *open_gate(void *gate)
{
    nap(30000000);
    atomic_store(&((struct gate *)gate)->open, 1);
    return NULL;
}

Test(server_close, close_cancels_what_is_queued_and_wakes_everyone, .timeout = 30)
{
    enum { WAITERS = 1000 };
    yoke_server *server = open_server(1);
    struct gate gate = {0};
    yoke_job *running = submit_gate(server, &gate);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    task.callback = count_cancelled;
    task.callback_context = server;
    static struct waiter waiters[WAITERS];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 << 10);
    for (int i = 0; i < WAITERS; i++) {
        cr_assert_eq(yoke_submit(server, &task, &waiters[i].job), YOKE_OK);
        cr_assert_eq(pthread_create(&waiters[i].thread, &small, wait_for_job, &waiters[i]), 0);
    }
    pthread_t all, second, opener;
    pthread_create(&all, NULL, wait_for_server, server);
    await_arrivals(&gate, 1);
    pthread_create(&opener, NULL, open_gate, &gate);
    pthread_create(&second, NULL, close_server, server);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    void *status;
    pthread_join(second, &status);
    cr_assert_eq((uintptr_t)status, YOKE_OK);
    pthread_join(all, &status);
    cr_assert_eq((uintptr_t)status, YOKE_OK);
    pthread_join(opener, NULL);
    for (int i = 0; i < WAITERS; i++) {
        pthread_join(waiters[i].thread, NULL);
        cr_assert_eq(waiters[i].status, YOKE_CANCELLED);
        cr_assert_eq(yoke_job_status(waiters[i].job), YOKE_CANCELLED);
        cr_assert_str_eq(yoke_job_message(waiters[i].job),
                         "the server was closed before the job started");
        yoke_job_release(waiters[i].job);
    }
    cr_assert_eq(yoke_job_state(running), YOKE_STATE_DONE, "running jobs run to their end");
    yoke_job_release(running);
    cr_assert_eq(atomic_load(&cancelled_callbacks), WAITERS);

    yoke_server_statistics now = statistics_of(server);
    cr_assert(now.done == 1 && now.cancelled == WAITERS && now.workers == 0 && !now.running);
    task.callback = NULL;
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_CLOSED);
    cr_assert_eq(yoke_server_resize(server, 2), YOKE_CLOSED);
    cr_assert_eq(yoke_server_workers(server), 0);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    yoke_server_release(server);
}

static yoke_status close_inside(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    yoke_server *server = yoke_context_server(context);
    cr_assert_eq(yoke_server_close(server), YOKE_DEADLOCK);
    cr_assert_eq(yoke_server_wait(server, 0), YOKE_DEADLOCK);
    yoke_server_release(server); /* a warning in the log, nothing else */
    yoke_server *inner;
    cr_assert_eq(yoke_server_open(NULL, &inner), YOKE_DEADLOCK);
    return YOKE_OK;
}

/* The thread that submits lends its core to a worker, which may come to it only when the workers of
 * the team that the resize has brought are gone. */
Test(server_close, close_right_after_a_worker_was_called, .timeout = 60)
{
    for (int i = 0; i < 100; i++) {
        yoke_server *server = open_server(1);
        cr_assert_eq(yoke_server_resize(server, 6), YOKE_OK);
        cr_assert_eq(yoke_server_resize(server, 2), YOKE_OK);
        for (int j = 0; j < 3; j++) {
            yoke_job *job = submit(server, nothing, NULL, 0, 0);
            cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
            yoke_job_release(job);
            nap(200000);
        }
        yoke_job *last = submit(server, nothing, NULL, 0, 0);
        cr_assert_eq(yoke_server_close(server), YOKE_OK);
        cr_assert_neq(yoke_job_state(last), YOKE_STATE_QUEUED);
        yoke_job_release(last);
        yoke_server_release(server);
    }
}

Test(server_close, a_job_cannot_close_its_server, .timeout = 20)
{
    yoke_server *server = open_server(2);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = close_inside;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
    yoke_job_release(job);
    submit_and_check(server);
    yoke_server_release(server);
}

/* ---- bad input ------------------------------------------------------------------------------- */

Test(server_close, open_refuses_what_it_cannot_do, .timeout = 20)
{
    yoke_server *server = NULL;
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    cr_assert_eq(yoke_server_open(NULL, NULL), YOKE_INVALID);
    options.size = 1;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_INVALID);
    options.size = sizeof options;
    options.workers = YOKE_WORKERS_MAX + 1;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_INVALID);
    cr_assert_null(server);
    cr_assert(yoke_last_error()[0]);
}

Test(server_close, submit_refuses_bad_tasks, .timeout = 20)
{
    yoke_server *server = open_server(1);
    const int value = 1;
    const yoke_task good = task_twice(&value);
    yoke_job *const none = (yoke_job *)&value;
    yoke_job *job = none;
    yoke_task task = good;
    cr_assert_eq(yoke_submit(NULL, &task, &job), YOKE_INVALID);
    cr_assert_eq(yoke_submit(server, NULL, &job), YOKE_INVALID);
    task.size--;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    task = good, task.kernel = NULL;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    task = good, task.argument = NULL;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 64, SIZE_MAX / 2, PTRDIFF_MAX};
    for (int i = 0; i < 4; i++) {
        task = good, task.result_size = sizes[i];
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_NO_MEMORY);
        task = good, task.argument_size = sizes[i];
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_NO_MEMORY);
        task.result_size = sizes[i];
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_NO_MEMORY);
    }
    cr_assert_eq(job, none, "untouched by failures");
    yoke_server_statistics now = statistics_of(server);
    cr_assert_eq(now.submitted, 0);
    yoke_server_release(server);
}

Test(server_close, null_and_wrong_sizes_are_refused, .timeout = 20)
{
    yoke_server *server = open_server(1);
    int value = 1, result = 0;
    yoke_task task = task_twice(&value);
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, &result, 1), YOKE_SIZE_MISMATCH);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_SIZE_MISMATCH);
    cr_assert_eq(yoke_job_result(job, NULL, sizeof result), YOKE_INVALID);
    cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK);
    cr_assert_eq(yoke_job_result(NULL, &result, sizeof result), YOKE_INVALID);
    cr_assert_eq(yoke_job_wait(NULL, 0), YOKE_INVALID);
    yoke_job_release(job);
    yoke_job_release(NULL);

    yoke_server_statistics now = {0};
    cr_assert_eq(yoke_server_get_statistics(server, &now), YOKE_INVALID);
    cr_assert_eq(yoke_server_get_statistics(server, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_server_get_statistics(NULL, &now), YOKE_INVALID);
    cr_assert_eq(yoke_server_print_statistics(NULL, stdout), YOKE_INVALID);
    cr_assert_eq(yoke_server_print_statistics(server, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_server_wait(NULL, 0), YOKE_INVALID);
    cr_assert_eq(yoke_server_close(NULL), YOKE_INVALID);
    cr_assert_eq(yoke_server_resize(NULL, 1), YOKE_INVALID);
    cr_assert_eq(yoke_server_resize(server, 0), YOKE_INVALID);
    cr_assert_eq(yoke_server_resize(server, YOKE_WORKERS_MAX + 1), YOKE_INVALID);
    cr_assert_eq(yoke_server_workers(NULL), 0);
    cr_assert_eq(yoke_server_workers(server), 1);
    yoke_server_release(server);
    yoke_server_release(NULL);
}

/* ---- fork ------------------------------------------------------------------------------------ */

static int check_as_child(yoke_server *server, yoke_job *running, yoke_job *done)
{
    int value = 4, result = 0;
    yoke_task task = task_twice(&value);
    yoke_job *job;
    yoke_server_statistics now = {.size = sizeof now};
    if (yoke_submit(server, &task, &job) != YOKE_FORKED ||
        yoke_job_wait(running, YOKE_FOREVER) != YOKE_FORKED ||
        yoke_job_wait(done, YOKE_FOREVER) != YOKE_FORKED ||
        yoke_job_result(done, &result, sizeof result) != YOKE_FORKED ||
        yoke_server_wait(server, YOKE_FOREVER) != YOKE_FORKED ||
        yoke_server_resize(server, 2) != YOKE_FORKED ||
        yoke_server_get_statistics(server, &now) != YOKE_FORKED ||
        yoke_server_print_statistics(server, stdout) != YOKE_FORKED ||
        yoke_server_close(server) != YOKE_FORKED || yoke_server_workers(server) != 0)
        return 1;
    yoke_job_release(running);
    yoke_server_release(server);
    if (yoke_server_open(NULL, &server) != YOKE_OK)
        return 2;
    if (yoke_submit(server, &task, &job) != YOKE_OK ||
        yoke_job_result(job, &result, sizeof result) != YOKE_OK || result != 8)
        return 3;
    yoke_job_release(job);
    yoke_server_release(server);
    return 0;
}

Test(server_close, a_child_process_is_told_and_may_open_its_own, .timeout = 30)
{
    yoke_server *server = open_server(2);
    struct gate gate = {0};
    yoke_job *running = submit_gate(server, &gate);
    int value = 1;
    yoke_task task = task_twice(&value);
    yoke_job *done;
    cr_assert_eq(yoke_submit(server, &task, &done), YOKE_OK);
    cr_assert_eq(yoke_job_wait(done, YOKE_FOREVER), YOKE_OK);
    pid_t child = fork();
    if (child == 0)
        _exit(check_as_child(server, running, done));
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 0);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_job_wait(running, YOKE_FOREVER), YOKE_OK, "the parent goes on");
    yoke_job_release(running);
    yoke_job_release(done);
    submit_and_check(server);
    yoke_server_release(server);
}
