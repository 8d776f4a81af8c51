/* What a program does when the hub has lost some of what it kept, or dropped it. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cluster/client/submit.h"
#include "cluster/durable/session.h"
#include "cluster/limits.h"
#include "with_durable.h"

#define WORD SESSION_SUBJECT "program-kept.owner"

static void lose_disk(void)
{
    char command[128];
    kill_hub();
    snprintf(command, sizeof command, "rm -r %s/hub/jetstream", cluster_folder());
    cr_assert_eq(system(command), 0);
    start_hub();
}

TestSuite(recovery, .init = start_cluster, .fini = end_cluster, .timeout = 120);

/* ---- the name of a durable program ----------------------------------------------------------- */

static void await_word(struct connection *connection, int count)
{
    while (count_at_hub(connection, SESSION_STREAM, WORD) != count)
        usleep(1000);
}

static void remove_word(struct connection *connection)
{
    natsMsg *word;
    cr_assert_eq(js_GetLastMsg(&word, connection->stream, SESSION_STREAM, WORD, NULL, NULL),
                 NATS_OK);
    cr_assert_eq(
        js_DeleteMsg(connection->stream, SESSION_STREAM, natsMsg_GetSequence(word), NULL, NULL),
        NATS_OK);
    natsMsg_Destroy(word);
    await_word(connection, 0);
}

/* A program with a job that no node runs, whose word the hub has no more. It looks once it was cut
 * off; the tests have it look at once, since a hub that is killed may find the word again. */
static yoke_server *lose_word(struct connection *connection, yoke_job **waits)
{
    yoke_server *server = join_durable("program");
    *waits = submit_keyed(server, "waits", "nobody-knows-it", 1000);
    open_stranger(connection);
    while (count_at_hub(connection, JOBS_STREAM, JOBS_SUBJECT "*.*" JOBS_ANY ".>") < 1)
        usleep(1000);
    remove_word(connection);
    return server;
}

static void check_that_it_goes_on(yoke_server *server, yoke_job *waits)
{
    yoke_job *more = submit_keyed(server, "more", "trial", 1000);
    check_sum(more, 1000);
    yoke_job_release(more);
    if (waits) {
        cr_assert_eq(yoke_job_state(waits), YOKE_STATE_QUEUED);
        yoke_job_cancel(waits);
        yoke_job_release(waits);
    }
    leave(server);
    assert_nothing_is_left();
}

Test(recovery, a_word_that_was_too_old_is_said_again)
{
    start_node("node", (struct grief){0, 0});
    struct connection connection;
    yoke_job *waits;
    yoke_server *server = lose_word(&connection, &waits);
    atomic_fetch_sub(&cluster_of(server)->session->said, SESSION_AGE);
    cr_assert(session_look(cluster_of(server)->session));
    await_word(&connection, 1);
    connection_close(&connection);
    check_that_it_goes_on(server, waits);
}

/* Another program, that is, which has left in the meantime. */
Test(recovery, a_word_that_somebody_has_removed_is_not)
{
    struct connection connection;
    yoke_job *waits;
    yoke_server *server = lose_word(&connection, &waits);
    cr_assert(session_look(cluster_of(server)->session));
    cr_assert_eq(yoke_job_state(waits), YOKE_STATE_CANCELLED);
    cr_assert_eq(count_at_hub(&connection, SESSION_STREAM, WORD), 0);
    connection_close(&connection);
    yoke_job_release(waits);
    leave(server);
}

Test(recovery, a_word_that_went_with_the_disk_is_said_again)
{
    start_node("node", (struct grief){0, 0});
    yoke_server *server = join_durable("program");
    struct connection connection;
    open_stranger(&connection);
    lose_disk();
    while (natsConnection_Status(connection.nats) != NATS_CONN_STATUS_CONNECTED ||
           connection_prepare(&connection) != NATS_OK)
        usleep(1000);
    await_word(&connection, 1);
    connection_close(&connection);
    check_that_it_goes_on(server, NULL);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

enum { JOBS = 20, FAILURES = 10 };

static atomic_int failures;

/* Every second job cannot be sent, until that has been so often enough. */
static bool send_some(void *context, struct ledger_job *job)
{
    static atomic_int calls;
    if (atomic_fetch_add(&calls, 1) % 2 && atomic_load(&failures) < FAILURES)
        return atomic_fetch_add(&failures, 1) < 0;
    return submit_again(context, job);
}

Test(recovery, what_cannot_be_sent_again_at_once_is_sent_later)
{
    pid_t node = prepare_node("node");
    yoke_server *server = join("program");
    struct connection connection;
    open_stranger(&connection);
    yoke_job *jobs[JOBS];
    for (int i = 0; i < JOBS; i++)
        jobs[i] = submit(server, "trial", 0, 1000);
    jsStreamInfo *info = NULL;
    for (uint64_t stored = 0; stored < JOBS;) { /* and its anchor */
        cr_assert_eq(js_GetStreamInfo(&info, connection.stream, JOBS_STREAM, NULL, NULL), NATS_OK);
        stored = info->State.Msgs - 1;
        jsStreamInfo_Destroy(info);
        usleep(1000);
    }
    connection_close(&connection);
    cluster_of(server)->recovery.send = send_some;
    lose_disk();
    while (atomic_load(&failures) < FAILURES)
        usleep(10000);
    join_node(node);
    for (int i = 0; i < JOBS; i++) {
        check_sum(jobs[i], 1000);
        yoke_job_release(jobs[i]);
    }
    leave(server);
}
