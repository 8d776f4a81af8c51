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

#include "cluster/transport/clock.h"
#include "with_durable.h"

static const struct grief none;

static void assert_ends(yoke_job *job, yoke_state state, yoke_status status, const char *message)
{
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(40)), YOKE_OK, "%s; it is %s, and should be %s",
                 yoke_last_error(), yoke_state_text(yoke_job_state(job)), yoke_state_text(state));
    cr_assert_eq(yoke_job_state(job), state, "state %d: %s", yoke_job_state(job),
                 yoke_job_message(job));
    cr_assert_eq(yoke_job_status(job), status);
    cr_assert(strstr(yoke_job_message(job), message), "\"%s\"", yoke_job_message(job));
}

static void wait_for_state(yoke_job *job, yoke_state state)
{
    while (yoke_job_state(job) != state)
        usleep(1000);
}

TestSuite(cluster, .init = start_cluster, .fini = end_cluster, .timeout = 60);

Test(cluster, jobs_end_as_their_kernels_say)
{
    start_node("node", none);
    yoke_server *server = join("program");
    yoke_job *sum = submit(server, "trial", 0, 100), *failing = submit(server, "fail", 0, 1);
    unsigned char bytes[16];
    uint64_t value;
    cr_assert_eq(yoke_job_result(sum, bytes, sizeof bytes), YOKE_OK, "%s", yoke_last_error());
    yoke_unpack_u64(bytes, &value);
    cr_assert_eq(value, 1060);
    cr_assert_eq(yoke_job_result(sum, bytes, sizeof bytes), YOKE_OK, "as often as asked");
    cr_assert_eq(yoke_job_result(sum, bytes, 8), YOKE_SIZE_MISMATCH);
    assert_ends(failing, YOKE_STATE_FAILED, YOKE_OVERFLOW, "too much of it");
    cr_assert_eq(yoke_job_result(failing, bytes, sizeof bytes), YOKE_JOB_FAILED);
    cr_assert_str_eq(yoke_last_error(), "too much of it");
    leave(server);
    assert_ends(sum, YOKE_STATE_DONE, YOKE_OK, ""); /* handles outlive the cluster */
    yoke_job_release(sum);
    yoke_job_release(failing);
}

/* The kernel takes half a second. */
Test(cluster, latency_is_what_the_kernel_does_not_take)
{
    start_node("node", none);
    yoke_server *server = join("program");
    cr_assert_eq(traffic_of(server).latency + traffic_of(server).latency_least, 0);
    int64_t begin = clock_now();
    yoke_job *job = submit(server, "tell", 0, 10);
    assert_ends(job, YOKE_STATE_DONE, YOKE_OK, "");
    int64_t rest = clock_now() - begin - YOKE_SECONDS(0.5);
    yoke_cluster_statistics one = traffic_of(server);
    cr_assert(one.latency > 0 && one.latency == one.latency_least && one.latency <= rest);
    yoke_job_release(job);
    job = submit(server, "trial", 0, 100);
    assert_ends(job, YOKE_STATE_DONE, YOKE_OK, "");
    yoke_cluster_statistics two = traffic_of(server);
    cr_assert(two.latency_least <= one.latency_least && two.latency >= two.latency_least);
    yoke_job_release(job);
    leave(server);
}

Test(cluster, cancelling_reaches_running_jobs)
{
    start_node("node", none);
    yoke_server *server = join("program");
    yoke_job *running = submit(server, "sleep", 0, 1);
    wait_for_state(running, YOKE_STATE_RUNNING);
    yoke_job *queued = submit(server, "die", 0, 1);
    usleep(200000);
    cr_assert_eq(yoke_job_cancel(queued), YOKE_OK);
    cr_assert_eq(yoke_job_cancel(running), YOKE_OK);
    assert_ends(running, YOKE_STATE_CANCELLED, YOKE_CANCELLED, "cancelled");
    assert_ends(queued, YOKE_STATE_CANCELLED, YOKE_CANCELLED, "cancelled");
    /* The one worker is free again, and the node lives. */
    yoke_job *next = submit(server, "trial", 0, 100);
    assert_ends(next, YOKE_STATE_DONE, YOKE_OK, "");
    cr_assert_eq(yoke_job_cancel(next), YOKE_OK);
    cr_assert_eq(yoke_job_state(next), YOKE_STATE_DONE);
    yoke_job_release(running);
    yoke_job_release(queued);
    yoke_job_release(next);
    leave(server);
}

