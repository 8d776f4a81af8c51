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

#include "cluster/cluster.h"
#include "with_cluster.h"

enum { JOBS = 200 };

static const struct grief none;

/* Some milliseconds of trial division, and a different sum for each job. */
static uint64_t below(int i)
{
    return 30000 + 100 * (uint64_t)i;
}

static yoke_cluster_options durable_options(const char *name)
{
    yoke_cluster_options options = cluster_options(name);
    options.durable = true;
    return options;
}

static yoke_cluster *join_durable(const char *name)
{
    yoke_cluster_options options = durable_options(name);
    yoke_cluster *cluster;
    cr_assert_eq(yoke_cluster_open(&options, &cluster), YOKE_OK, "%s", yoke_last_error());
    return cluster;
}

static yoke_status try_keyed(yoke_cluster *cluster, const char *key, const char *kernel,
                             uint64_t hi, yoke_remote **job)
{
    unsigned char interval[16];
    yoke_cluster_task task = interval_task(interval, kernel, 0, hi);
    task.key = key;
    return yoke_cluster_submit(cluster, &task, job);
}

static yoke_remote *submit_keyed(yoke_cluster *cluster, const char *key, const char *kernel,
                                 uint64_t hi)
{
    yoke_remote *job;
    cr_assert_eq(try_keyed(cluster, key, kernel, hi, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static void submit_all(yoke_cluster *cluster, yoke_remote *jobs[JOBS])
{
    for (int i = 0; i < JOBS; i++) {
        char key[YOKE_CLUSTER_KEY_MAX + 1];
        snprintf(key, sizeof key, "sum.%d", i);
        jobs[i] = submit_keyed(cluster, key, "tally", below(i));
    }
}

static void check(yoke_remote *job, uint64_t hi)
{
    unsigned char bytes[16];
    yoke_uint128 sum, expected;
    cr_assert_eq(yoke_remote_result(job, bytes, sizeof bytes), YOKE_OK, "%s", yoke_last_error());
    yoke_unpack_u128(bytes, &sum);
    cr_assert_eq(yoke_sum_primes(NULL, 0, hi, NULL, &expected), YOKE_OK);
    cr_assert(sum.lo == expected.lo && sum.hi == expected.hi, "the sum below %d is wrong", (int)hi);
}

static yoke_cluster_statistics counts(yoke_cluster *cluster)
{
    yoke_cluster_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_cluster_stats(cluster, &now), YOKE_OK);
    return now;
}

/* ---- what is at the hub ---------------------------------------------------------------------- */

static void open_stranger(struct connection *connection)
{
    yoke_cluster_options options = cluster_options("stranger");
    cr_assert_eq(connection_open(connection, &options), YOKE_OK, "%s", yoke_last_error());
}

static int count_at_hub(struct connection *connection, const char *stream, const char *subjects)
{
    jsOptions options;
    jsOptions_Init(&options);
    options.Stream.Info.SubjectsFilter = subjects;
    jsStreamInfo *info;
    cr_assert_eq(js_GetStreamInfo(&info, connection->stream, stream, &options, NULL), NATS_OK);
    int count = info->State.Subjects ? info->State.Subjects->Count : 0;
    jsStreamInfo_Destroy(info);
    return count;
}

static void assert_nothing_is_left(void)
{
    struct connection connection;
    open_stranger(&connection);
    cr_assert_eq(count_at_hub(&connection, KEPT_STREAM, KEPT_SUBJECT "program-kept.>"), 0);
    /* A node takes a job out once its result is there: another program may see it before. */
    while (count_at_hub(&connection, JOBS_STREAM, JOBS_SUBJECT "*.*" JOBS_ANY ".>") != 0)
        usleep(1000);
    connection_close(&connection);
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
    yoke_cluster *cluster = join_durable("program");
    yoke_remote *jobs[JOBS];
    for (int i = 0; i < JOBS; i++) {
        char key[YOKE_CLUSTER_KEY_MAX + 1];
        snprintf(key, sizeof key, "sum.%d", i);
        jobs[i] = submit_keyed(cluster, key, "tally", below(i));
        if (write(doomed->news, "s", 1) != 1)
            _exit(1);
    }
    for (int i = 0; i < JOBS; i++) {
        check(jobs[i], below(i));
        if (i % 2) /* of the others the hub does not know that they have been seen */
            yoke_remote_release(jobs[i]);
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
    yoke_cluster *cluster = join_durable("program");
    yoke_remote *jobs[JOBS];
    submit_all(cluster, jobs);
    for (int i = 0; i < JOBS; i++)
        check(jobs[i], below(i));
    yoke_cluster_statistics now = counts(cluster);
    cr_assert_eq(now.submitted, JOBS);
    cr_assert_eq(now.done, JOBS);
    cr_assert_eq(now.active + now.malformed, 0);
    /* It may die between an entry and its result. */
    cr_assert(now.repeated <= (uint64_t)seen, "%d results too many", (int)now.repeated);
    int runs = count_runs();
    cr_assert(runs >= JOBS && runs <= JOBS + seen, "%d runs, %d seen", runs, seen);
    for (int i = 0; i < JOBS; i++)
        yoke_remote_release(jobs[i]);
    yoke_cluster_release(cluster);
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
static void collect(const char *key, yoke_remote *job, void *context)
{
    struct collected *collected = context;
    int i = strncmp(key, "sum.", 4) == 0 ? atoi(key + 4) : -1;
    cr_assert(i >= 0 && i < JOBS, "%s", key);
    check(job, below(i));
    collected->count++;
    yoke_remote_release(job);
}

static void count_any(const char *key, yoke_remote *job, void *context)
{
    (void)key;
    ++*(int *)context;
    yoke_remote_release(job);
}

static int count_kept(yoke_cluster *cluster)
{
    int count = 0;
    cr_assert_eq(yoke_cluster_collect(cluster, count_any, &count), YOKE_OK);
    return count;
}

/* Handles that are given back before the end do not count as having seen it. */
Test(durable, another_program_collects_the_results)
{
    yoke_remote *jobs[JOBS];
    pid_t node = prepare_node("node");
    yoke_cluster *cluster = join_durable("program");
    submit_all(cluster, jobs);
    for (int i = 0; i < JOBS; i++)
        yoke_remote_release(jobs[i]);
    yoke_cluster_release(cluster);
    join_node(node);
    cluster = join_durable("program");
    struct collected collected = {0};
    cr_assert_eq(yoke_cluster_collect(cluster, collect, &collected), YOKE_OK);
    cr_assert_eq(collected.count, JOBS);
    cr_assert_eq(count_kept(cluster), 0);
    cr_assert_eq(count_runs(), JOBS);
    yoke_cluster_release(cluster);
    assert_nothing_is_left();
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void assert_refused(yoke_cluster *cluster, const char *key, const char *kernel, uint64_t hi,
                           const char *what)
{
    yoke_remote *job;
    cr_assert_eq(try_keyed(cluster, key, kernel, hi, &job), YOKE_INVALID, "%s", key);
    cr_assert(strstr(yoke_last_error(), what), "%s", yoke_last_error());
}

Test(durable, a_key_means_one_task_until_its_job_is_released)
{
    start_node("node", none);
    yoke_cluster *cluster = join_durable("program");
    yoke_remote *first = submit_keyed(cluster, "a-key", "trial", 1000);
    yoke_remote *second = submit_keyed(cluster, "a-key", "trial", 1000);
    cr_assert_eq(first, second);
    assert_refused(cluster, "a-key", "trial", 1001, "\"a-key\"");
    assert_refused(cluster, "a-key", "sum_primes", 1000, "\"a-key\"");
    check(first, 1000);
    yoke_remote_release(first);
    assert_refused(cluster, "a-key", "trial", 1001, "\"a-key\"");
    check(second, 1000);
    yoke_remote_release(second);
    for (uint64_t hi = 2000; hi < 2020; hi++) {
        first = submit_keyed(cluster, "a-key", "trial", hi);
        check(first, hi);
        yoke_remote_release(first);
    }
    cr_assert_eq(counts(cluster).done, 21);
    yoke_cluster_release(cluster);
    /* It goes on to mean that for the next program. */
    cluster = join_durable("program");
    cr_assert_eq(count_kept(cluster), 0);
    yoke_remote_release(submit_keyed(cluster, "a-key", "trial", 3000));
    yoke_cluster_release(cluster);
    cluster = join_durable("program");
    assert_refused(cluster, "a-key", "trial", 3001, "\"a-key\"");
    first = submit_keyed(cluster, "a-key", "trial", 3000);
    check(first, 3000);
    yoke_remote_release(first);
    yoke_cluster_release(cluster);
    assert_nothing_is_left();
}

Test(durable, keys_have_their_domain)
{
    static const char *const wrong[] = {
        "",     ".",
        "a.",   ".a",
        "a..b", "a b",
        "a/b",  "*",
        ">",    "12345678901234567890123456789012345678901234567890123456789012345"};
    yoke_cluster *cluster = join("ordinary");
    assert_refused(cluster, "a", "trial", 1, "durable");
    cr_assert_eq(yoke_cluster_collect(cluster, count_any, NULL), YOKE_INVALID);
    yoke_cluster_release(cluster);
    cluster = join_durable("program");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(cluster, wrong[i], "trial", 1, "key \"");
    cr_assert_eq(yoke_cluster_collect(cluster, NULL, NULL), YOKE_INVALID);
    yoke_remote *job = submit_keyed(cluster, wrong[9] + 1, "trial", 1);
    cr_assert_eq(yoke_remote_cancel(job), YOKE_OK);
    yoke_remote_release(job);
    yoke_cluster_release(cluster);
    assert_nothing_is_left();
    yoke_cluster_options options = durable_options(NULL);
    cr_assert_eq(yoke_cluster_open(&options, &cluster), YOKE_INVALID);
}

Test(durable, a_cancelled_job_leaves_nothing)
{
    start_node("node", none);
    yoke_cluster *cluster = join_durable("program");
    yoke_remote *runs = submit_keyed(cluster, "runs", "sleep", 1);
    while (yoke_remote_state(runs) != YOKE_STATE_RUNNING)
        usleep(1000);
    yoke_remote *waits = submit_keyed(cluster, "waits", "nobody-knows-it", 1);
    struct connection connection;
    open_stranger(&connection);
    while (count_at_hub(&connection, JOBS_STREAM,
                        KERNELS_SUBJECT "nobody-knows-it.1" JOBS_ANY ".>") < 1)
        usleep(1000);
    usleep(100000); /* until we know, too */
    yoke_remote_cancel(runs);
    yoke_remote_cancel(waits);
    yoke_remote_release(runs);
    yoke_remote_release(waits);
    /* The node is free again, and so are the keys. */
    runs = submit_keyed(cluster, "runs", "trial", 1000);
    check(runs, 1000);
    yoke_remote_release(runs);
    yoke_cluster_release(cluster);
    connection_close(&connection);
    assert_nothing_is_left();
}

/* ---- two programs of one name ---------------------------------------------------------------- */

Test(durable, a_name_has_one_program_at_a_time)
{
    yoke_cluster *cluster = join_durable("program"), *other;
    yoke_cluster_options options = durable_options("program");
    cr_assert_eq(yoke_cluster_open(&options, &other), YOKE_SYSTEM);
    cr_assert(strstr(yoke_last_error(), "\"program\""), "%s", yoke_last_error());
    other = join_durable("other");
    yoke_cluster_release(other);
    other = join("program"); /* which is not durable */
    yoke_cluster_release(other);
    yoke_cluster_release(cluster);
    yoke_cluster_release(join_durable("program"));
    assert_nothing_is_left();
}

/* Whose word comes later owns the name, should both have asked before either was there. */
Test(durable, a_program_that_was_replaced_knows_it)
{
    start_node("node", none);
    yoke_cluster *cluster = join_durable("program");
    yoke_remote *ended = submit_keyed(cluster, "ended", "trial", 1000);
    yoke_remote *waits = submit_keyed(cluster, "waits", "nobody-knows-it", 1000), *job;
    check(ended, 1000);
    struct connection connection;
    open_stranger(&connection);
    cr_assert_eq(js_Publish(NULL, connection.stream, KEPT_SUBJECT "program-kept.owner", "another",
                            7, NULL, NULL),
                 NATS_OK);
    cr_assert_eq(yoke_remote_wait(waits, YOKE_SECONDS(30)), YOKE_OK);
    cr_assert_eq(yoke_remote_state(waits), YOKE_STATE_CANCELLED);
    cr_assert(strstr(yoke_remote_message(waits), "taken over"));
    cr_assert_eq(try_keyed(cluster, "more", "trial", 1, &job), YOKE_CANCELLED);
    check(ended, 1000);
    yoke_remote_release(ended);
    yoke_remote_release(waits);
    yoke_remote *ordinary = submit(cluster, "trial", 0, 1000);
    check(ordinary, 1000);
    yoke_remote_release(ordinary);
    yoke_cluster_release(cluster);
    /* It has taken nothing away from the other one. */
    cr_assert_eq(count_at_hub(&connection, KEPT_STREAM, KEPT_SUBJECT "program-kept.key.*"), 2);
    cr_assert_eq(
        count_at_hub(&connection, JOBS_STREAM, KERNELS_SUBJECT "nobody-knows-it.1" JOBS_ANY ".>"),
        1);
    connection_close(&connection);
}

/* ---- what may lie about at the hub ----------------------------------------------------------- */

static void publish(struct connection *connection, const char *subject, const void *bytes,
                    size_t size)
{
    char whole[SUBJECT_SIZE];
    snprintf(whole, sizeof whole, KEPT_SUBJECT "program-kept.%s", subject);
    cr_assert_eq(js_Publish(NULL, connection->stream, whole, bytes, (int)size, NULL, NULL), NATS_OK,
                 "%s", subject);
}

/* A message with the result of a job that is called so. */
static void publish_result(struct connection *connection, const char *subject, uint64_t sequence)
{
    unsigned char head[WIRE_HEAD_SIZE], value[16] = "another value";
    const struct wire_result result = {
        .sequence = sequence, .state = YOKE_STATE_DONE, .bytes = value, .size = sizeof value};
    size_t size, head_size = wire_results_head(head, "late");
    unsigned char *memory = wire_result_write(&result, &size);
    unsigned char *bytes = memory + WIRE_HEAD_SIZE - head_size;
    memcpy(bytes, head, head_size);
    publish(connection, subject, bytes, head_size + size);
    free(memory);
}

static void publish_entry(struct connection *connection, const char *key, uint64_t sequence)
{
    const struct wire_entry entry = {
        .sequence = sequence, .digest = 7, .result_size = 16, .lane = "trial.1"};
    char subject[SUBJECT_SIZE];
    size_t size;
    unsigned char *memory = wire_entry_write(&entry, &size);
    snprintf(subject, sizeof subject, "key.%s", key);
    publish(connection, subject, memory + WIRE_HEAD_SIZE, size);
    free(memory);
}

static void await_count(struct connection *connection, const char *subjects, int count)
{
    while (count_at_hub(connection, KEPT_STREAM, subjects) != count)
        usleep(1000);
}

/* A job that was never sent, a result that came too late, and rubbish: before a program starts, and
 * while it runs. */
Test(durable, what_nobody_needs_is_removed)
{
    start_node("node", none);
    struct connection connection;
    open_stranger(&connection);
    yoke_cluster *cluster = NULL;
    for (int round = 0; round < 2; round++) {
        publish_entry(&connection, "unsent", 1000);
        publish(&connection, "key.rubbish", "rubbish", 7);
        publish(&connection, "key.broken*key", "rubbish", 7);
        publish(&connection, "key", "rubbish", 7);
        publish_result(&connection, "12345", 12345);
        publish_result(&connection, "12345", 54321);
        publish(&connection, "rubbish", "rubbish", 7);
        publish(&connection, "777", "rubbish", 7);
        if (round == 0)
            cluster = join_durable("program");
        await_count(&connection, KEPT_SUBJECT "program-kept.>", 1); /* that it is there */
        cr_assert_eq(count_kept(cluster), 0);
    }
    yoke_remote *job = submit_keyed(cluster, "unsent", "trial", 1000);
    check(job, 1000);
    yoke_remote_release(job);
    cr_assert_eq(counts(cluster).done, 1);
    yoke_cluster_release(cluster);
    connection_close(&connection);
    assert_nothing_is_left();
}

/* Should a job of the same key be there by then, a late result is not taken for its own. */
Test(durable, a_late_result_does_not_count)
{
    start_node("node", none);
    struct connection connection;
    open_stranger(&connection);
    yoke_cluster *cluster = join_durable("program");
    yoke_remote *job = submit_keyed(cluster, "key", "trial", 1000);
    check(job, 1000);
    uint64_t first = job->sequence;
    char subject[32];
    snprintf(subject, sizeof subject, "%" PRIu64, first);
    /* A second one while the first is kept. */
    publish_result(&connection, subject, first);
    await_count(&connection, KEPT_SUBJECT "program-kept.>", 3);
    while (counts(cluster).repeated < 1)
        usleep(1000);
    check(job, 1000);
    yoke_remote_release(job);
    job = submit_keyed(cluster, "key", "trial", 2000);
    yoke_remote_release(job); /* not seen */
    yoke_cluster_release(cluster);
    publish_result(&connection, subject, first);
    cluster = join_durable("program");
    job = submit_keyed(cluster, "key", "trial", 2000);
    check(job, 2000);
    yoke_remote_release(job);
    yoke_cluster_release(cluster);
    connection_close(&connection);
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
    start_node("one", none);
    start_node("other", none);
    yoke_cluster *cluster = join_durable("program");
    yoke_remote *jobs[JOBS];
    submit_all(cluster, jobs);
    for (int i = 0; i < 20; i++)
        check(jobs[i], below(i));
    kill_hub();
    start_hub();
    for (int i = 20; i < 40; i++)
        check(jobs[i], below(i));
    kill_hub();
    empty_disk();
    start_hub();
    for (int i = 0; i < JOBS; i++) {
        check(jobs[i], below(i));
        yoke_remote_release(jobs[i]);
    }
    cr_assert_eq(counts(cluster).done, JOBS);
    yoke_cluster_release(cluster);
    assert_nothing_is_left();
}

/* What only the hub knew has gone with its disk, and its job says so. */
Test(durable, jobs_of_a_dead_program_go_with_the_disk)
{
    yoke_cluster *cluster = join_durable("program");
    yoke_remote *mine = submit_keyed(cluster, "mine", "nobody-knows-it", 1000);
    yoke_remote_release(submit_keyed(cluster, "again", "trial", 2000));
    struct connection connection;
    open_stranger(&connection);
    while (count_at_hub(&connection, JOBS_STREAM, JOBS_SUBJECT "*.*" JOBS_ANY ".>") < 2)
        usleep(1000);
    yoke_remote_release(mine);
    yoke_cluster_release(cluster);
    connection_close(&connection);
    cluster = join_durable("program");
    yoke_remote *again = submit_keyed(cluster, "again", "trial", 2000);
    cr_assert_eq(count_kept(cluster), 2);
    kill_hub();
    empty_disk();
    start_hub();
    while (counts(cluster).lost < 1)
        usleep(10000);
    cr_assert_eq(counts(cluster).active, 1, "that which was submitted again is not lost");
    cr_assert_eq(yoke_remote_state(again), YOKE_STATE_QUEUED);
    yoke_remote_cancel(again);
    yoke_remote_release(again);
    yoke_cluster_release(cluster);
}
