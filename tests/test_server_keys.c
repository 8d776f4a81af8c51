/* Servers with a cluster, which a few lines stand for here: jobs that only it can run, and keys. */
#include <pthread.h>

#include "with_server.h"
#include "yoke/executor.h"
#include "yoke/statistics.h"

enum { TAKEN_MAX = 16, LET_GO_MAX = 16 };

/* Runs nothing by itself: a test ends what was taken. */
struct yoke_cluster {
    yoke_executor_source source;
    yoke_executor *executor;
    pthread_t thread;
    bool knows_keys, refuses, has_left;
    yoke_work_item taken[TAKEN_MAX];
    atomic_uint count, learnt, let_go, closed;
    yoke_job *left; /* by an earlier program, under the key "left" */
    char keys[LET_GO_MAX][16];
};

/* ---- the executor ---------------------------------------------------------------------------- */

static bool runs(const yoke_work_item *item, void *cluster)
{
    (void)cluster;
    return item->kernel == twice;
}

static yoke_status check(const yoke_work_item *item, void *cluster)
{
    bool good = item->kernel_name ? strcmp(item->kernel_name, "twice") == 0 : runs(item, cluster);
    return good ? YOKE_OK : yoke_error_set(YOKE_INVALID, "no node knows that");
}

static void take(const yoke_work_item *item, void *context)
{
    struct yoke_cluster *cluster = context;
    cluster->taken[atomic_load(&cluster->count)] = *item;
    atomic_fetch_add(&cluster->count, 1);
}

static uint64_t digest(const yoke_work_item *item, void *cluster)
{
    (void)cluster;
    return item->argument_size == sizeof(int) ? (uint64_t) * (const int *)item->argument : 0;
}

static void learn(const yoke_work_item *item, void *cluster)
{
    atomic_fetch_add(&((struct yoke_cluster *)cluster)->learnt, item->key != NULL);
}

static void let_go(const char *key, void *context)
{
    struct yoke_cluster *cluster = context;
    snprintf(cluster->keys[atomic_load(&cluster->let_go)], sizeof cluster->keys[0], "%s", key);
    atomic_fetch_add(&cluster->let_go, 1);
}

static void end(struct yoke_cluster *cluster, unsigned index)
{
    const yoke_work_item *item = &cluster->taken[index];
    int result = 2 * *(const int *)item->argument;
    const yoke_outcome outcome = {
        .job = item->job, .state = YOKE_STATE_DONE, .result = &result, .node = "node"};
    yoke_executor_end(cluster->executor, &outcome, 1);
}

/* Those without a key; and ends the cancelled. */
static void *serve(void *argument)
{
    struct yoke_cluster *cluster = argument;
    for (unsigned news = 0; !(news & YOKE_EXECUTOR_CLOSING);) {
        news = yoke_executor_await(cluster->executor, YOKE_EXECUTOR_ANY, YOKE_FOREVER);
        yoke_work_item item;
        while (yoke_executor_take(cluster->executor, YOKE_EXECUTOR_ANY, &item, 1))
            take(&item, cluster);
    }
    return NULL;
}

/* Ends what has not ended, which is what each test leaves. */
static void finish(void *context)
{
    struct yoke_cluster *cluster = context;
    yoke_outcome outcome;
    pthread_join(cluster->thread, NULL);
    for (unsigned i = 0; i < atomic_load(&cluster->count); i++) {
        yoke_job *job = cluster->taken[i].job;
        if (job && yoke_executor_stopped(cluster->executor, job, &outcome))
            yoke_executor_end(cluster->executor, &outcome, 1);
    }
    if (cluster->left && yoke_executor_stopped(cluster->executor, cluster->left, &outcome))
        yoke_executor_end(cluster->executor, &outcome, 1);
    atomic_fetch_add(&cluster->closed, 1);
}

static yoke_status join(struct yoke_cluster *cluster, yoke_server *server)
{
    yoke_executor_options options = YOKE_EXECUTOR_OPTIONS_INIT;
    options.runs = runs;
    options.check = check;
    options.close = finish;
    options.context = cluster;
    if (cluster->knows_keys) {
        options.take = take;
        options.digest = digest;
        options.learn = learn;
        options.let_go = let_go;
    }
    yoke_status status = yoke_executor_open(server, &options, &cluster->executor);
    if (status == YOKE_OK && cluster->has_left)
        status = yoke_executor_adopt(cluster->executor, "left", 21, sizeof(int), &cluster->left);
    cr_assert_eq(pthread_create(&cluster->thread, NULL, serve, cluster), 0);
    return cluster->refuses ? yoke_error_set(YOKE_SYSTEM, "not today") : status;
}

