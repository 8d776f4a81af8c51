/* One server out of local and remote workers. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yoke/group.h>
#include <yoke/primes.h>
#include <yoke/statistics.h>

#include "with_durable.h"

enum { JOBS = 200 };

static const struct grief none;

static yoke_server *open_server(void)
{
    cr_assert_eq(yoke_kernel_register("trial", 1, trial), YOKE_OK);
    cr_assert_eq(yoke_kernel_register("sleep", 1, sleep_on), YOKE_OK);
    return join_as(cluster_options("program"), 1);
}

static uint64_t below(int i)
{
    return 100000 + 400 * (uint64_t)i;
}

static yoke_task task_trial(unsigned char bytes[16], int i)
{
    yoke_pack_u64(yoke_pack_u64(bytes, 0), below(i));
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = trial;
    task.argument = bytes;
    task.argument_size = 16;
    task.result_size = 16;
    return task;
}

static void check(yoke_job *job, int i)
{
    unsigned char bytes[16];
    yoke_uint128 sum, expected;
    cr_assert_eq(yoke_job_result(job, bytes, sizeof bytes), YOKE_OK, "%s", yoke_last_error());
    yoke_unpack_u128(bytes, &sum);
    cr_assert_eq(yoke_sum_primes(NULL, 0, below(i), NULL, &expected), YOKE_OK);
    cr_assert(sum.lo == expected.lo && sum.hi == expected.hi, "job %d", i);
    yoke_job_release(job);
}

/* Jobs that ended in the rows behind the first, and how many of these there are. */
static uint64_t ended_on_nodes(yoke_server *server, unsigned *rows)
{
    yoke_place_statistics place = {.size = sizeof place};
    uint64_t ended = 0;
    *rows = 0;
    for (unsigned i = 1; yoke_server_get_place_statistics(server, i, &place) == YOKE_OK; i++) {
        ended += place.ended;
        ++*rows;
    }
    return ended;
}

static yoke_status count(yoke_job *job, void *context)
{
    atomic_fetch_add((atomic_int *)context, yoke_job_state(job) == YOKE_STATE_DONE);
    return YOKE_OK;
}

static yoke_status unregistered(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    return YOKE_OK;
}

TestSuite(server, .init = start_cluster, .fini = end_cluster, .timeout = 90);

Test(server, jobs_run_here_and_there_and_nodes_may_die)
{
    start_node("dies", (struct grief){.dies_in = 20});
    start_node("steady", none);
    yoke_server *server = open_server();
    yoke_job *jobs[JOBS];
    atomic_int calls = 0;
    for (int i = 0; i < JOBS; i++) {
        unsigned char bytes[16];
        yoke_task task = task_trial(bytes, i);
        task.callback = count;
        task.callback_context = &calls;
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK);
    }
    for (int i = 0; i < JOBS; i++)
        check(jobs[i], i);
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(30)), YOKE_OK);
    cr_assert_eq(atomic_load(&calls), JOBS);
    unsigned rows;
    uint64_t ended = ended_on_nodes(server, &rows);
    cr_assert(rows == 2 && ended >= 20 && ended < JOBS, "%u rows, %d jobs", rows, (int)ended);
    yoke_server_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_server_get_statistics(server, &now), YOKE_OK);
    cr_assert(now.done == JOBS && now.submitted == JOBS);
    leave(server);
}

Test(server, without_nodes_all_jobs_run_here)
{
    yoke_server *server = open_server();
    yoke_job *jobs[20];
    for (int i = 0; i < 20; i++) {
        unsigned char bytes[16];
        yoke_task task = task_trial(bytes, i);
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK);
    }
    for (int i = 0; i < 20; i++)
        check(jobs[i], i);
    leave(server);
}

Test(server, jobs_on_nodes_are_cancelled_with_their_group)
{
    start_node("node", none);
    yoke_server *server = open_server();
    yoke_group *group;
    cr_assert_eq(yoke_group_open(server, &group), YOKE_OK);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = sleep_on;
    yoke_job *jobs[2];
    for (int i = 0; i < 2; i++)
        cr_assert_eq(yoke_group_submit(group, &task, &jobs[i]), YOKE_OK);
    for (int i = 0; i < 2; i++) {
        while (yoke_job_state(jobs[i]) != YOKE_STATE_RUNNING)
            usleep(1000);
    }
    usleep(200000);
    cr_assert_eq(yoke_group_cancel(group), YOKE_OK);
    cr_assert_eq(yoke_group_wait(group, YOKE_SECONDS(20)), YOKE_OK);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(yoke_job_state(jobs[i]), YOKE_STATE_CANCELLED);
        yoke_job_release(jobs[i]);
    }
    yoke_group_release(group);
    /* Both workers are free again. */
    yoke_job *next[20];
    for (int i = 0; i < 20; i++) {
        unsigned char bytes[16];
        task = task_trial(bytes, i);
        cr_assert_eq(yoke_submit(server, &task, &next[i]), YOKE_OK);
    }
    for (int i = 0; i < 20; i++)
        check(next[i], i);
    unsigned rows;
    cr_assert_gt(ended_on_nodes(server, &rows), 0);
    leave(server);
}

