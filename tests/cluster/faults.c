/* What the cluster is for: nodes and the hub die, hang and come late, and no job is lost, nor
 * counted twice. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yoke/primes.h>

#include "with_cluster.h"

enum { JOBS = 200 };

/* Some ten milliseconds of trial division, and a different sum for each job. */
static uint64_t below(int i)
{
    return 100000 + 400 * (uint64_t)i;
}

static void wait_until_done(yoke_server *server, uint64_t jobs)
{
    while (counts_of(server).done < jobs)
        usleep(1000);
}

static void submit_all(yoke_server *server, yoke_job *jobs[JOBS])
{
    for (int i = 0; i < JOBS; i++)
        jobs[i] = submit(server, "trial", 0, below(i));
}

static void check_all(yoke_server *server, yoke_job *jobs[JOBS])
{
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(90)), YOKE_OK, "%s", yoke_last_error());
    yoke_uint128 last = {0, 0};
    for (int i = 0; i < JOBS; i++) {
        unsigned char bytes[16];
        yoke_uint128 sum, expected;
        cr_assert_eq(yoke_job_result(jobs[i], bytes, sizeof bytes), YOKE_OK, "job %d: %s", i,
                     yoke_last_error());
        yoke_unpack_u128(bytes, &sum);
        cr_assert_eq(yoke_sum_primes(NULL, 0, below(i), NULL, &expected), YOKE_OK);
        cr_assert(sum.lo == expected.lo && sum.hi == expected.hi, "job %d is wrong", i);
        cr_assert_gt(sum.lo, last.lo, "job %d has the result of another", i);
        last = sum;
        yoke_job_release(jobs[i]);
    }
}

static void check_counts(yoke_server *server)
{
    yoke_server_statistics now = counts_of(server);
    cr_assert_eq(now.submitted, JOBS);
    cr_assert_eq(now.done, JOBS);
    cr_assert_eq(now.queued + now.running + now.failed + now.cancelled + now.timed_out + now.lost,
                 0);
    cr_assert_eq(traffic_of(server).malformed, 0);
}

/* Blocks until the node has died of SIGKILL, or stopped. */
static void await_grief(pid_t node, bool stopped)
{
    int status;
    cr_assert_eq(waitpid(node, &status, WUNTRACED), node);
    cr_assert(stopped ? WIFSTOPPED(status) : WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

Test(faults, every_result_counts_once_whatever_happens, .init = start_cluster, .fini = end_cluster,
     .timeout = 120)
{
    pid_t killed = start_node("killed", (struct grief){.dies_in = 8});
    pid_t stopped = start_node("stopped", (struct grief){.stops_in = 15});
    start_node("steady", (struct grief){0, 0});
    pid_t late = prepare_node("late");
    yoke_server *server = join("program");
    yoke_job *jobs[JOBS];
    submit_all(server, jobs);
    await_grief(killed, false);
    await_grief(stopped, true);
    wait_until_done(server, counts_of(server).done + 5);
    kill_hub();
    usleep(300000);
    start_hub();
    join_node(late);
    check_all(server, jobs);
    /* Jobs of both went to others, whose results count; that of the sleeper comes too late. */
    cr_assert_eq(kill(stopped, SIGCONT), 0);
    cr_assert_eq(kill(stopped, SIGTERM), 0);
    cr_assert_eq(waitpid(stopped, NULL, 0), stopped);
    check_counts(server);
    if (getenv("YOKE_CLUSTER_PRINT")) {
        yoke_server_print_statistics(server, stderr);
        fprintf(stderr, "%lu repeated\n", (unsigned long)traffic_of(server).repeated);
    }
    leave(server);
}

/* A hub without its disk has forgotten all: who is connected goes on with whatever comes next. */
Test(faults, a_hub_may_come_back_empty, .init = start_cluster, .fini = end_cluster, .timeout = 60)
{
    start_node("steady", (struct grief){0, 0});
    yoke_server *server = join("before");
    yoke_job *job = submit(server, "trial", 0, 100);
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(30)), YOKE_OK);
    yoke_job_release(job);
    leave(server);
    kill_hub();
    char command[128];
    snprintf(command, sizeof command, "rm -r %s/hub/jetstream", cluster_folder());
    cr_assert_eq(system(command), 0);
    start_hub();
    server = join("after");
    job = submit(server, "trial", 0, 100);
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(30)), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_DONE);
    yoke_job_release(job);
    leave(server);
}

/* And what was submitted before is not lost either, whether it waited, ran, or had its result at
 * the hub. */
Test(faults, jobs_outlive_the_disk_of_the_hub, .init = start_cluster, .fini = end_cluster,
     .timeout = 120)
{
    start_node("one", (struct grief){0, 0});
    start_node("other", (struct grief){0, 0});
    yoke_server *server = join("program");
    yoke_job *jobs[JOBS];
    submit_all(server, jobs);
    wait_until_done(server, 20);
    kill_hub();
    char command[128];
    snprintf(command, sizeof command, "rm -r %s/hub/jetstream", cluster_folder());
    cr_assert_eq(system(command), 0);
    start_hub();
    check_all(server, jobs);
    check_counts(server);
    leave(server);
}

/* What one has, it ends; what it has not, another one takes: nothing is run twice. */
Test(faults, a_node_that_drains_loses_nothing, .init = start_cluster, .fini = end_cluster,
     .timeout = 60)
{
    pid_t drained = start_node("drained", (struct grief){0, 0});
    start_node("steady", (struct grief){0, 0});
    yoke_server *server = join("program");
    yoke_job *jobs[JOBS];
    submit_all(server, jobs);
    wait_until_done(server, 20);
    cr_assert_eq(kill(drained, SIGTERM), 0);
    int status;
    cr_assert_eq(waitpid(drained, &status, 0), drained);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    check_all(server, jobs);
    check_counts(server);
    cr_assert_eq(traffic_of(server).retried, 0);
    leave(server);
}