/* ---- for the tests --------------------------------------------------------------------------- */

static yoke_server *open_with(struct yoke_cluster *cluster, unsigned workers)
{
    cluster->source.join = join;
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    options.cluster = cluster;
    yoke_server *server;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    return server;
}

static yoke_task task_named(const int *value, const char *key)
{
    yoke_task task = task_twice(value);
    task.kernel = NULL;
    task.kernel_name = "twice";
    task.kernel_version = 1;
    task.key = key;
    return task;
}

static yoke_job *submit_keyed(yoke_server *server, const char *key, int value)
{
    yoke_job *job;
    yoke_task task = task_named(&value, key);
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static void refuse(yoke_server *server, const yoke_task *task, const char *why)
{
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, task, &job), YOKE_INVALID, "%s", why);
    cr_assert(strstr(yoke_last_error(), why), "\"%s\"", yoke_last_error());
}

static void await_taken(struct yoke_cluster *cluster, unsigned count)
{
    while (atomic_load(&cluster->count) < count)
        nap(100000);
}

TestSuite(server_keys, .timeout = 60);

/* ---- jobs that only nodes can run ------------------------------------------------------------ */

Test(server_keys, tasks_for_nodes_take_a_cluster)
{
    yoke_server *server = open_server(1);
    const int four = 4;
    yoke_task task = task_named(&four, NULL);
    refuse(server, &task, "task.kernel_name is for nodes of a cluster");
    task = task_twice(&four);
    task.node = "node";
    refuse(server, &task, "task.node is");
    task.node = NULL;
    task.key = "key";
    refuse(server, &task, "task.key is");
    task.key = NULL;
    task.deliveries = 2;
    refuse(server, &task, "task.deliveries is");
    task = task_named(&four, NULL);
    task.kernel = twice;
    refuse(server, &task, "both set");
    task = task_named(&four, NULL);
    task.kernel_version = 0;
    refuse(server, &task, "task.kernel_version is 0");
    task = task_twice(&four);
    task.kernel_version = 1;
    refuse(server, &task, "task.kernel_version is 1");
    cr_assert_eq(yoke_server_collect(server, NULL, NULL), YOKE_INVALID);
    yoke_server_release(server);
}

Test(server_keys, a_job_is_queued_until_its_node_begins)
{
    struct yoke_cluster cluster = {.knows_keys = true};
    yoke_server *server = open_with(&cluster, 1);
    yoke_job *job = submit_keyed(server, NULL, 4);
    await_taken(&cluster, 1);
    yoke_server_statistics now = statistics_of(server);
    cr_assert(now.queued == 1 && now.running == 0);
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_QUEUED);
    yoke_executor_begin(cluster.executor, cluster.taken[0].job);
    yoke_executor_begin(cluster.executor, cluster.taken[0].job);
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_RUNNING);
    now = statistics_of(server);
    cr_assert(now.queued == 0 && now.running == 1);
    end(&cluster, 0);
    int result;
    cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK);
    cr_assert_eq(result, 8);
    cluster.taken[0].job = NULL;
    yoke_job_release(job);
    yoke_server_release(server);
}

static yoke_status count_call(yoke_job *job, void *context)
{
    (void)job;
    atomic_fetch_add((atomic_int *)context, 1);
    return YOKE_OK;
}

Test(server_keys, a_server_without_workers_runs_no_kernel_but_callbacks)
{
    struct yoke_cluster cluster = {.knows_keys = false};
    yoke_server *server = open_with(&cluster, 0);
    const int four = 4;
    atomic_int calls = 0;
    cr_assert_eq(yoke_server_workers(server), 0);
    cr_assert_eq(yoke_server_resize(server, 2), YOKE_INVALID);
    yoke_task task = task_twice(&four);
    task.kernel = nothing;
    refuse(server, &task, "no node knows that");
    task = task_twice(&four);
    task.place = "all";
    refuse(server, &task, "one of this machine");
    task.place = NULL;
    task.key = "key";
    refuse(server, &task, "durable");
    task.key = NULL;
    task.callback = count_call;
    task.callback_context = &calls;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    await_taken(&cluster, 1);
    end(&cluster, 0);
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(atomic_load(&calls), 1);
    yoke_server_statistics now = statistics_of(server);
    cr_assert(now.done == 1 && now.workers == 0 && now.nodes == 0);
    cluster.taken[0].job = NULL;
    yoke_job_release(job);
    yoke_server_release(server);
    cr_assert_eq(atomic_load(&cluster.closed), 1);
}

