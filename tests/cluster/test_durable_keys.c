/* Keys of jobs and names of programs, and what these have at the hub. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cluster/keyed.h"
#include "with_durable.h"

static const struct grief none;

TestSuite(durable_keys, .init = start_cluster, .fini = end_cluster, .timeout = 120);

/* ---- keys ------------------------------------------------------------------------------------ */

static void assert_refused(yoke_server *server, const char *key, const char *kernel, uint64_t hi,
                           const char *what)
{
    yoke_job *job;
    cr_assert_eq(try_keyed(server, key, kernel, hi, &job), YOKE_INVALID, "%s", key);
    cr_assert(strstr(yoke_last_error(), what), "%s", yoke_last_error());
}

Test(durable_keys, a_key_means_one_task_until_its_job_is_released)
{
    start_node("node", none);
    yoke_server *server = join_durable("program");
    yoke_job *first = submit_keyed(server, "a-key", "trial", 1000);
    yoke_job *second = submit_keyed(server, "a-key", "trial", 1000);
    cr_assert_eq(first, second);
    assert_refused(server, "a-key", "trial", 1001, "\"a-key\"");
    assert_refused(server, "a-key", "sum_primes", 1000, "\"a-key\"");
    check_sum(first, 1000);
    yoke_job_release(first);
    assert_refused(server, "a-key", "trial", 1001, "\"a-key\"");
    check_sum(second, 1000);
    yoke_job_release(second);
    for (uint64_t hi = 2000; hi < 2020; hi++) {
        first = submit_keyed(server, "a-key", "trial", hi);
        check_sum(first, hi);
        yoke_job_release(first);
    }
    cr_assert_eq(counts_of(server).done, 21);
    leave(server);
    /* It goes on to mean that for the next program. */
    server = join_durable("program");
    cr_assert_eq(count_kept(server), 0);
    yoke_job_release(submit_keyed(server, "a-key", "trial", 3000));
    leave(server);
    server = join_durable("program");
    assert_refused(server, "a-key", "trial", 3001, "\"a-key\"");
    first = submit_keyed(server, "a-key", "trial", 3000);
    check_sum(first, 3000);
    yoke_job_release(first);
    leave(server);
    assert_nothing_is_left();
}

Test(durable_keys, keys_have_their_domain)
{
    static const char *const wrong[] = {
        "",     ".",
        "a.",   ".a",
        "a..b", "a b",
        "a/b",  "*",
        ">",    "12345678901234567890123456789012345678901234567890123456789012345"};
    yoke_server *server = join("ordinary");
    assert_refused(server, "a", "trial", 1, "durable");
    cr_assert_eq(yoke_server_collect(server, count_any, NULL), YOKE_INVALID);
    leave(server);
    server = join_durable("program");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(server, wrong[i], "trial", 1, "key \"");
    cr_assert_eq(yoke_server_collect(server, NULL, NULL), YOKE_INVALID);
    yoke_job *job = submit_keyed(server, wrong[9] + 1, "trial", 1);
    cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
    yoke_job_release(job);
    leave(server);
    assert_nothing_is_left();
    yoke_cluster_options options = durable_options(NULL);
    yoke_cluster *cluster;
    cr_assert_eq(yoke_cluster_open(&options, &cluster), YOKE_INVALID);
}

Test(durable_keys, a_cancelled_job_leaves_nothing)
{
    start_node("node", none);
    yoke_server *server = join_durable("program");
    yoke_job *runs = submit_keyed(server, "runs", "sleep", 1);
    while (yoke_job_state(runs) != YOKE_STATE_RUNNING)
        usleep(1000);
    yoke_job *waits = submit_keyed(server, "waits", "nobody-knows-it", 1);
    struct connection connection;
    open_stranger(&connection);
    while (count_at_hub(&connection, JOBS_STREAM,
                        KERNELS_SUBJECT "nobody-knows-it.1" JOBS_ANY ".>") < 1)
        usleep(1000);
    usleep(100000); /* until we know, too */
    yoke_job_cancel(runs);
    yoke_job_cancel(waits);
    yoke_job_release(runs);
    yoke_job_release(waits);
    /* The node is free again, and so are the keys. */
    runs = submit_keyed(server, "runs", "trial", 1000);
    check_sum(runs, 1000);
    yoke_job_release(runs);
    leave(server);
    connection_close(&connection);
    assert_nothing_is_left();
}