static yoke_job *submit_limited(yoke_server *server, const char *kernel)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel_name = kernel;
    task.kernel_version = 1;
    task.time_limit = YOKE_SECONDS(0.2);
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

Test(cluster, time_limits_hold_for_those_who_heed_them_and_those_who_do_not)
{
    start_node("node", none);
    yoke_server *server = join("program");
    yoke_job *heeding = submit_limited(server, "sleep");
    assert_ends(heeding, YOKE_STATE_TIMED_OUT, YOKE_TIMED_OUT, "");
    yoke_job *stubborn = submit_limited(server, "stubborn");
    assert_ends(stubborn, YOKE_STATE_TIMED_OUT, YOKE_TIMED_OUT, "does not heed");
    yoke_job_release(heeding);
    yoke_job_release(stubborn);
    leave(server);
}

/* A job longer than the silence that is allowed is not given to a second node. */
Test(cluster, nodes_are_heard_of_however_long_their_jobs_run)
{
    start_node("one", none);
    start_node("other", none);
    yoke_server *server = join("program");
    yoke_job *job = submit(server, "sleep", 0, 1);
    cr_assert_eq(yoke_job_wait(job, 3 * SILENCE), YOKE_TIMED_OUT);
    cr_assert_eq(traffic_of(server).retried, 0);
    yoke_job_release(job);
    leave(server);
}

Test(cluster, a_poison_job_is_lost_and_harms_no_other)
{
    start_node("first", none);
    start_node("second", none);
    start_node("third", none);
    yoke_server *server = join("program");
    yoke_task task = YOKE_TASK_INIT;
    task.kernel_name = "die";
    task.kernel_version = 1;
    task.deliveries = 2;
    yoke_job *poison, *others[20];
    cr_assert_eq(yoke_submit(server, &task, &poison), YOKE_OK);
    for (int i = 0; i < 20; i++)
        others[i] = submit(server, "trial", 0, 20000);
    assert_ends(poison, YOKE_STATE_LOST, YOKE_LOST, "lost after 2 deliveries; it was with ");
    cr_assert_eq(yoke_job_result(poison, NULL, 0), YOKE_LOST);
    for (int i = 0; i < 20; i++) {
        assert_ends(others[i], YOKE_STATE_DONE, YOKE_OK, "");
        yoke_job_release(others[i]);
    }
    yoke_job_release(poison);
    leave(server);
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
    yoke_server *server = join("program");
    yoke_job *job = submit(server, "trial", 0, 100);
    assert_ends(job, YOKE_STATE_DONE, YOKE_OK, "");
    yoke_job_release(job);
    leave(server);
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
    yoke_server *server = join("program");
    yoke_job *job = submit(server, "trial", 0, 100);
    assert_ends(job, YOKE_STATE_DONE, YOKE_OK, "");
    natsMsg *message = NULL;
    cr_assert_eq(
        js_GetLastMsg(&message, connection.stream, JOBS_STREAM, JOBS_SUBJECT "trial.1", NULL, NULL),
        NATS_OK);
    natsMsg_Destroy(message);
    yoke_job_release(job);
    leave(server);
    connection_close(&connection);
}

Test(cluster, malformed_results_end_their_jobs)
{
    yoke_server *server = join("program");
    yoke_job *job = submit(server, "nobody-knows-it", 0, 1);
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
    yoke_server_statistics now = counts_of(server);
    cr_assert(now.failed == 1 && now.queued + now.running == 0);
    cr_assert_eq(traffic_of(server).malformed, 1);
    connection_close(&connection);
    yoke_job_release(job);
    leave(server);
}