Test(server_keys, a_cluster_that_cannot_be_joined_leaves_no_server)
{
    struct yoke_cluster cluster = {.source.join = join, .refuses = true};
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = YOKE_WORKERS_ALL;
    options.cluster = &cluster;
    yoke_server *server;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_SYSTEM);
    cr_assert_str_eq(yoke_last_error(), "not today");
    cr_assert_eq(atomic_load(&cluster.closed), 1);
    options.cluster = NULL;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    cr_assert_gt(yoke_server_workers(server), 0);
    yoke_server_release(server);
}

/* ---- keys ------------------------------------------------------------------------------------ */

Test(server_keys, a_key_stands_for_one_job_until_that_is_let_go)
{
    struct yoke_cluster cluster = {.knows_keys = true};
    yoke_server *server = open_with(&cluster, 1);
    yoke_job *first = submit_keyed(server, "a", 4), *second = submit_keyed(server, "a", 4);
    yoke_job *other = submit_keyed(server, "b", 4);
    cr_assert(first == second && first != other);
    cr_assert_eq(atomic_load(&cluster.count), 2, "at once, in the thread that submits");
    yoke_task task = task_named(&(int){5}, "a");
    refuse(server, &task, "another task of that key");
    end(&cluster, 0);
    int result;
    cr_assert_eq(yoke_job_result(first, &result, sizeof result), YOKE_OK);
    yoke_job_release(first);
    cr_assert_eq(atomic_load(&cluster.let_go), 0, "there is another handle");
    cr_assert_eq(yoke_job_result(second, &result, sizeof result), YOKE_OK);
    yoke_job_release(second);
    cr_assert_eq(atomic_load(&cluster.let_go), 1);
    cr_assert_str_eq(cluster.keys[0], "a");
    first = submit_keyed(server, "a", 5);
    cr_assert_eq(atomic_load(&cluster.count), 3);
    /* One whose end nobody has seen stays, and so does its end. */
    yoke_job_release(other);
    end(&cluster, 1);
    cr_assert_eq(atomic_load(&cluster.let_go), 1);
    other = submit_keyed(server, "b", 4);
    cr_assert_eq(yoke_job_status(other), YOKE_OK);
    yoke_job_release(other);
    cr_assert_eq(atomic_load(&cluster.let_go), 2);
    /* Who cancels does not care for it. */
    cr_assert_eq(yoke_job_cancel(first), YOKE_OK);
    yoke_job_release(first);
    cr_assert_eq(atomic_load(&cluster.let_go), 3);
    cluster.taken[0].job = cluster.taken[1].job = NULL;
    yoke_server_release(server);
}

static yoke_status look(yoke_job *job, void *context)
{
    struct yoke_cluster *cluster = context;
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_DONE);
    cr_assert_eq(atomic_load(&cluster->let_go), 0, "not while its callback looks at it");
    return YOKE_OK;
}

Test(server_keys, a_callback_that_sees_the_end_is_enough)
{
    struct yoke_cluster cluster = {.knows_keys = true};
    yoke_server *server = open_with(&cluster, 1);
    yoke_task task = task_named(&(int){4}, "a");
    task.callback = look;
    task.callback_context = &cluster;
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    end(&cluster, 0);
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(atomic_load(&cluster.let_go), 1);
    cluster.taken[0].job = NULL;
    yoke_server_release(server);
}

Test(server_keys, one_that_comes_after_others_goes_when_it_is_its_turn)
{
    struct yoke_cluster cluster = {.knows_keys = true};
    yoke_server *server = open_with(&cluster, 1);
    struct gate gate = {0};
    yoke_job *before = submit_gate(server, &gate), *job;
    yoke_task task = task_named(&(int){4}, "a");
    task.after = &before;
    task.after_count = 1;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    await_arrivals(&gate, 1);
    cr_assert_eq(atomic_load(&cluster.count), 0);
    atomic_store(&gate.open, 1);
    await_taken(&cluster, 1);
    end(&cluster, 0);
    cr_assert_eq(yoke_wait_any(&job, 1, YOKE_SECONDS(20), NULL), YOKE_OK);
    yoke_job_release(job);
    cr_assert_eq(atomic_load(&cluster.let_go), 1, "any wait has seen it");
    cluster.taken[0].job = NULL;
    yoke_job_release(before);
    yoke_server_release(server);
}

