/* Programs that die, and come back under their name: whatever they had submitted under a key is run
 * once, its result is kept for them, and nothing is left of it in the end. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yoke/primes.h>

#include "with_durable.h"

enum { JOBS = 200 };

static const struct grief none;

/* Some milliseconds of trial division, and a different sum for each job. */
static uint64_t below(int i)
{
    return 30000 + 100 * (uint64_t)i;
}

static void submit_all(yoke_server *server, yoke_job *jobs[JOBS])
{
    for (int i = 0; i < JOBS; i++) {
        char key[YOKE_CLUSTER_KEY_MAX + 1];
        snprintf(key, sizeof key, "sum.%d", i);
        jobs[i] = submit_keyed(server, key, "tally", below(i));
    }
}

/* How often the kernels have run, and whether each job's has. */
static int count_runs(void)
{
    static bool seen[JOBS];
    char path[96];
    unsigned long long hi;
    int runs = 0;
    snprintf(path, sizeof path, "%s/tally", cluster_folder());
    FILE *file = fopen(path, "r");
    cr_assert(file);
    for (; fscanf(file, "%llu\n", &hi) == 1; runs++)
        seen[(hi - below(0)) / 100] = true;
    fclose(file);
    for (int i = 0; i < JOBS; i++)
        cr_assert(seen[i], "job %d has not run", i);
    return runs;
}

/* ---- a program that dies --------------------------------------------------------------------- */

struct doomed {
    pid_t process;
    int news, start; /* it tells of each job submitted, 's', or ended, 'e'; waits for a byte */
};

/* Leaves it to a signal to end it. */
static void run_doomed(const struct doomed *doomed)
{
    char byte;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (read(doomed->start, &byte, 1) != 1)
        _exit(1);
    yoke_server *server = join_durable("program");
    yoke_job *jobs[JOBS];
    for (int i = 0; i < JOBS; i++) {
        char key[YOKE_CLUSTER_KEY_MAX + 1];
        snprintf(key, sizeof key, "sum.%d", i);
        jobs[i] = submit_keyed(server, key, "tally", below(i));
        if (write(doomed->news, "s", 1) != 1)
            _exit(1);
    }
    for (int i = 0; i < JOBS; i++) {
        check_sum(jobs[i], below(i));
        if (i % 2) /* of the others the hub does not know that they have been seen */
            yoke_job_release(jobs[i]);
        if (write(doomed->news, "e", 1) != 1)
            _exit(1);
    }
    for (;;)
        pause();
}

/* It is forked now, and begins later. */
static struct doomed prepare_doomed(void)
{
    int news[2], start[2];
    cr_assert(pipe(news) == 0 && pipe(start) == 0);
    struct doomed doomed = {.process = fork(), .news = news[0], .start = start[1]};
    cr_assert_geq(doomed.process, 0);
    if (doomed.process == 0)
        run_doomed(&(struct doomed){.news = news[1], .start = start[0]});
    close(news[1]);
    close(start[0]);
    return doomed;
}

static void kill_doomed(struct doomed *doomed, char what, int after)
{
    char byte = 0;
    cr_assert_eq(write(doomed->start, "s", 1), 1);
    while (after > 0) {
        cr_assert_eq(read(doomed->news, &byte, 1), 1);
        after -= byte == what;
    }
    cr_assert_eq(kill(doomed->process, SIGKILL), 0);
    waitpid(doomed->process, NULL, 0);
    close(doomed->news);
    close(doomed->start);
}

static void finish(int seen)
{
    yoke_server *server = join_durable("program");
    yoke_job *jobs[JOBS];
    submit_all(server, jobs);
    for (int i = 0; i < JOBS; i++)
        check_sum(jobs[i], below(i));
    yoke_server_statistics now = counts_of(server);
    yoke_cluster_statistics traffic = traffic_of(server);
    cr_assert_eq(now.submitted, JOBS);
    cr_assert_eq(now.done, JOBS);
    cr_assert_eq(now.queued + now.running + traffic.malformed, 0);
    /* It may die between an entry and its result. */
    cr_assert(traffic.repeated <= (uint64_t)seen, "%d results too many", (int)traffic.repeated);
    int runs = count_runs();
    cr_assert(runs >= JOBS && runs <= JOBS + seen, "%d runs, %d seen", runs, seen);
    for (int i = 0; i < JOBS; i++)
        yoke_job_release(jobs[i]);
    leave(server);
    assert_nothing_is_left();
}

TestSuite(durable, .init = start_cluster, .fini = end_cluster, .timeout = 120);