Test(server, jobs_go_to_the_node_that_they_name)
{
    start_node("one", none);
    start_node("other", none);
    yoke_server *server = open_server();
    yoke_job *jobs[40], *away, *job;
    unsigned char bytes[16];
    yoke_task task = task_trial(bytes, 0);
    task.node = "nobody";
    task.deadline = YOKE_SECONDS(1);
    cr_assert_eq(yoke_submit(server, &task, &away), YOKE_OK, "%s", yoke_last_error());
    for (int i = 0; i < 40; i++) {
        task = task_trial(bytes, i);
        task.node = i % 4 ? "one" : "other";
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK, "%s", yoke_last_error());
    }
    for (int i = 0; i < 40; i++)
        check(jobs[i], i);
    cr_assert_eq(yoke_job_wait(away, YOKE_SECONDS(30)), YOKE_OK);
    cr_assert_eq(yoke_job_state(away), YOKE_STATE_TIMED_OUT);
    yoke_job_release(away);
    yoke_place_statistics place = {.size = sizeof place};
    for (unsigned i = 0; yoke_server_get_place_statistics(server, i, &place) == YOKE_OK; i++)
        cr_assert_eq(place.done,
                     strcmp(place.place, "one") == 0     ? 30
                     : strcmp(place.place, "other") == 0 ? 10
                                                         : 0,
                     "%s", place.place);
    task.node = "not a name";
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    task.node = "one";
    task.kernel = unregistered;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    cr_assert(strstr(yoke_last_error(), "not registered"), "%s", yoke_last_error());
    leave(server);
}

Test(server, closing_leaves_the_cluster_at_once)
{
    start_node("node", none);
    yoke_server *server = open_server();
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = sleep_on;
    yoke_job *jobs[2];
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK);
        while (yoke_job_state(jobs[i]) != YOKE_STATE_RUNNING)
            usleep(1000);
    }
    kill_hub();
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(yoke_job_state(jobs[i]), YOKE_STATE_CANCELLED);
        yoke_job_release(jobs[i]);
    }
    leave(server);
}

/* ---- all that jobs of a server can do -------------------------------------------------------- */

static yoke_task named(unsigned char bytes[16], const char *kernel, uint64_t hi)
{
    return interval_task(bytes, kernel, 0, hi);
}

Test(server, without_workers_jobs_have_callbacks_and_follow_each_other)
{
    start_node("node", none);
    yoke_server *server = join("program");
    unsigned char bytes[16];
    atomic_int calls = 0;
    yoke_job *first, *second, *orphan;
    yoke_task task = named(bytes, "trial", below(0));
    task.callback = count;
    task.callback_context = &calls;
    cr_assert_eq(yoke_submit(server, &task, &first), YOKE_OK);
    task.after = &first;
    task.after_count = 1;
    cr_assert_eq(yoke_submit(server, &task, &second), YOKE_OK);
    yoke_job *failing = submit(server, "fail", 0, 1);
    task.after = &failing;
    cr_assert_eq(yoke_submit(server, &task, &orphan), YOKE_OK);
    check(first, 0);
    check(second, 0);
    cr_assert_eq(yoke_job_wait(orphan, YOKE_SECONDS(30)), YOKE_OK);
    cr_assert_eq(yoke_job_state(orphan), YOKE_STATE_CANCELLED);
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(30)), YOKE_OK);
    cr_assert_eq(atomic_load(&calls), 2);
    cr_assert_eq(yoke_server_workers(server), 0);
    yoke_job_release(failing);
    yoke_job_release(orphan);
    leave(server);
}

static atomic_int left; /* jobs to be submitted, by callbacks of those before */

static yoke_status submit_next(yoke_job *job, void *server)
{
    unsigned char bytes[16];
    yoke_task task = named(bytes, "trial", 2);
    task.callback = submit_next;
    task.callback_context = server;
    cr_assert(!job || yoke_job_state(job) == YOKE_STATE_DONE);
    return atomic_fetch_sub(&left, 1) > 0 ? yoke_submit(server, &task, NULL) : YOKE_OK;
}

