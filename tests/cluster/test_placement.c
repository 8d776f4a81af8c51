/* Jobs that name their node. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster/connection.h"
#include "with_cluster.h"

static const struct grief none;

static yoke_job *submit_to(yoke_server *server, const char *node, const char *kernel, uint64_t stop,
                           unsigned deliveries)
{
    unsigned char interval[16];
    yoke_task task = interval_task(interval, kernel, 0, stop);
    task.deliveries = deliveries;
    task.node = node;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static void assert_sum(yoke_job *job)
{
    unsigned char bytes[16];
    uint64_t sum;
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(30)), YOKE_OK);
    cr_assert_eq(yoke_job_result(job, bytes, sizeof bytes), YOKE_OK, "%s", yoke_last_error());
    yoke_unpack_u64(bytes, &sum);
    cr_assert_eq(sum, 1060);
    yoke_job_release(job);
}

static void assert_fails(yoke_job *job, yoke_state state, const char *message)
{
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(30)), YOKE_OK);
    cr_assert_eq(yoke_job_state(job), state, "%s", yoke_job_message(job));
    cr_assert_str_eq(yoke_job_message(job), message);
    yoke_job_release(job);
}

/* What each node has reported. */
struct reported {
    uint64_t one, other;
};

static void count(const yoke_node_info *node, void *context)
{
    struct reported *reported = context;
    *(strcmp(node->name, "one") == 0 ? &reported->one : &reported->other) = node->reported;
}

TestSuite(placement, .init = start_cluster, .fini = end_cluster, .timeout = 90);

Test(placement, jobs_run_where_they_say)
{
    start_node("one", none);
    start_node("other", none);
    yoke_server *server = join("program");
    yoke_job *jobs[60];
    for (int i = 0; i < 60; i++)
        jobs[i] = submit_to(server, i % 3 ? "one" : "other", "trial", 100, 0);
    for (int i = 0; i < 60; i++)
        assert_sum(jobs[i]);
    struct reported reported = {0, 0};
    while (reported.one + reported.other < 60) /* the hub may have told the node later than us */
        cr_assert_eq(yoke_cluster_nodes(cluster_of(server), YOKE_SECONDS(0.2), count, &reported),
                     YOKE_OK);
    cr_assert(reported.one == 40 && reported.other == 20, "%d", (int)reported.one);
    leave(server);
}

Test(placement, jobs_wait_for_their_node_and_can_be_cancelled)
{
    pid_t late = prepare_node("late"), leaving = start_node("leaving", none);
    yoke_server *server = join("program");
    yoke_job *waiting = submit_to(server, "late", "trial", 100, 0);
    yoke_job *lonely = submit_to(server, "nobody", "trial", 100, 0);
    assert_sum(submit_to(server, "leaving", "trial", 100, 0));
    cr_assert_eq(yoke_job_wait(waiting, YOKE_SECONDS(0.5)), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_job_state(waiting), YOKE_STATE_QUEUED);
    join_node(late);
    assert_sum(waiting);
    cr_assert_eq(yoke_job_state(lonely), YOKE_STATE_QUEUED);
    cr_assert_eq(yoke_job_cancel(lonely), YOKE_OK);
    assert_fails(lonely, YOKE_STATE_CANCELLED, "the job was cancelled while it was elsewhere");
    yoke_job *running = submit_to(server, "late", "sleep", 0, 0);
    while (yoke_job_state(running) != YOKE_STATE_RUNNING)
        usleep(1000);
    cr_assert_eq(yoke_job_cancel(running), YOKE_OK);
    yoke_job_release(running);
    assert_sum(submit_to(server, "late", "trial", 100, 0));
    /* One that leaves in order leaves nothing with the hub but its jobs. */
    cr_assert_eq(kill(leaving, SIGTERM), 0);
    cr_assert_eq(waitpid(leaving, NULL, 0), leaving);
    struct connection connection;
    yoke_cluster_options options = cluster_options("stranger");
    cr_assert_eq(connection_open(&connection, &options), YOKE_OK);
    jsConsumerInfo *info = NULL;
    char consumer[SUBJECT_SIZE];
    snprintf(consumer, sizeof consumer, JOBS_VERSION "@leaving-%llx",
             (unsigned long long)connection.created);
    cr_assert_eq(js_GetConsumerInfo(&info, connection.stream, JOBS_STREAM, consumer, NULL, NULL),
                 NATS_NOT_FOUND);
    snprintf(consumer, sizeof consumer, JOBS_VERSION "@late-%llx",
             (unsigned long long)connection.created);
    cr_assert_eq(js_GetConsumerInfo(&info, connection.stream, JOBS_STREAM, consumer, NULL, NULL),
                 NATS_OK);
    jsConsumerInfo_Destroy(info);
    connection_close(&connection);
    leave(server);
}

Test(placement, a_node_that_does_not_know_the_kernel_says_so)
{
    start_node("one", none);
    yoke_server *server = join("program");
    assert_fails(submit_to(server, "one", "unheard-of", 100, 0), YOKE_STATE_FAILED,
                 "node one does not know the kernel unheard-of:1");
    assert_sum(submit_to(server, "one", "trial", 100, 0));
    yoke_task task = {
        .size = sizeof task, .kernel_name = "trial", .kernel_version = 1, .node = "a.b"};
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_INVALID);
    leave(server);
}

/* A job that kills its node goes to the same one when that is back, and is lost after its tries;
 * the jobs of others that were for that node are not. */
Test(placement, a_node_that_died_goes_on_with_its_jobs)
{
    start_node("one", none);
    pid_t second = prepare_node("one"), third = prepare_node("one"), fourth = prepare_node("one");
    yoke_server *server = join("program");
    yoke_job *poison = submit_to(server, "one", "die", 100, 2), *others[8];
    for (int i = 0; i < 8; i++)
        others[i] = submit_to(server, "one", "trial", 100, 0);
    usleep(200000);
    join_node(second);
    join_node(third);
    join_node(fourth);
    cr_assert_eq(yoke_job_wait(poison, YOKE_SECONDS(40)), YOKE_OK);
    cr_assert_eq(yoke_job_state(poison), YOKE_STATE_LOST, "%s", yoke_job_message(poison));
    yoke_job_release(poison);
    for (int i = 0; i < 8; i++)
        assert_sum(others[i]);
    leave(server);
}
