/* How jobs of a cluster end, and who is let in. */
#include <criterion/criterion.h>
#include <nats/nats.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster/clock.h"
#include "with_durable.h"

static const struct grief none;

static void assert_ends(yoke_remote *job, yoke_state state, yoke_status status, const char *message)
{
    cr_assert_eq(yoke_remote_wait(job, YOKE_SECONDS(40)), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(yoke_remote_state(job), state, "state %d: %s", yoke_remote_state(job),
                 yoke_remote_message(job));
    cr_assert_eq(yoke_remote_status(job), status);
    cr_assert(strstr(yoke_remote_message(job), message), "\"%s\"", yoke_remote_message(job));
}

static void wait_for_state(yoke_remote *job, yoke_state state)
{
    while (yoke_remote_state(job) != state)
        usleep(1000);
}

TestSuite(cluster, .init = start_cluster, .fini = end_cluster, .timeout = 60);

Test(cluster, jobs_end_as_their_kernels_say)
{
    start_node("node", none);
    yoke_cluster *cluster = join("program");
    yoke_remote *sum = submit(cluster, "trial", 0, 100), *failing = submit(cluster, "fail", 0, 1);
    unsigned char bytes[16];
    uint64_t value;
    cr_assert_eq(yoke_remote_result(sum, bytes, sizeof bytes), YOKE_OK, "%s", yoke_last_error());
    yoke_unpack_u64(bytes, &value);
    cr_assert_eq(value, 1060);
    cr_assert_eq(yoke_remote_result(sum, bytes, sizeof bytes), YOKE_OK, "as often as asked");
    cr_assert_eq(yoke_remote_result(sum, bytes, 8), YOKE_SIZE_MISMATCH);
    assert_ends(failing, YOKE_STATE_FAILED, YOKE_OVERFLOW, "too much of it");
    cr_assert_eq(yoke_remote_result(failing, bytes, sizeof bytes), YOKE_JOB_FAILED);
    cr_assert_str_eq(yoke_last_error(), "too much of it");
    yoke_cluster_release(cluster);
    assert_ends(sum, YOKE_STATE_DONE, YOKE_OK, ""); /* handles outlive the cluster */
    yoke_remote_release(sum);
    yoke_remote_release(failing);
}

/* The kernel takes half a second. */
Test(cluster, latency_is_what_the_kernel_does_not_take)
{
    start_node("node", none);
    yoke_cluster *cluster = join("program");
    cr_assert_eq(counts_of(cluster).latency + counts_of(cluster).latency_least, 0);
    int64_t begin = clock_now();
    yoke_remote *job = submit(cluster, "tell", 0, 10);
    assert_ends(job, YOKE_STATE_DONE, YOKE_OK, "");
    int64_t rest = clock_now() - begin - YOKE_SECONDS(0.5);
    yoke_cluster_statistics one = counts_of(cluster);
    cr_assert(one.latency > 0 && one.latency == one.latency_least && one.latency <= rest);
    yoke_remote_release(job);
    job = submit(cluster, "trial", 0, 100);
    assert_ends(job, YOKE_STATE_DONE, YOKE_OK, "");
    yoke_cluster_statistics two = counts_of(cluster);
    cr_assert(two.latency_least <= one.latency_least && two.latency >= two.latency_least);
    yoke_remote_release(job);
    char text[1024] = "";
    FILE *stream = fmemopen(text, sizeof text, "w");
    cr_assert_eq(yoke_cluster_print_statistics(cluster, stream), YOKE_OK);
    fclose(stream);
    cr_assert(strstr(text, "\nlatency 0.") && strstr(text, " s at least\n"), "%s", text);
    yoke_cluster_release(cluster);
}

Test(cluster, cancelling_reaches_running_jobs)
{
    start_node("node", none);
    yoke_cluster *cluster = join("program");
    yoke_remote *running = submit(cluster, "sleep", 0, 1);
    wait_for_state(running, YOKE_STATE_RUNNING);
    yoke_remote *queued = submit(cluster, "die", 0, 1);
    usleep(200000);
    cr_assert_eq(yoke_remote_cancel(queued), YOKE_OK);
    cr_assert_eq(yoke_remote_cancel(running), YOKE_OK);
    assert_ends(running, YOKE_STATE_CANCELLED, YOKE_CANCELLED, "cancelled");
    assert_ends(queued, YOKE_STATE_CANCELLED, YOKE_CANCELLED, "cancelled");
    /* The one worker is free again, and the node lives. */
    yoke_remote *next = submit(cluster, "trial", 0, 100);
    assert_ends(next, YOKE_STATE_DONE, YOKE_OK, "");
    cr_assert_eq(yoke_remote_cancel(next), YOKE_OK);
    cr_assert_eq(yoke_remote_state(next), YOKE_STATE_DONE);
    yoke_remote_release(running);
    yoke_remote_release(queued);
    yoke_remote_release(next);
    yoke_cluster_release(cluster);
}

static yoke_remote *submit_limited(yoke_cluster *cluster, const char *kernel)
{
    yoke_cluster_task task = YOKE_CLUSTER_TASK_INIT;
    task.kernel = kernel;
    task.version = 1;
    task.time_limit = YOKE_SECONDS(0.2);
    yoke_remote *job;
    cr_assert_eq(yoke_cluster_submit(cluster, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

Test(cluster, time_limits_hold_for_those_who_heed_them_and_those_who_do_not)
{
    start_node("node", none);
    yoke_cluster *cluster = join("program");
    yoke_remote *heeding = submit_limited(cluster, "sleep");
    assert_ends(heeding, YOKE_STATE_TIMED_OUT, YOKE_TIMED_OUT, "");
    yoke_remote *stubborn = submit_limited(cluster, "stubborn");
    assert_ends(stubborn, YOKE_STATE_TIMED_OUT, YOKE_TIMED_OUT, "does not heed");
    yoke_remote_release(heeding);
    yoke_remote_release(stubborn);
    yoke_cluster_release(cluster);
}

/* A job longer than the silence that is allowed is not given to a second node. */
Test(cluster, nodes_are_heard_of_however_long_their_jobs_run)
{
    start_node("one", none);
    start_node("other", none);
    yoke_cluster *cluster = join("program");
    yoke_remote *job = submit(cluster, "sleep", 0, 1);
    cr_assert_eq(yoke_remote_wait(job, 3 * SILENCE), YOKE_TIMED_OUT);
    yoke_cluster_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_cluster_get_statistics(cluster, &now), YOKE_OK);
    cr_assert_eq(now.retried, 0);
    yoke_remote_release(job);
    yoke_cluster_release(cluster);
}

Test(cluster, a_poison_job_is_lost_and_harms_no_other)
{
    start_node("first", none);
    start_node("second", none);
    start_node("third", none);
    yoke_cluster *cluster = join("program");
    yoke_cluster_task task = YOKE_CLUSTER_TASK_INIT;
    task.kernel = "die";
    task.version = 1;
    task.deliveries = 2;
    yoke_remote *poison, *others[20];
    cr_assert_eq(yoke_cluster_submit(cluster, &task, &poison), YOKE_OK);
    for (int i = 0; i < 20; i++)
        others[i] = submit(cluster, "trial", 0, 20000);
    assert_ends(poison, YOKE_STATE_LOST, YOKE_LOST, "lost after 2 deliveries; it was with ");
    cr_assert_eq(yoke_remote_result(poison, NULL, 0), YOKE_LOST);
    for (int i = 0; i < 20; i++) {
        assert_ends(others[i], YOKE_STATE_DONE, YOKE_OK, "");
        yoke_remote_release(others[i]);
    }
    yoke_remote_release(poison);
    yoke_cluster_release(cluster);
}

/* ---- strangers ------------------------------------------------------------------------------- */

/* Puts any bytes whatever into the stream of jobs. */
static void publish(struct connection *connection, const char *id, const char *bytes, size_t size)
{
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = id;
    cr_assert_eq(js_Publish(NULL, connection->stream, KERNELS_SUBJECT "trial.1" JOBS_ANY, bytes,
                            (int)size, &options, NULL),
                 NATS_OK);
}

/* How many jobs the next message tells of: all of them are malformed. */
static size_t next_results(natsSubscription *results)
{
    natsMsg *message;
    struct wire_reader reader;
    struct wire_result result;
    char node[YOKE_CLUSTER_NAME_MAX + 1];
    cr_assert_eq(natsSubscription_NextMsg(&message, results, 20000), NATS_OK);
    size_t count = wire_results_open(&reader, node, natsMsg_GetData(message),
                                     (size_t)natsMsg_GetDataLength(message));
    cr_assert(count > 0);
    while (wire_result_next(&reader, &result)) {
        cr_assert_eq(result.state, YOKE_STATE_FAILED);
        cr_assert_str_eq(result.message, "the job is malformed");
    }
    natsMsg_Destroy(message);
    return count;
}

Test(cluster, malformed_jobs_are_answered_and_the_node_lives)
{
    start_node("node", none);
    yoke_cluster_options options = cluster_options("stranger");
    struct connection connection;
    cr_assert_eq(connection_open(&connection, &options), YOKE_OK, "%s", yoke_last_error());
    natsSubscription *results;
    cr_assert_eq(
        natsConnection_SubscribeSync(&results, connection.nats, RESULTS_SUBJECT "stranger.*"),
        NATS_OK);
    publish(&connection, NULL, "no name", 7);
    publish(&connection, "no number", "", 0);
    publish(&connection, "stranger.1", "", 0);
    publish(&connection, "stranger.2", "yokejob3 and then something else altogether", 43);
    for (size_t answers = 0; answers < 2;)
        answers += next_results(results);
    natsConnection_PublishString(connection.nats, CANCEL_SUBJECT, "stranger.1");
    natsConnection_PublishString(connection.nats, CANCEL_SUBJECT, "");
    yoke_cluster *cluster = join("program");
    yoke_remote *job = submit(cluster, "trial", 0, 100);
    assert_ends(job, YOKE_STATE_DONE, YOKE_OK, "");
    yoke_remote_release(job);
    yoke_cluster_release(cluster);
    natsSubscription_Destroy(results);
    connection_close(&connection);
}

/* Those of version 2 went to subjects without one. */
Test(cluster, jobs_of_another_version_are_left_to_their_nodes)
{
    start_node("node", none);
    yoke_cluster_options options = cluster_options("stranger");
    struct connection connection;
    cr_assert_eq(connection_open(&connection, &options), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(
        js_Publish(NULL, connection.stream, JOBS_SUBJECT "trial.1", "yokejob2", 8, NULL, NULL),
        NATS_OK);
    yoke_cluster *cluster = join("program");
    yoke_remote *job = submit(cluster, "trial", 0, 100);
    assert_ends(job, YOKE_STATE_DONE, YOKE_OK, "");
    natsMsg *message = NULL;
    cr_assert_eq(
        js_GetLastMsg(&message, connection.stream, JOBS_STREAM, JOBS_SUBJECT "trial.1", NULL, NULL),
        NATS_OK);
    natsMsg_Destroy(message);
    yoke_remote_release(job);
    yoke_cluster_release(cluster);
    connection_close(&connection);
}

Test(cluster, malformed_results_end_their_jobs)
{
    yoke_cluster *cluster = join("program");
    yoke_remote *job = submit(cluster, "nobody-knows-it", 0, 1);
    yoke_cluster_options options = cluster_options("stranger");
    struct connection connection;
    cr_assert_eq(connection_open(&connection, &options), YOKE_OK);
    natsMsg *message = NULL;
    const char *id;
    while (js_GetLastMsg(&message, connection.stream, JOBS_STREAM,
                         KERNELS_SUBJECT "nobody-knows-it.1" JOBS_ANY, NULL, NULL) != NATS_OK)
        usleep(1000);
    cr_assert_eq(natsMsgHeader_Get(message, "Nats-Msg-Id", &id), NATS_OK);
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof subject, RESULTS_SUBJECT "%s", id);
    natsMsg_Destroy(message);
    cr_assert_eq(js_Publish(NULL, connection.stream, subject, "rubbish", 7, NULL, NULL), NATS_OK);
    assert_ends(job, YOKE_STATE_FAILED, YOKE_SYSTEM, "malformed");
    yoke_cluster_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_cluster_get_statistics(cluster, &now), YOKE_OK);
    cr_assert(now.malformed == 1 && now.failed == 1 && now.active == 0);
    connection_close(&connection);
    yoke_remote_release(job);
    yoke_cluster_release(cluster);
}

/* The hub may not have told yet that it has the job. */
Test(cluster, a_job_that_is_cancelled_at_once_does_not_stay)
{
    struct connection connection;
    yoke_cluster *cluster = join("program");
    open_stranger(&connection);
    for (int i = 0; i < 50; i++) {
        yoke_remote *job = submit(cluster, "nobody-knows-it", 0, 1);
        if (i % 2)
            usleep((useconds_t)i * 10);
        cr_assert_eq(yoke_remote_cancel(job), YOKE_OK);
        assert_ends(job, YOKE_STATE_CANCELLED, YOKE_CANCELLED, "cancelled");
        yoke_remote_release(job);
    }
    /* Behind all that is on its way. */
    yoke_remote *last = submit(cluster, "nobody-knows-it-either", 0, 1);
    while (count_at_hub(&connection, JOBS_STREAM, KERNELS_SUBJECT "nobody-knows-it-either.>") == 0)
        usleep(1000);
    while (count_at_hub(&connection, JOBS_STREAM, KERNELS_SUBJECT "nobody-knows-it.>") != 0)
        usleep(1000);
    yoke_remote_release(last);
    yoke_cluster_release(cluster);
    connection_close(&connection);
}

/* The word that a job is cancelled may be there before the job. */
Test(cluster, a_job_that_comes_after_its_end_is_not_run)
{
    start_node("node", none);
    struct connection connection;
    yoke_cluster *cluster = join("program");
    open_stranger(&connection);
    yoke_remote *job = submit(cluster, "trial", 0, 100);
    assert_ends(job, YOKE_STATE_DONE, YOKE_OK, "");
    yoke_remote_release(job);
    /* The stranger sees the number of a job that nobody takes, and cancels the one after it. */
    job = submit(cluster, "nobody-knows-it", 0, 1);
    natsMsg *message = NULL;
    const char *id;
    char client[WIRE_CLIENT_SIZE];
    uint64_t sequence;
    while (js_GetLastMsg(&message, connection.stream, JOBS_STREAM,
                         KERNELS_SUBJECT "nobody-knows-it.1" JOBS_ANY, NULL, NULL) != NATS_OK)
        usleep(1000);
    cr_assert_eq(natsMsgHeader_Get(message, "Nats-Msg-Id", &id), NATS_OK);
    cr_assert(wire_id_read(id, client, &sequence));
    natsMsg_Destroy(message);
    connection_cancel(&connection, client, sequence + 1);
    cr_assert_eq(natsConnection_Flush(connection.nats), NATS_OK);
    usleep(100000);
    yoke_remote *next = submit(cluster, "sleep", 0, 1);
    assert_ends(next, YOKE_STATE_CANCELLED, YOKE_CANCELLED, "cancelled");
    yoke_remote_release(next);
    yoke_remote_release(job);
    connection_close(&connection);
    yoke_cluster_release(cluster);
}

static uint64_t count_messages(struct connection *connection, const char *stream)
{
    jsStreamInfo *info;
    cr_assert_eq(js_GetStreamInfo(&info, connection->stream, stream, NULL, NULL), NATS_OK);
    uint64_t messages = info->State.Msgs;
    jsStreamInfo_Destroy(info);
    return messages;
}

/* Those that run, wait, or are on their way. */
Test(cluster, a_program_that_leaves_takes_its_jobs_along)
{
    start_node("node", none);
    struct connection connection;
    yoke_cluster *cluster = join("program");
    open_stranger(&connection);
    uint64_t before = count_messages(&connection, JOBS_STREAM);
    yoke_remote *running = submit(cluster, "sleep", 0, 1);
    wait_for_state(running, YOKE_STATE_RUNNING);
    for (int i = 0; i < 500; i++)
        yoke_remote_release(submit(cluster, i % 2 ? "nobody-knows-it" : "sleep", 0, 1));
    yoke_cluster_release(cluster);
    assert_ends(running, YOKE_STATE_CANCELLED, YOKE_CANCELLED, "left");
    yoke_remote_release(running);
    while (count_messages(&connection, JOBS_STREAM) != before)
        usleep(1000);
    connection_close(&connection);
    /* The worker is free. */
    cluster = join("program");
    yoke_remote *next = submit(cluster, "trial", 0, 100);
    assert_ends(next, YOKE_STATE_DONE, YOKE_OK, "");
    yoke_remote_release(next);
    yoke_cluster_release(cluster);
}

/* Each of them finds the streams missing, or half set up by another one. */
enum { COMERS = 8, FRESH_HUBS = 10 };

struct comer {
    struct connection connection;
    char error[200];
};

static void *come(void *argument)
{
    struct comer *comer = argument;
    yoke_cluster_options options = cluster_options("comer");
    yoke_status status = connection_open(&comer->connection, &options);
    natsStatus blocks = status == YOKE_OK ? connection_prepare_blocks(&comer->connection) : NATS_OK;
    snprintf(comer->error, sizeof comer->error, "%s",
             status != YOKE_OK ? yoke_last_error() : natsStatus_GetText(blocks));
    nats_ReleaseThreadMemory();
    return NULL;
}

Test(cluster, many_come_to_a_fresh_hub_at_once)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s/hub/jetstream", cluster_folder());
    for (int round = 0; round < FRESH_HUBS; round++) {
        struct comer comers[COMERS];
        pthread_t threads[COMERS];
        for (int i = 0; i < COMERS; i++)
            cr_assert_eq(pthread_create(&threads[i], NULL, come, &comers[i]), 0);
        for (int i = 0; i < COMERS; i++)
            cr_assert_eq(pthread_join(threads[i], NULL), 0);
        for (int i = 0; i < COMERS; i++) {
            cr_assert_str_eq(comers[i].error, "OK", "round %d: %s", round, comers[i].error);
            cr_assert_eq(comers[i].connection.created, comers[0].connection.created,
                         "all have found one stream");
            connection_close(&comers[i].connection);
        }
        kill_hub();
        cr_assert_eq(system(command), 0);
        start_hub();
    }
}

static void assert_refused(yoke_cluster_options options, yoke_status status)
{
    yoke_cluster *cluster;
    cr_assert_eq(yoke_cluster_open(&options, &cluster), status, "%s", yoke_last_error());
}

Test(cluster, only_those_with_the_password_are_let_in)
{
    yoke_cluster_options options = cluster_options("program");
    options.credentials = NULL;
    assert_refused(options, YOKE_SYSTEM);
    char path[128];
    snprintf(path, sizeof path, "%s/wrong", cluster_folder());
    FILE *file = fopen(path, "w");
    fputs("yoke:wrong\n", file);
    fclose(file);
    options.credentials = path;
    assert_refused(options, YOKE_SYSTEM);
    options.credentials = "/nowhere";
    assert_refused(options, YOKE_INVALID);
    options = cluster_options("a name");
    assert_refused(options, YOKE_INVALID);
    options = cluster_options("program");
    options.servers = "192.0.2.1:4222"; /* never asked: it is refused here */
    assert_refused(options, YOKE_INVALID);
}

Test(cluster, tasks_are_checked)
{
    yoke_cluster *cluster = join("program");
    const yoke_cluster_task good = {.size = sizeof good, .kernel = "trial", .version = 1};
    yoke_cluster_task bad[6] = {good, good, good, good, good, good};
    bad[0].size = 1;
    bad[1].kernel = "a.b";
    bad[2].version = 0;
    bad[3].argument_size = 1;
    bad[4].time_limit = -1;
    bad[5].result_size = (size_t)9 << 20;
    for (int i = 0; i < 6; i++)
        cr_assert_eq(yoke_cluster_submit(cluster, &bad[i], NULL), YOKE_INVALID, "%d", i);
    cr_assert_eq(yoke_cluster_submit(cluster, &good, NULL), YOKE_OK);
    cr_assert_eq(yoke_cluster_wait(cluster, 0), YOKE_TIMED_OUT);
    yoke_cluster_release(cluster);
}

Test(cluster_alone, a_hub_refuses_to_listen_to_the_world_without_tls, .timeout = 20)
{
    char folder[] = "/tmp/yoke-hub-XXXXXX", command[256];
    cr_assert(mkdtemp(folder));
    static const char *const everywhere[] = {"0.0.0.0:4222", "[::]:4222", "10.0.0.1:4222", ":4222",
                                             "127.0.0.1.example.org:4222"};
    for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere; i++) {
        snprintf(command, sizeof command,
                 YOKE_BUILD "/apps/yoke_cluster hub --directory=%s --listen=%s 2>/dev/null", folder,
                 everywhere[i]);
        int status = system(command);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 2, "%s", everywhere[i]);
    }
    cr_assert_eq(rmdir(folder), 0, "nothing was written");
}
