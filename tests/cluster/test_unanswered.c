/* What a program is told when no node runs its jobs. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cluster/clock.h"
#include "with_cluster.h"

static const struct grief none;

/* ---- the log --------------------------------------------------------------------------------- */

static char line[512];
static atomic_uint lines;

static void keep_line(yoke_log_level level, const char *text, void *context)
{
    (void)context;
    cr_assert_eq(level, YOKE_LOG_WARNING);
    if (atomic_load(&lines) == 0)
        snprintf(line, sizeof line, "%s", text);
    atomic_fetch_add(&lines, 1);
}

static void await_line(void)
{
    while (atomic_load(&lines) == 0)
        usleep(10000);
}

static yoke_server *join_and_listen(void)
{
    yoke_log_set(keep_line, NULL, YOKE_LOG_WARNING);
    return join("program");
}

/* ---- who answers ----------------------------------------------------------------------------- */

TestSuite(unanswered, .init = start_cluster, .fini = end_cluster, .timeout = 60);

Test(unanswered, without_a_node_that_is_said_once)
{
    pid_t node = prepare_node("node");
    yoke_server *server = join_and_listen();
    int64_t begin = clock_now();
    yoke_job *jobs[2];
    for (int i = 0; i < 2; i++)
        jobs[i] = submit(server, "trial", 0, 100);
    await_line();
    cr_assert_geq(clock_now() - begin, YOKE_SECONDS(2));
    cr_assert_str_eq(line, "no node has answered for 2 s: there is none at the hub; start one with "
                           "`yoke node`");
    usleep(1500000); /* some looks later nothing is said again */
    join_node(node);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(yoke_job_wait(jobs[i], YOKE_SECONDS(40)), YOKE_OK);
        cr_assert_eq(yoke_job_state(jobs[i]), YOKE_STATE_DONE, "it has waited for the node");
        yoke_job_release(jobs[i]);
    }
    leave(server);
    cr_assert_eq(lines, 1);
}

Test(unanswered, a_kernel_that_no_node_knows_is_named)
{
    start_node("node", none);
    yoke_server *server = join_and_listen();
    yoke_job *job = submit(server, "tri", 0, 100); /* where "trial" is known */
    await_line();
    cr_assert_str_eq(line,
                     "no node has answered for 2 s: none of the 1 at the hub knows the kernel "
                     "tri.1; start one that does with `yoke node --kernels=FILE.so`");
    yoke_job_release(job);
    leave(server);
}

Test(unanswered, a_node_that_is_not_there_is_named)
{
    start_node("node", none);
    yoke_server *server = join_and_listen();
    unsigned char interval[16];
    yoke_task task = interval_task(interval, "trial", 0, 100);
    task.node = "other";
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    await_line();
    cr_assert_str_eq(line, "no node has answered for 2 s: a job waits for the node other, which is "
                           "not among the 1 at the hub; start it with `yoke node --name=other`");
    leave(server);
}

/* Its only worker runs another program's jobs. */
Test(unanswered, of_a_node_that_is_busy_nothing_is_said)
{
    enum { OTHERS = 8 };
    start_node("node", none);
    yoke_server *other = join("other");
    yoke_job *before[OTHERS];
    for (int i = 0; i < OTHERS; i++)
        before[i] = submit(other, "sleep", 0, 100);
    while (yoke_job_state(before[0]) != YOKE_STATE_RUNNING)
        usleep(1000);
    yoke_server *server = join_and_listen();
    yoke_job *job = submit(server, "sleep", 0, 100);
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(4)), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_QUEUED);
    cr_assert_eq(lines, 0, "%s", line);
    for (int i = 0; i < OTHERS; i++)
        yoke_job_release(before[i]);
    yoke_job_release(job);
    leave(server);
    leave(other);
}

/* Its jobs wait here until a node asks for some, while its worker is at work. */
Test(unanswered, a_server_with_workers_says_so_too)
{
    yoke_log_set(keep_line, NULL, YOKE_LOG_WARNING);
    cr_assert_eq(yoke_kernel_register("sleep", 1, sleep_on), YOKE_OK);
    yoke_server *server = join_as(cluster_options("program"), 1);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = sleep_on;
    yoke_job *jobs[2];
    for (int i = 0; i < 2; i++)
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK);
    await_line();
    cr_assert(strstr(line, "there is none at the hub"), "%s", line);
    for (int i = 0; i < 2; i++) {
        yoke_job_cancel(jobs[i]);
        yoke_job_release(jobs[i]);
    }
    leave(server);
}
