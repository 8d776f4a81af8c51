/* Jobs of a server that run elsewhere: here, in a thread that stands for a cluster. */
#include <pthread.h>

#include "with_server.h"
#include "yoke/executor.h"
#include "yoke/group.h"
#include "yoke/statistics.h"

/* Runs jobs of twice() one by one. */
struct elsewhere {
    yoke_executor *executor;
    pthread_t thread;
    atomic_bool holds; /* keeps the jobs that it takes until it does no more, or they are to end */
    atomic_int taken, held, ended, calls;
    bool alone;
    const char *output; /* what its jobs print */
    char node[16];      /* of the latest job that has one */
};

static bool runs(const yoke_work_item *item, void *context)
{
    (void)context;
    return item->kernel == twice || (item->kernel_name && strcmp(item->kernel_name, "twice") == 0);
}

static yoke_status check(const yoke_work_item *item, void *context)
{
    return runs(item, context) ? YOKE_OK : yoke_error_set(YOKE_INVALID, "nobody can run that");
}

static yoke_outcome outcome_of(struct elsewhere *elsewhere, const yoke_work_item *item, int *result)
{
    yoke_outcome outcome;
    yoke_executor_begin(elsewhere->executor, item->job);
    yoke_executor_progress(elsewhere->executor, item->job, 1, 2);
    atomic_fetch_add(&elsewhere->held, 1);
    while (atomic_load(&elsewhere->holds)) {
        yoke_executor_await(elsewhere->executor, YOKE_EXECUTOR_NONE, YOKE_MILLISECONDS(1000));
        if (yoke_executor_stopped(elsewhere->executor, item->job, &outcome))
            return outcome.node = "faraway", outcome;
    }
    *result = 2 * *(const int *)item->argument;
    if (*result < 0)
        return (yoke_outcome){.job = item->job,
                              .state = YOKE_STATE_LOST,
                              .status = YOKE_LOST,
                              .message = "it was with nobody",
                              .node = "faraway"};
    return (yoke_outcome){
        .job = item->job,
        .state = YOKE_STATE_DONE,
        .result = result,
        .node = "faraway",
        .busy = 5,
        .output = elsewhere->output,
        .output_size = elsewhere->output ? strlen(elsewhere->output) : 0,
    };
}

static void *serve(void *argument)
{
    struct elsewhere *elsewhere = argument;
    for (;;) {
        unsigned news = yoke_executor_await(elsewhere->executor, YOKE_EXECUTOR_ANY, YOKE_FOREVER);
        yoke_work_item item;
        while (yoke_executor_take(elsewhere->executor, YOKE_EXECUTOR_ANY, &item, 1) == 1) {
            int result;
            atomic_fetch_add(&elsewhere->taken, 1);
            if (item.node)
                snprintf(elsewhere->node, sizeof elsewhere->node, "%s", item.node);
            yoke_outcome outcome = outcome_of(elsewhere, &item, &result);
            yoke_executor_end(elsewhere->executor, &outcome, 1);
            atomic_fetch_add(&elsewhere->ended, 1);
        }
        if (news & YOKE_EXECUTOR_CLOSING)
            return NULL;
    }
}

static void finish(void *context)
{
    struct elsewhere *elsewhere = context;
    pthread_join(elsewhere->thread, NULL);
}

static void open_elsewhere(yoke_server *server, struct elsewhere *elsewhere)
{
    yoke_executor_options options = YOKE_EXECUTOR_OPTIONS_INIT;
    options.runs = runs;
    options.check = check;
    options.close = finish;
    options.context = elsewhere;
    options.alone = elsewhere->alone;
    cr_assert_eq(yoke_executor_open(server, &options, &elsewhere->executor), YOKE_OK);
    cr_assert_eq(pthread_create(&elsewhere->thread, NULL, serve, elsewhere), 0);
}

static int result_of(yoke_job *job)
{
    int result = 0;
    cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK, "%s", yoke_last_error());
    yoke_job_release(job);
    return result;
}

TestSuite(server_executor, .timeout = 60);

Test(server_executor, jobs_go_elsewhere_when_all_workers_are_at_work)
{
    yoke_server *server = open_server(1);
    struct elsewhere elsewhere = {0};
    open_elsewhere(server, &elsewhere);
    struct gate gate = {0};
    yoke_job *local = submit_gate(server, &gate), *jobs[100];
    await_arrivals(&gate, 1);
    for (int i = 0; i < 100; i++)
        jobs[i] = submit(server, twice, &i, sizeof i, sizeof i);
    for (int i = 0; i < 100; i++)
        cr_assert_eq(result_of(jobs[i]), 2 * i);
    cr_assert_eq(atomic_load(&elsewhere.taken), 100);
    cr_assert_eq(yoke_job_state(local), YOKE_STATE_RUNNING, "not one that it can run");
    atomic_store(&gate.open, 1);
    yoke_job_release(local);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    yoke_place_statistics place = {.size = sizeof place};
    unsigned index = 0;
    while (yoke_server_get_place_statistics(server, index, &place) == YOKE_OK)
        index++;
    cr_assert_str_eq(place.place, "faraway");
    cr_assert(place.ended == 100 && place.done == 100 && place.busy == 500);
    yoke_server_statistics now = statistics_of(server);
    cr_assert(now.done == 101 && now.submitted == 101 && now.running == 0);
    yoke_server_release(server);
}