Test(server, a_job_may_end_while_it_is_being_sent)
{
    start_node("node", none);
    yoke_server *server = join("program");
    left = 20 * JOBS;
    for (int i = 0; i < 3; i++)
        cr_assert_eq(submit_next(NULL, server), YOKE_OK);
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(60)), YOKE_OK);
    cr_assert_eq(counts_of(server).done, 20 * JOBS);
    leave(server);
}

/* Waits in a job here for one there, and adds one to its sum. */
static yoke_status wait_there(yoke_context *context, const void *argument, void *result)
{
    unsigned char bytes[16];
    (void)argument;
    yoke_job *job = submit(yoke_context_server(context), "trial", 0, 100);
    yoke_status status = yoke_job_result(job, bytes, sizeof bytes);
    yoke_job_release(job);
    yoke_unpack_u64(bytes, result);
    ++*(uint64_t *)result;
    return status;
}

Test(server, jobs_here_and_there_wait_for_and_follow_each_other)
{
    start_node("node", none);
    yoke_server *server = join_as(cluster_options("program"), 1);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = wait_there;
    task.result_size = sizeof(uint64_t);
    /* It has the node's only worker before another job comes: those of different kernels may
     * overtake each other. */
    yoke_job *never = submit(server, "sleep", 0, 1);
    while (yoke_job_state(never) != YOKE_STATE_RUNNING)
        usleep(1000);
    yoke_job *here, *there;
    cr_assert_eq(yoke_submit(server, &task, &here), YOKE_OK);
    unsigned char bytes[16];
    yoke_task next = named(bytes, "trial", below(0));
    next.after = &here;
    next.after_count = 1;
    cr_assert_eq(yoke_submit(server, &next, &there), YOKE_OK);
    task.after = &there;
    task.after_count = 1;
    yoke_job *last;
    cr_assert_eq(yoke_submit(server, &task, &last), YOKE_OK);
    yoke_job *both[2] = {never, there};
    size_t index = 0;
    uint64_t sum = 0;
    /* The only worker of the node sleeps: it is free again once that is cancelled. */
    cr_assert_eq(yoke_wait_any(both, 2, YOKE_SECONDS(0.2), &index), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_job_cancel(never), YOKE_OK);
    cr_assert_eq(yoke_wait_any(both, 2, YOKE_SECONDS(30), &index), YOKE_OK);
    cr_assert_eq(index, 0);
    cr_assert_eq(yoke_job_result(last, &sum, sizeof sum), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(sum, 1061);
    check(there, 0);
    cr_assert_eq(yoke_wait_all(&here, 1, 0), YOKE_OK);
    yoke_job_release(here);
    yoke_job_release(last);
    yoke_job_release(never);
    leave(server);
}

Test(server, a_group_of_jobs_that_wait_at_the_hub_is_cancelled)
{
    yoke_server *server = join("program");
    yoke_group *group;
    yoke_job *jobs[20];
    unsigned char bytes[16];
    cr_assert_eq(yoke_group_open(server, &group), YOKE_OK);
    yoke_task task = named(bytes, "nobody-knows-it", 1);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(yoke_group_submit(group, &task, &jobs[i]), YOKE_OK);
    cr_assert_eq(yoke_group_wait(group, YOKE_SECONDS(0.1)), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_job_state(jobs[19]), YOKE_STATE_QUEUED);
    cr_assert_eq(yoke_group_cancel(group), YOKE_OK);
    cr_assert_eq(yoke_group_wait(group, YOKE_SECONDS(20)), YOKE_OK);
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(yoke_job_state(jobs[i]), YOKE_STATE_CANCELLED);
        yoke_job_release(jobs[i]);
    }
    yoke_group_release(group);
    leave(server);
}

/* ---- a connection and its servers ------------------------------------------------------------ */

static yoke_server *open_on(yoke_cluster *cluster)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.cluster = cluster;
    yoke_server *server;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    return server;
}