/* The hub may not have told yet that it has the job. */
Test(cluster, a_job_that_is_cancelled_at_once_does_not_stay)
{
    struct connection connection;
    yoke_server *server = join("program");
    open_stranger(&connection);
    for (int i = 0; i < 50; i++) {
        yoke_job *job = submit(server, "nobody-knows-it", 0, 1);
        if (i % 2)
            usleep((useconds_t)i * 10);
        cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
        assert_ends(job, YOKE_STATE_CANCELLED, YOKE_CANCELLED, "cancelled");
        yoke_job_release(job);
    }
    /* Behind all that is on its way. */
    yoke_job *last = submit(server, "nobody-knows-it-either", 0, 1);
    while (count_at_hub(&connection, JOBS_STREAM, KERNELS_SUBJECT "nobody-knows-it-either.>") == 0)
        usleep(1000);
    while (count_at_hub(&connection, JOBS_STREAM, KERNELS_SUBJECT "nobody-knows-it.>") != 0)
        usleep(1000);
    yoke_job_release(last);
    leave(server);
    connection_close(&connection);
}

/* The word that a job is cancelled may be there before the job. */
Test(cluster, a_job_that_comes_after_its_end_is_not_run)
{
    start_node("node", none);
    struct connection connection;
    yoke_server *server = join("program");
    open_stranger(&connection);
    yoke_job *job = submit(server, "trial", 0, 100);
    assert_ends(job, YOKE_STATE_DONE, YOKE_OK, "");
    yoke_job_release(job);
    /* The stranger sees the number of a job that nobody takes, and cancels the one after it. */
    job = submit(server, "nobody-knows-it", 0, 1);
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
    yoke_job *next = submit(server, "sleep", 0, 1);
    assert_ends(next, YOKE_STATE_CANCELLED, YOKE_CANCELLED, "cancelled");
    yoke_job_release(next);
    yoke_job_release(job);
    connection_close(&connection);
    leave(server);
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
    yoke_server *server = join("program");
    open_stranger(&connection);
    uint64_t before = count_messages(&connection, JOBS_STREAM);
    yoke_job *running = submit(server, "sleep", 0, 1);
    wait_for_state(running, YOKE_STATE_RUNNING);
    for (int i = 0; i < 500; i++)
        yoke_job_release(submit(server, i % 2 ? "nobody-knows-it" : "sleep", 0, 1));
    leave(server);
    assert_ends(running, YOKE_STATE_CANCELLED, YOKE_CANCELLED, "closed");
    yoke_job_release(running);
    while (count_messages(&connection, JOBS_STREAM) != before)
        usleep(1000);
    connection_close(&connection);
    /* The worker is free. */
    server = join("program");
    yoke_job *next = submit(server, "trial", 0, 100);
    assert_ends(next, YOKE_STATE_DONE, YOKE_OK, "");
    yoke_job_release(next);
    leave(server);
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
    natsStatus blobs = status == YOKE_OK ? connection_prepare_blobs(&comer->connection) : NATS_OK;
    snprintf(comer->error, sizeof comer->error, "%s",
             status != YOKE_OK ? yoke_last_error() : natsStatus_GetText(blobs));
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
    yoke_server *server = join("program");
    const yoke_task good = {.size = sizeof good, .kernel_name = "trial", .kernel_version = 1};
    yoke_task bad[6] = {good, good, good, good, good, good};
    bad[0].size = 1;
    bad[1].kernel_name = "a.b";
    bad[2].kernel_version = 0;
    bad[3].argument_size = 1;
    bad[4].time_limit = -1;
    bad[5].result_size = (size_t)9 << 20;
    for (int i = 0; i < 6; i++)
        cr_assert_eq(yoke_submit(server, &bad[i], NULL), YOKE_INVALID, "%d", i);
    cr_assert_eq(yoke_submit(server, &good, NULL), YOKE_OK);
    cr_assert_eq(yoke_server_wait(server, 0), YOKE_TIMED_OUT);
    leave(server);
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