Test(durable, a_program_dies_while_it_submits)
{
    struct doomed doomed = prepare_doomed();
    start_node("one", none);
    start_node("other", none);
    kill_doomed(&doomed, 's', JOBS / 2);
    finish(0);
}

/* What it has let go before it died is submitted anew, as it should be. */
Test(durable, a_program_dies_while_its_jobs_run)
{
    struct doomed doomed = prepare_doomed();
    start_node("one", none);
    start_node("other", none);
    kill_doomed(&doomed, 'e', JOBS / 3);
    finish(JOBS / 3);
}

Test(durable, a_program_dies_again_and_again)
{
    enum { DEATHS = 4 };
    struct doomed doomed[DEATHS];
    for (int i = 0; i < DEATHS; i++)
        doomed[i] = prepare_doomed();
    start_node("one", none);
    start_node("other", none);
    for (int i = 0; i < DEATHS; i++)
        kill_doomed(&doomed[i], i % 2 ? 's' : 'e', 10 + 7 * i);
    finish(2 * JOBS);
}

/* ---- a program that leaves ------------------------------------------------------------------- */

struct collected {
    int count, wrong;
};

/* The job of "sum.I" is that of below(I). */
static void collect(const char *key, yoke_job *job, void *context)
{
    struct collected *collected = context;
    int i = strncmp(key, "sum.", 4) == 0 ? atoi(key + 4) : -1;
    cr_assert(i >= 0 && i < JOBS, "%s", key);
    check_sum(job, below(i));
    collected->count++;
    yoke_job_release(job);
}

/* Handles that are given back before the end do not count as having seen it. */
Test(durable, another_program_collects_the_results)
{
    yoke_job *jobs[JOBS];
    pid_t node = prepare_node("node");
    yoke_server *server = join_durable("program");
    submit_all(server, jobs);
    for (int i = 0; i < JOBS; i++)
        yoke_job_release(jobs[i]);
    leave(server);
    join_node(node);
    server = join_durable("program");
    struct collected collected = {0};
    cr_assert_eq(yoke_server_collect(server, collect, &collected), YOKE_OK);
    cr_assert_eq(collected.count, JOBS);
    cr_assert_eq(count_kept(server), 0);
    cr_assert_eq(count_runs(), JOBS);
    leave(server);
    assert_nothing_is_left();
}

/* ---- a hub that dies ------------------------------------------------------------------------- */

static void empty_disk(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s/hub/jetstream", cluster_folder());
    cr_assert_eq(system(command), 0);
}

Test(durable, jobs_with_a_key_outlive_the_hub)
{
    pid_t nodes[] = {start_node("one", none), start_node("other", none)};
    yoke_server *server = join_durable("program");
    yoke_job *jobs[JOBS];
    submit_all(server, jobs);
    for (int i = 0; i < 20; i++)
        check_sum(jobs[i], below(i));
    kill_hub();
    start_hub();
    for (int i = 20; i < 40; i++)
        check_sum(jobs[i], below(i));
    kill_hub();
    empty_disk();
    start_hub();
    for (int i = 0; i < JOBS; i++) {
        check_sum(jobs[i], below(i));
        yoke_job_release(jobs[i]);
    }
    cr_assert_eq(counts_of(server).done, JOBS);
    /* A job that a node had taken before the loss may be done twice: its second result is on its
     * way until the node has left. */
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(kill(nodes[i], SIGTERM), 0);
        cr_assert_eq(waitpid(nodes[i], NULL, 0), nodes[i]);
    }
    leave(server);
    assert_nothing_is_left();
}

/* What only the hub knew has gone with its disk, and its job says so. */
Test(durable, jobs_of_a_dead_program_go_with_the_disk)
{
    yoke_server *server = join_durable("program");
    yoke_job *mine = submit_keyed(server, "mine", "nobody-knows-it", 1000);
    yoke_job_release(submit_keyed(server, "again", "trial", 2000));
    struct connection connection;
    open_stranger(&connection);
    while (count_at_hub(&connection, JOBS_STREAM, JOBS_SUBJECT "*.*" JOBS_ANY ".>") < 2)
        usleep(1000);
    yoke_job_release(mine);
    leave(server);
    connection_close(&connection);
    server = join_durable("program");
    yoke_job *again = submit_keyed(server, "again", "trial", 2000);
    cr_assert_eq(count_kept(server), 2);
    kill_hub();
    empty_disk();
    start_hub();
    while (counts_of(server).lost < 1)
        usleep(10000);
    cr_assert_eq(counts_of(server).queued, 1, "that which was submitted again is not lost");
    cr_assert_eq(yoke_job_state(again), YOKE_STATE_QUEUED);
    yoke_job_cancel(again);
    yoke_job_release(again);
    leave(server);
}
