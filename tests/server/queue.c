/* Queues with a capacity. */
#include <pthread.h>

#include "with_server.h"

enum { CAPACITY = 3 };

static yoke_server *open_bounded(unsigned workers)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    options.queue_capacity = CAPACITY;
    yoke_server *server;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK);
    return server;
}

/* A server whose worker stands at the gate and whose queue is full. */
static yoke_server *open_full(struct gate *gate, yoke_job **jobs)
{
    yoke_server *server = open_bounded(1);
    yoke_job_release(submit_gate(server, gate));
    await_arrivals(gate, 1);
    for (int i = 0; i < CAPACITY; i++)
        jobs[i] = submit(server, nothing, NULL, 0, 0);
    return server;
}

static void release_all(yoke_job **jobs)
{
    for (int i = 0; i < CAPACITY; i++)
        yoke_job_release(jobs[i]);
}

Test(server_queue, trying_tells_that_it_is_full, .timeout = 20)
{
    struct gate gate = {0};
    yoke_job *jobs[CAPACITY];
    yoke_server *server = open_full(&gate, jobs);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    cr_assert_eq(yoke_try_submit(server, &task, NULL), YOKE_WOULD_BLOCK);
    cr_assert_str_eq(yoke_status_text(YOKE_WOULD_BLOCK), "the queue is full");
    cr_assert_eq(yoke_job_cancel(jobs[1]), YOKE_OK);
    cr_assert_eq(yoke_try_submit(server, &task, NULL), YOKE_OK, "a cancelled job leaves room");
    cr_assert_eq(yoke_try_submit(server, &task, NULL), YOKE_WOULD_BLOCK);
    cr_assert_eq(statistics_of(server).queued, CAPACITY);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_try_submit(server, &task, NULL), YOKE_OK);
    release_all(jobs);
    yoke_server_release(server);
}

struct blocked {
    yoke_server *server;
    atomic_int submitting;
    yoke_status answer;
};

static void *submit_one_more(void *argument)
{
    struct blocked *blocked = argument;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    atomic_store(&blocked->submitting, 1);
    blocked->answer = yoke_submit(blocked->server, &task, NULL);
    atomic_store(&blocked->submitting, 2);
    return NULL;
}

static void *close_it(void *server)
{
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    return NULL;
}

Test(server_queue, submitting_blocks_until_there_is_room_or_none_to_come, .timeout = 20)
{
    for (int closing = 0; closing < 2; closing++) {
        struct gate gate = {0};
        yoke_job *jobs[CAPACITY];
        struct blocked blocked = {.server = open_full(&gate, jobs)};
        pthread_t thread;
        cr_assert_eq(pthread_create(&thread, NULL, submit_one_more, &blocked), 0);
        while (!atomic_load(&blocked.submitting))
            nap(50000);
        nap(20000000);
        cr_assert_eq(atomic_load(&blocked.submitting), 1);
        cr_assert_eq(statistics_of(blocked.server).queued, CAPACITY);
        if (closing) {
            pthread_t closer;
            cr_assert_eq(pthread_create(&closer, NULL, close_it, blocked.server), 0);
            pthread_join(thread, NULL); /* while the worker is still at the gate */
            atomic_store(&gate.open, 1);
            pthread_join(closer, NULL);
            cr_assert_eq(blocked.answer, YOKE_CLOSED);
        } else {
            cr_assert_eq(yoke_job_cancel(jobs[0]), YOKE_OK);
            pthread_join(thread, NULL);
            cr_assert_eq(blocked.answer, YOKE_OK);
        }
        atomic_store(&gate.open, 1);
        release_all(jobs);
        yoke_server_release(blocked.server);
    }
}

static yoke_status submit_many(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    yoke_server *server = yoke_context_server(context);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    for (int i = 0; i < 10 * CAPACITY; i++)
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK, "never blocks");
    *(yoke_status *)result = yoke_try_submit(server, &task, NULL);
    return YOKE_OK;
}

Test(server_queue, a_job_goes_beyond_the_capacity, .timeout = 20)
{
    yoke_server *server = open_bounded(1);
    yoke_job *job = submit(server, submit_many, NULL, 0, sizeof(yoke_status));
    yoke_status answer;
    cr_assert_eq(yoke_job_result(job, &answer, sizeof answer), YOKE_OK);
    cr_assert_eq(answer, YOKE_WOULD_BLOCK);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    for (int i = 0; i < 1000; i++)
        yoke_job_release(submit(server, nothing, NULL, 0, 0));
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(statistics_of(server).done, 1 + 10 * CAPACITY + 1000);
    yoke_job_release(job);
    yoke_server_release(server);
}

Test(server_queue, many_producers_all_get_their_turn, .timeout = 60)
{
    enum { PRODUCERS = 4 };
    yoke_server *server = open_bounded(2);
    pthread_t threads[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, submit_and_check, server), 0);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(statistics_of(server).done, PRODUCERS * 2000);
    yoke_server_release(server);
}