/* ---- two programs of one name ---------------------------------------------------------------- */

Test(durable_keys, a_name_has_one_program_at_a_time)
{
    yoke_server *server = join_durable("program"), *other;
    yoke_cluster_options options = durable_options("program");
    yoke_cluster *second;
    cr_assert_eq(yoke_cluster_open(&options, &second), YOKE_SYSTEM);
    cr_assert(strstr(yoke_last_error(), "\"program\""), "%s", yoke_last_error());
    other = join_durable("other");
    leave(other);
    other = join("program"); /* which is not durable */
    leave(other);
    leave(server);
    leave(join_durable("program"));
    assert_nothing_is_left();
}

/* Whose word comes later owns the name, should both have asked before either was there. */
Test(durable_keys, a_program_that_was_replaced_knows_it)
{
    start_node("node", none);
    yoke_server *server = join_durable("program");
    yoke_job *ended = submit_keyed(server, "ended", "trial", 1000);
    yoke_job *waits = submit_keyed(server, "waits", "nobody-knows-it", 1000), *job;
    check_sum(ended, 1000);
    struct connection connection;
    open_stranger(&connection);
    cr_assert_eq(js_Publish(NULL, connection.stream, KEPT_SUBJECT "program-kept.owner", "another",
                            7, NULL, NULL),
                 NATS_OK);
    cr_assert_eq(yoke_job_wait(waits, YOKE_SECONDS(30)), YOKE_OK);
    cr_assert_eq(yoke_job_state(waits), YOKE_STATE_CANCELLED);
    cr_assert(strstr(yoke_job_message(waits), "taken over"));
    cr_assert_eq(try_keyed(server, "more", "trial", 1, &job), YOKE_CANCELLED);
    check_sum(ended, 1000);
    yoke_job_release(ended);
    yoke_job_release(waits);
    yoke_job *ordinary = submit(server, "trial", 0, 1000);
    check_sum(ordinary, 1000);
    yoke_job_release(ordinary);
    leave(server);
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
Test(durable_keys, what_nobody_needs_is_removed)
{
    start_node("node", none);
    struct connection connection;
    open_stranger(&connection);
    yoke_server *server = NULL;
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
            server = join_durable("program");
        await_count(&connection, KEPT_SUBJECT "program-kept.>", 1); /* that it is there */
        cr_assert_eq(count_kept(server), 0);
    }
    yoke_job *job = submit_keyed(server, "unsent", "trial", 1000);
    check_sum(job, 1000);
    yoke_job_release(job);
    cr_assert_eq(counts_of(server).done, 1);
    leave(server);
    connection_close(&connection);
    assert_nothing_is_left();
}

/* What the cluster calls the job of that key. */
static uint64_t number_of(yoke_server *server, const char *key)
{
    struct ledger *ledger = cluster_of(server)->ledger;
    pthread_mutex_lock(&ledger->lock);
    uint64_t number = keyed_find(ledger, key)->wire.sequence;
    pthread_mutex_unlock(&ledger->lock);
    return number;
}

/* Should a job of the same key be there by then, a late result is not taken for its own. */
Test(durable_keys, a_late_result_does_not_count)
{
    start_node("node", none);
    struct connection connection;
    open_stranger(&connection);
    yoke_server *server = join_durable("program");
    yoke_job *job = submit_keyed(server, "key", "trial", 1000);
    check_sum(job, 1000);
    uint64_t first = number_of(server, "key");
    char subject[32];
    snprintf(subject, sizeof subject, "%" PRIu64, first);
    /* A second one while the first is kept. */
    publish_result(&connection, subject, first);
    await_count(&connection, KEPT_SUBJECT "program-kept.>", 3);
    while (traffic_of(server).repeated < 1)
        usleep(1000);
    check_sum(job, 1000);
    yoke_job_release(job);
    job = submit_keyed(server, "key", "trial", 2000);
    yoke_job_release(job); /* not seen */
    leave(server);
    publish_result(&connection, subject, first);
    server = join_durable("program");
    job = submit_keyed(server, "key", "trial", 2000);
    check_sum(job, 2000);
    yoke_job_release(job);
    leave(server);
    connection_close(&connection);
    assert_nothing_is_left();
}
