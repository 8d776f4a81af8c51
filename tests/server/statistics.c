/* Statistics by place and as JSON. */
#include "with_server.h"

#include <pthread.h>

static yoke_status fail(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    return yoke_context_fail(context, YOKE_OVERFLOW, "too big");
}

static yoke_server *open_and_run(void)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 10; i++)
        yoke_job_release(submit(server, nothing, NULL, 0, 0));
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = fail;
    task.tries = 3;
    for (int i = 0; i < 4; i++)
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    return server;
}

Test(server_statistics, places_add_up_to_the_server, .timeout = 20)
{
    yoke_server *server = open_and_run();
    yoke_server_statistics all = statistics_of(server);
    yoke_place_statistics place = {.size = sizeof place}, sum = {0};
    unsigned places = 0;
    while (yoke_server_get_place_statistics(server, places, &place) == YOKE_OK) {
        places++;
        cr_assert_eq(strncmp(place.place, "numa:", 5), 0);
        cr_assert_eq(place.ended, place.done + place.failed + place.cancelled + place.timed_out);
        sum.workers += place.workers;
        sum.done += place.done;
        sum.failed += place.failed;
        sum.retried += place.retried;
        sum.busy += place.busy;
    }
    cr_assert_geq(places, 1);
    cr_assert_eq(sum.workers, 2);
    cr_assert_eq(sum.done, 10);
    cr_assert_eq(sum.failed, 4);
    cr_assert_eq(sum.retried, 8);
    cr_assert_eq(sum.busy, all.busy);
    place.size = 1;
    cr_assert_eq(yoke_server_get_place_statistics(server, 0, &place), YOKE_INVALID);
    cr_assert_eq(yoke_server_get_place_statistics(server, 0, NULL), YOKE_INVALID);
    yoke_server_release(server);
}

static yoke_status sleep_a_little(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    nap(1000000);
    return YOKE_OK;
}

static _Atomic int64_t inner_busy;

static yoke_status note_busy(yoke_job *job, void *context)
{
    (void)context;
    inner_busy = yoke_job_busy(job);
    return YOKE_OK;
}

static yoke_status wait_for_another_job(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = sleep_a_little;
    task.callback = note_busy;
    yoke_job *job;
    yoke_status status = yoke_submit(yoke_context_server(context), &task, &job);
    if (status == YOKE_OK)
        status = yoke_job_wait(job, YOKE_FOREVER);
    yoke_job_release(job);
    return status;
}

/* With one worker the outer job runs the inner one: its time is not counted twice. */
Test(server_statistics, the_time_of_each_job_adds_up_to_the_servers, .timeout = 20)
{
    yoke_server *server = open_server(1);
    struct gate gate = {0};
    yoke_job *blocker = submit_gate(server, &gate);
    yoke_job *never_started = submit(server, sleep_a_little, NULL, 0, 0);
    cr_assert_eq(yoke_job_busy(blocker), 0, "it runs");
    cr_assert_eq(yoke_job_cancel(never_started), YOKE_OK);
    atomic_store(&gate.open, true);
    yoke_job *outer = submit(server, wait_for_another_job, NULL, 0, 0);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    cr_assert_geq(inner_busy, 1000000);
    cr_assert(yoke_job_busy(outer) > 0);
    cr_assert_eq(yoke_job_busy(never_started), 0);
    cr_assert_eq(yoke_job_busy(NULL), 0);
    cr_assert_eq(yoke_job_busy(blocker) + yoke_job_busy(outer) + inner_busy,
                 statistics_of(server).busy);
    yoke_job_release(blocker);
    yoke_job_release(never_started);
    yoke_job_release(outer);
    yoke_server_release(server);
}