static void keep(const char *key, yoke_job *job, void *context)
{
    cr_assert_str_eq(key, "left");
    *(yoke_job **)context = job;
}

Test(server_keys, what_an_earlier_program_has_left_is_collected_and_learnt)
{
    struct yoke_cluster cluster = {.knows_keys = true, .has_left = true};
    yoke_server *server = open_with(&cluster, 1);
    yoke_job *left = NULL;
    cr_assert_eq(statistics_of(server).queued, 1);
    cr_assert_eq(yoke_server_wait(server, 0), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_server_collect(server, keep, &left), YOKE_OK);
    cr_assert_eq(yoke_job_state(left), YOKE_STATE_QUEUED);
    yoke_task task = task_named(&(int){20}, "left");
    refuse(server, &task, "another task of that key");
    cr_assert_eq(atomic_load(&cluster.learnt), 0);
    for (int i = 0; i < 2; i++) {
        yoke_job *same = submit_keyed(server, "left", 21);
        cr_assert_eq(same, left);
        yoke_job_release(same);
    }
    cr_assert_eq(atomic_load(&cluster.learnt), 1, "once");
    int result = 42;
    const yoke_outcome outcome = {.job = cluster.left, .state = YOKE_STATE_DONE, .result = &result};
    yoke_executor_end(cluster.executor, &outcome, 1);
    cluster.left = NULL;
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(20)), YOKE_OK);
    result = 0;
    cr_assert_eq(yoke_job_result(left, &result, sizeof result), YOKE_OK);
    cr_assert_eq(result, 42);
    yoke_job_release(left);
    cr_assert_eq(atomic_load(&cluster.let_go), 1);
    left = NULL;
    cr_assert_eq(yoke_server_collect(server, keep, &left), YOKE_OK);
    cr_assert_null(left);
    yoke_server_release(server);
}

Test(server_keys, a_server_that_closes_lets_none_go)
{
    struct yoke_cluster cluster = {.knows_keys = true, .has_left = true};
    yoke_server *server = open_with(&cluster, 0);
    yoke_job *job = submit_keyed(server, "a", 4);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_CANCELLED);
    cr_assert_eq(yoke_server_collect(server, keep, NULL), YOKE_CLOSED);
    yoke_task task = task_named(&(int){4}, "b");
    yoke_job *late;
    cr_assert_eq(yoke_submit(server, &task, &late), YOKE_CLOSED);
    yoke_server_release(server);
    yoke_job_release(job);
    cr_assert_eq(atomic_load(&cluster.let_go), 0);
}

/* ---- many at once ---------------------------------------------------------------------------- */

enum { SUBMITTERS = 4, ROUNDS = 3 };

static struct {
    yoke_server *server;
    yoke_job *jobs[SUBMITTERS];
    pthread_barrier_t barrier;
} race;

static void *submit_same(void *argument)
{
    int index = *(int *)argument;
    pthread_barrier_wait(&race.barrier);
    race.jobs[index] = submit_keyed(race.server, "same", 4);
    return NULL;
}

Test(server_keys, of_many_that_submit_one_key_all_get_one_job)
{
    struct yoke_cluster cluster = {.knows_keys = true};
    race.server = open_with(&cluster, 0);
    pthread_barrier_init(&race.barrier, NULL, SUBMITTERS);
    for (unsigned round = 0; round < ROUNDS; round++) {
        pthread_t threads[SUBMITTERS];
        int numbers[SUBMITTERS];
        for (int i = 0; i < SUBMITTERS; i++) {
            numbers[i] = i;
            cr_assert_eq(pthread_create(&threads[i], NULL, submit_same, &numbers[i]), 0);
        }
        for (int i = 0; i < SUBMITTERS; i++)
            pthread_join(threads[i], NULL);
        cr_assert_eq(atomic_load(&cluster.count), round + 1);
        end(&cluster, round);
        cluster.taken[round].job = NULL;
        for (int i = 0; i < SUBMITTERS; i++) {
            cr_assert_eq(race.jobs[i], race.jobs[0]);
            cr_assert_eq(yoke_job_state(race.jobs[i]), YOKE_STATE_DONE);
        }
        for (int i = 0; i < SUBMITTERS; i++)
            yoke_job_release(race.jobs[i]);
        cr_assert_eq(atomic_load(&cluster.let_go), round + 1);
    }
    pthread_barrier_destroy(&race.barrier);
    yoke_server_release(race.server);
}