/* Runs one job elsewhere that prints that, and hands out its handle. */
static yoke_job *run_printing(const char *output)
{
    yoke_server *server = open_server(1);
    struct elsewhere elsewhere = {.holds = true, .alone = true, .output = output};
    open_elsewhere(server, &elsewhere);
    yoke_job *job = submit(server, twice, &(int){4}, sizeof(int), sizeof(int));
    while (atomic_load(&elsewhere.held) < 1)
        nap(100000);
    uint64_t done, total;
    yoke_job_progress(job, &done, &total);
    cr_assert(done == 1 && total == 2);
    cr_assert_str_eq(yoke_job_output(job), "");
    atomic_store(&elsewhere.holds, false);
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(20)), YOKE_OK);
    yoke_server_release(server);
    return job;
}

Test(server_executor, output_and_progress_come_from_elsewhere)
{
    yoke_job *job = run_printing("it was far\n");
    cr_assert_str_eq(yoke_job_output(job), "it was far\n");
    yoke_job_release(job);
    job = run_printing(NULL);
    cr_assert_str_eq(yoke_job_output(job), "");
    yoke_job_release(job);
    enum { LONG = (1 << 20) + 100 };
    char *text = malloc(LONG + 1);
    memset(text, 'x', LONG);
    text[LONG] = '\0';
    job = run_printing(text);
    cr_assert_str_eq(yoke_job_output(job) + (1 << 20), "\n[more was printed, and dropped]\n");
    yoke_job_release(job);
    free(text);
}

/* Whatever order things happen in, nobody sleeps while there is something to do. */
Test(server_executor, both_sides_work_together)
{
    enum { JOBS = 20000 };
    yoke_server *server = open_server(2);
    struct elsewhere elsewhere = {0};
    open_elsewhere(server, &elsewhere);
    yoke_job **jobs = malloc(JOBS * sizeof *jobs);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = submit(server, twice, &i, sizeof i, sizeof i);
        if (i % 512 == 0)
            cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(20)), YOKE_OK);
    }
    for (int i = 0; i < JOBS; i++)
        cr_assert_eq(result_of(jobs[i]), 2 * i);
    free(jobs);
    cr_assert_eq(statistics_of(server).done, JOBS);
    yoke_server_release(server);
}

static yoke_status count_callback(yoke_job *job, void *context)
{
    atomic_fetch_add((atomic_int *)context, yoke_job_state(job) == YOKE_STATE_DONE ? 1 : 1000);
    return YOKE_OK;
}

Test(server_executor, callbacks_groups_and_after_are_as_ever)
{
    yoke_server *server = open_server(1);
    struct elsewhere elsewhere = {0};
    open_elsewhere(server, &elsewhere);
    struct gate gate = {0};
    yoke_job *local = submit_gate(server, &gate), *first, *second;
    await_arrivals(&gate, 1);
    atomic_int calls = 0;
    yoke_group *group;
    cr_assert_eq(yoke_group_open(server, &group), YOKE_OK);
    yoke_task task = task_twice(&(int){4});
    cr_assert_eq(yoke_group_submit(group, &task, &first), YOKE_OK);
    task.after = &first;
    task.after_count = 1;
    cr_assert_eq(yoke_group_submit(group, &task, &second), YOKE_OK);
    cr_assert_eq(yoke_group_wait(group, YOKE_SECONDS(20)), YOKE_OK);
    task.after_count = 0;
    task.callback = count_callback;
    task.callback_context = &calls;
    for (int i = 0; i < 10; i++)
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    while (atomic_load(&elsewhere.ended) < 12)
        nap(100000);
    cr_assert_eq(atomic_load(&calls), 0, "workers call them, and the one there is, is at work");
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(atomic_load(&calls), 10);
    cr_assert_eq(result_of(first) + result_of(second), 16);
    yoke_job_release(local);
    yoke_group_release(group);
    yoke_server_release(server);
}