Test(server_statistics, the_json_is_one_object, .timeout = 20)
{
    yoke_server *server = open_and_run();
    char text[2048] = "";
    FILE *stream = fmemopen(text, sizeof text, "w");
    cr_assert_eq(yoke_server_print_statistics_json(server, stream), YOKE_OK);
    fclose(stream);
    const char *start =
        "{\"submitted\": 14, \"queued\": 0, \"running\": 0, \"done\": 10, \"failed\": 4, "
        "\"cancelled\": 0, \"timed_out\": 0, \"lost\": 0, \"retried\": 8, "
        "\"callbacks_failed\": 0, \"workers\": 2, \"nodes\": ";
    cr_assert_eq(strncmp(text, start, strlen(start)), 0, "%s", text);
    int depth = 0;
    for (const char *c = text; *c; c++)
        depth += *c == '{' || *c == '[' ? 1 : *c == '}' || *c == ']' ? -1 : 0;
    cr_assert_eq(depth, 0);
    cr_assert_not_null(strstr(text, "\"places\": [{\"place\": \"numa:"));
    cr_assert_str_eq(text + strlen(text) - 4, "}]}\n");
    cr_assert_eq(yoke_server_print_statistics_json(server, NULL), YOKE_INVALID);
    yoke_server_release(server);
}

static atomic_bool flooded;

static void *flood(void *server)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    for (int i = 0; i < 300000; i++)
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    atomic_store(&flooded, true);
    return NULL;
}

/* Whatever ends while they are counted, and also while all that is queued is cancelled. */
Test(server_statistics, no_more_jobs_run_than_there_are_workers, .timeout = 60)
{
    enum { WORKERS = 2 };
    yoke_server *server = open_server(WORKERS);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, flood, server), 0);
    do {
        yoke_server_statistics now = statistics_of(server);
        cr_assert_leq(now.running, WORKERS);
        cr_assert_eq(now.submitted, now.queued + now.running + now.done);
    } while (!atomic_load(&flooded));
    pthread_join(thread, NULL);
    yoke_server_close(server);
    yoke_server_statistics now = statistics_of(server);
    cr_assert_eq(now.running + now.queued, 0);
    cr_assert_eq(now.submitted, now.done + now.cancelled);
    yoke_server_release(server);
}

static atomic_uint_fast64_t most_running, looks;

static yoke_status look_at_running(yoke_job *job, void *server)
{
    (void)job;
    yoke_server_statistics now = statistics_of(server);
    if (now.running > atomic_load(&most_running))
        atomic_store(&most_running, now.running);
    atomic_fetch_add(&looks, 1);
    return YOKE_OK;
}

static void submit_quick_ones(yoke_server *server, int count, yoke_callback callback)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    task.callback = callback;
    task.callback_context = server;
    for (int i = 0; i < count; i++)
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
}

static void *close_server(void *server)
{
    yoke_server_close(server);
    return NULL;
}

/* Some of those that are cancelled lie where a worker has put them that takes by the handful. */
Test(server_statistics, cancelled_jobs_in_a_hand_are_not_queued, .timeout = 60)
{
    enum { JOBS = 400 };
    for (int round = 0; round < 20; round++) {
        yoke_server *server = open_server(1);
        struct gate first = {0}, second = {0};
        yoke_job *gates[2] = {submit_gate(server, &first), NULL};
        submit_quick_ones(server, JOBS, NULL);
        gates[1] = submit_gate(server, &second);
        submit_quick_ones(server, JOBS, look_at_running);
        await_arrivals(&first, 1);
        atomic_store(&first.open, 1);
        await_arrivals(&second, 1);
        atomic_store(&looks, 0);
        pthread_t thread;
        cr_assert_eq(pthread_create(&thread, NULL, close_server, server), 0);
        while (!atomic_load(&looks))
            nap(10000);
        atomic_store(&second.open, 1);
        pthread_join(thread, NULL);
        yoke_job_release(gates[0]);
        yoke_job_release(gates[1]);
        yoke_server_release(server);
    }
    cr_assert_leq(atomic_load(&most_running), 1);
}