Test(server, a_connection_serves_one_server_at_a_time)
{
    start_node("node", none);
    yoke_cluster_options where = cluster_options("program");
    where.durable = true;
    yoke_cluster *cluster;
    cr_assert_eq(yoke_cluster_open(&where, &cluster), YOKE_OK, "%s", yoke_last_error());
    yoke_server *server = open_on(cluster), *second;
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.cluster = cluster;
    cr_assert_eq(yoke_server_open(&options, &second), YOKE_INVALID);
    cr_assert(strstr(yoke_last_error(), "another server"), "%s", yoke_last_error());
    yoke_cluster_release(cluster); /* does nothing: a server has it */
    unsigned char bytes[16];
    yoke_task task = named(bytes, "trial", below(1));
    yoke_job *plain, *key[2], *ended;
    cr_assert_eq(yoke_submit(server, &task, &ended), YOKE_OK);
    cr_assert_eq(yoke_job_wait(ended, YOKE_SECONDS(30)), YOKE_OK);
    task.key = "ended";
    cr_assert_eq(yoke_submit(server, &task, &key[0]), YOKE_OK);
    cr_assert_eq(yoke_job_wait(key[0], YOKE_SECONDS(30)), YOKE_OK);
    task = named(bytes, "trial", below(2));
    task.key = "waits";
    task.node = "late";
    cr_assert_eq(yoke_submit(server, &task, &key[1]), YOKE_OK);
    task.key = NULL;
    cr_assert_eq(yoke_submit(server, &task, &plain), YOKE_OK);
    yoke_server_release(server);
    cr_assert_eq(yoke_job_state(plain), YOKE_STATE_CANCELLED);
    cr_assert_eq(yoke_job_state(key[1]), YOKE_STATE_CANCELLED);
    yoke_job_release(plain);
    check(ended, 1);
    for (int i = 0; i < 2; i++)
        yoke_job_release(key[i]);
    /* The next one goes on with those that have a key, whether they have ended or not. */
    server = open_on(cluster);
    yoke_server_statistics now = counts_of(server);
    cr_assert(now.submitted == 2 && now.done == 1 && now.queued == 1);
    task.key = "waits";
    cr_assert_eq(yoke_submit(server, &task, &key[1]), YOKE_OK);
    task = named(bytes, "trial", below(1));
    task.key = "ended";
    cr_assert_eq(yoke_submit(server, &task, &key[0]), YOKE_OK);
    check(key[0], 1);
    cr_assert_eq(yoke_job_cancel(key[1]), YOKE_OK);
    yoke_job_release(key[1]);
    check(submit(server, "trial", 0, below(3)), 3);
    yoke_server_release(server);
    yoke_cluster_release(cluster);
    assert_nothing_is_left();
}

Test(server, one_that_was_closed_may_outlive_its_cluster)
{
    start_node("node", none);
    yoke_cluster *cluster;
    const yoke_cluster_options where = cluster_options("program");
    cr_assert_eq(yoke_cluster_open(&where, &cluster), YOKE_OK, "%s", yoke_last_error());
    yoke_server *server = open_on(cluster);
    yoke_job *job = submit(server, "trial", 0, below(0)), *refused;
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(30)), YOKE_OK);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    yoke_cluster_release(cluster);
    unsigned char bytes[16];
    const yoke_task task = named(bytes, "trial", below(0));
    cr_assert_eq(yoke_submit(server, &task, &refused), YOKE_CLOSED);
    cr_assert_eq(counts_of(server).done, 1);
    check(job, 0);
    yoke_server_release(server);
}

/* ---- programs that were built with another version's headers --------------------------------- */

/* Structs with a field that this library does not know. */
struct later_options {
    yoke_cluster_options known;
    uint64_t added;
};
struct later_statistics {
    yoke_cluster_statistics known;
    uint64_t added;
};

Test(server, structs_of_a_later_version_are_read_as_far_as_known)
{
    struct later_options options = {.known = cluster_options("later")};
    options.known.size = sizeof options;
    yoke_cluster *cluster;
    cr_assert_eq(yoke_cluster_open(&options.known, &cluster), YOKE_OK, "%s", yoke_last_error());
    struct later_statistics now = {.known.size = sizeof now};
    cr_assert_eq(yoke_cluster_get_statistics(cluster, &now.known), YOKE_OK, "%s",
                 yoke_last_error());
    cr_assert_eq(now.known.size, sizeof now);
    now.added = 1;
    cr_assert_eq(yoke_cluster_get_statistics(cluster, &now.known), YOKE_INVALID);
    yoke_cluster_release(cluster);
    options.added = 1;
    cr_assert_eq(yoke_cluster_open(&options.known, &cluster), YOKE_INVALID);
    cr_assert(strstr(yoke_last_error(), "built for a newer one"), "%s", yoke_last_error());
    options.known.size = sizeof(size_t);
    cr_assert_eq(yoke_cluster_open(&options.known, &cluster), YOKE_INVALID);
    cr_assert(strstr(yoke_last_error(), "YOKE_CLUSTER_OPTIONS_INIT"), "%s", yoke_last_error());
}