Test(server_executor, jobs_elsewhere_are_cancelled_timed_out_and_lost)
{
    yoke_server *server = open_server(1);
    struct elsewhere elsewhere = {.holds = true};
    open_elsewhere(server, &elsewhere);
    struct gate gate = {0};
    yoke_job *local = submit_gate(server, &gate), *cancelled, *late;
    await_arrivals(&gate, 1);
    yoke_task task = task_twice(&(int){4});
    cr_assert_eq(yoke_submit(server, &task, &cancelled), YOKE_OK);
    while (atomic_load(&elsewhere.held) < 1)
        nap(100000);
    cr_assert_eq(yoke_job_state(cancelled), YOKE_STATE_RUNNING);
    cr_assert_eq(yoke_job_cancel(cancelled), YOKE_OK);
    cr_assert_eq(yoke_job_wait(cancelled, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(yoke_job_state(cancelled), YOKE_STATE_CANCELLED);
    task.deadline = YOKE_MILLISECONDS(20);
    cr_assert_eq(yoke_submit(server, &task, &late), YOKE_OK);
    cr_assert_eq(yoke_job_wait(late, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(yoke_job_state(late), YOKE_STATE_TIMED_OUT);
    atomic_store(&elsewhere.holds, false);
    yoke_job *lost = submit(server, twice, &(int){-1}, sizeof(int), sizeof(int));
    cr_assert_eq(yoke_job_result(lost, &(int){0}, sizeof(int)), YOKE_LOST);
    cr_assert_str_eq(yoke_job_message(lost), "it was with nobody");
    yoke_server_statistics now = statistics_of(server);
    cr_assert(now.cancelled == 1 && now.timed_out == 1 && now.lost == 1);
    atomic_store(&gate.open, 1);
    yoke_job_release(local);
    yoke_job_release(cancelled);
    yoke_job_release(late);
    yoke_job_release(lost);
    yoke_server_release(server);
}

Test(server_executor, an_executor_may_have_its_jobs_for_itself)
{
    yoke_server *server = open_server(1);
    struct elsewhere elsewhere = {.alone = true};
    open_elsewhere(server, &elsewhere);
    yoke_job *jobs[100], *after;
    atomic_int calls = 0;
    for (int i = 0; i < 100; i++)
        jobs[i] = submit(server, twice, &i, sizeof i, sizeof i);
    yoke_task task = task_twice(&(int){200});
    task.after = jobs;
    task.after_count = 100;
    task.callback = count_callback;
    task.callback_context = &calls;
    cr_assert_eq(yoke_submit(server, &task, &after), YOKE_OK);
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(atomic_load(&elsewhere.taken), 101);
    cr_assert_eq(atomic_load(&calls), 1);
    for (int i = 0; i < 100; i++)
        cr_assert_eq(result_of(jobs[i]), 2 * i);
    cr_assert_eq(result_of(after), 400);
    yoke_job *here = submit(server, nothing, NULL, 0, 0);
    cr_assert_eq(yoke_job_wait(here, YOKE_SECONDS(20)), YOKE_OK, "others run here");
    yoke_job_release(here);
    /* What still waits for the executor ends as cancelled. */
    atomic_store(&elsewhere.holds, true);
    for (int i = 0; i < 3; i++)
        jobs[i] = submit(server, twice, &i, sizeof i, sizeof i);
    cr_assert_eq(yoke_job_cancel(jobs[2]), YOKE_OK);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(yoke_job_state(jobs[i]), YOKE_STATE_CANCELLED);
        yoke_job_release(jobs[i]);
    }
    yoke_server_release(server);
}

Test(server_executor, closing_ends_what_is_elsewhere)
{
    yoke_server *server = open_server(1);
    struct elsewhere elsewhere = {.holds = true};
    open_elsewhere(server, &elsewhere);
    struct gate gate = {0};
    yoke_job *local = submit_gate(server, &gate);
    await_arrivals(&gate, 1);
    atomic_int calls = 0;
    yoke_task task = task_twice(&(int){4});
    task.callback = count_callback;
    task.callback_context = &calls;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    while (atomic_load(&elsewhere.held) < 1)
        nap(100000);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_CANCELLED);
    cr_assert_eq(atomic_load(&calls), 1000);
    yoke_job_release(job);
    yoke_job_release(local);
    yoke_server_release(server);
}

Test(server_executor, a_job_may_name_its_node)
{
    yoke_server *server = open_server(1);
    yoke_task task = task_twice(&(int){4});
    task.node = "there";
    yoke_job *job, *late;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    cr_assert(strstr(yoke_last_error(), "belongs to none"), "%s", yoke_last_error());
    struct elsewhere elsewhere = {0};
    open_elsewhere(server, &elsewhere);
    task.kernel = nothing;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID, "the executor does not run that");
    task.kernel = twice;
    yoke_job *jobs[20];
    for (int i = 0; i < 20; i++) {
        task.argument = &i;
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK, "%s", yoke_last_error());
    }
    for (int i = 0; i < 20; i++)
        cr_assert_eq(result_of(jobs[i]), 2 * i);
    cr_assert_eq(atomic_load(&elsewhere.taken), 20, "though the worker was free");
    cr_assert_str_eq(elsewhere.node, "there");
    /* The next one keeps the executor at work; those behind it end in its queue. */
    task.argument = &(int){4};
    atomic_store(&elsewhere.holds, true);
    atomic_int calls = 0;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    while (atomic_load(&elsewhere.held) < 21)
        nap(100000);
    task.callback = count_callback;
    task.callback_context = &calls;
    task.deadline = YOKE_MILLISECONDS(20);
    cr_assert_eq(yoke_submit(server, &task, &late), YOKE_OK);
    cr_assert_eq(yoke_job_wait(late, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(yoke_job_state(late), YOKE_STATE_TIMED_OUT);
    cr_assert_eq(atomic_load(&calls), 1000, "on the worker here");
    atomic_store(&elsewhere.holds, false);
    yoke_job_release(job);
    yoke_job_release(late);
    yoke_server_release(server);
}

Test(server_executor, options_are_checked)
{
    yoke_server *server = open_server(1);
    yoke_executor_options options = YOKE_EXECUTOR_OPTIONS_INIT;
    yoke_executor *executor;
    cr_assert_eq(yoke_executor_open(server, &options, &executor), YOKE_INVALID);
    struct elsewhere elsewhere = {0};
    open_elsewhere(server, &elsewhere);
    options.runs = runs;
    options.check = check;
    options.close = finish;
    cr_assert_eq(yoke_executor_open(server, &options, &executor), YOKE_INVALID, "one is enough");
    yoke_server_close(server);
    yoke_server_release(server);
}

static yoke_status see_cancelled(yoke_job *job, void *context)
{
    struct elsewhere *elsewhere = context;
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_CANCELLED);
    yoke_executor_wake(elsewhere->executor);
    nap(1000000); /* it looks for jobs meanwhile */
    atomic_fetch_add(&elsewhere->calls, 1);
    return YOKE_OK;
}

/* Closing ends them where they are queued, and the executor is not to have them then. */
Test(server_executor, no_job_goes_elsewhere_that_has_ended)
{
    enum { JOBS = 100 };
    yoke_server *server = open_server(1);
    struct elsewhere elsewhere = {.alone = true, .holds = true};
    open_elsewhere(server, &elsewhere);
    for (int i = 0; i < JOBS; i++) {
        yoke_task task = task_twice(&i);
        task.callback = see_cancelled;
        task.callback_context = &elsewhere;
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    }
    while (!atomic_load(&elsewhere.held))
        nap(100000);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    cr_assert_eq(atomic_load(&elsewhere.taken), 1);
    cr_assert_eq(atomic_load(&elsewhere.calls), JOBS);
    yoke_server_statistics now = statistics_of(server);
    cr_assert_eq(now.cancelled, JOBS);
    cr_assert_eq(now.queued + now.running, 0);
    yoke_server_release(server);
}

static yoke_status wait_a_moment(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    yoke_status status = yoke_job_wait(*(yoke_job *const *)argument, YOKE_MILLISECONDS(20));
    return status == YOKE_TIMED_OUT ? YOKE_OK : YOKE_JOB_FAILED;
}

/* A job of another server waits for one that no worker can run. */
Test(server_executor, a_wait_leaves_alone_what_must_run_elsewhere)
{
    yoke_server *server = open_server(1), *other = open_server(1);
    struct elsewhere elsewhere = {.holds = true};
    open_elsewhere(server, &elsewhere);
    yoke_job *jobs[2];
    for (int i = 0; i < 2; i++) { /* the executor takes the first, and the second stays queued */
        yoke_task task = task_twice(&i);
        task.node = "far";
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK);
    }
    while (!atomic_load(&elsewhere.held))
        nap(100000);
    yoke_job *waits = submit(other, wait_a_moment, &jobs[1], sizeof jobs[1], 0);
    cr_assert_eq(yoke_job_result(waits, NULL, 0), YOKE_OK, "%s", yoke_last_error());
    yoke_job_release(waits);
    atomic_store(&elsewhere.holds, false);
    yoke_executor_wake(elsewhere.executor);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(result_of(jobs[i]), 2 * i);
    yoke_server_release(other);
    yoke_server_release(server);
}

Test(server_executor, results_come_into_the_buffer_of_the_caller)
{
    yoke_server *server = open_server(1);
    struct elsewhere elsewhere = {.alone = true};
    open_elsewhere(server, &elsewhere);
    int result = -1;
    yoke_task task = task_twice(&(int){21});
    task.result = &result;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(result, 42);
    cr_assert_eq(atomic_load(&elsewhere.taken), 1);
    yoke_job_release(job);
    yoke_server_release(server);
}
